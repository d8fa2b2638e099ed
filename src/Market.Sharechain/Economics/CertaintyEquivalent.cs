namespace Market.Sharechain;

/// <summary>What a risky payout is worth to somebody of constant relative risk aversion, over its mean.</summary>
public static class CertaintyEquivalent
{
    private const int MostTerms = 4_096;
    private const double ManyWins = 500;

    /// <summary>
    /// Of k wins of one unit each, k Poisson with mean m, for other wealth of a multiple of m. Few wins: much is taken off;
    /// many: next to nothing.
    /// </summary>
    /// <param name="mean">m: expected wins.</param>
    /// <param name="riskAversion">gamma: 0 is indifferent, 1 is logarithmic utility.</param>
    /// <param name="otherWealth">Other wealth, in multiples of m.</param>
    /// <returns>From 0 to 1.</returns>
    public static double OfWins(double mean, double riskAversion, double otherWealth)
    {
        if (!(mean > 0))
        {
            return 0;
        }

        if (riskAversion <= 0)
        {
            return 1;
        }

        var wealth = otherWealth * mean;

        // Far out the Poisson number is as good as normal, and the second-order term says it all.
        if (mean > ManyWins)
        {
            return Math.Max(0, 1 - (riskAversion / (2 * (wealth + mean))));
        }

        if (wealth <= 0)
        {
            return 0;
        }

        var (probability, sum) = (Math.Exp(-mean), 0.0);
        for (var k = 0; k < MostTerms; k++)
        {
            sum += probability * Utility(wealth + k, riskAversion);
            probability *= mean / (k + 1);
            if (k > mean && probability < 1e-18)
            {
                break;
            }
        }

        return Math.Clamp((InverseUtility(sum, riskAversion) - wealth) / mean, 0, 1);
    }

    private static double Utility(double wealth, double gamma) =>
        Math.Abs(gamma - 1) < 1e-9 ? Math.Log(wealth) : (Math.Pow(wealth, 1 - gamma) - 1) / (1 - gamma);

    private static double InverseUtility(double utility, double gamma) =>
        Math.Abs(gamma - 1) < 1e-9 ? Math.Exp(utility) : Math.Pow((utility * (1 - gamma)) + 1, 1 / (1 - gamma));
}
