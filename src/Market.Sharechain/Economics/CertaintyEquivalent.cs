namespace Market.Sharechain.Economics;

/// <summary>What an uncertain payout is worth to somebody with constant relative risk aversion.</summary>
public static class CertaintyEquivalent
{
    private const double LargeMean = 1e6;
    private const double Deviations = 12;

    /// <summary>
    /// The sure sum as good as a Poisson number of equal payouts. Exact to 1e-9 up to a mean of a million wins, from
    /// there by the second moment.
    /// </summary>
    /// <param name="meanWins">Expected number of payouts; not negative.</param>
    /// <param name="payout">Each of so much; above 0.</param>
    /// <param name="wealth">What the holder has besides; above 0.</param>
    /// <param name="riskAversion">gamma: 0 for none, 1 for logarithmic utility.</param>
    public static double OfPoisson(double meanWins, double payout, double wealth, double riskAversion)
    {
        var mean = meanWins * payout;
        if (riskAversion == 0 || mean == 0)
        {
            return mean;
        }

        if (meanWins > LargeMean)
        {
            return Math.Max(0, mean - riskAversion * mean * payout / (2 * (wealth + mean)));
        }

        // Utility of wealth relative to what it is now: the same choice, and no overflow.
        var spread = Deviations * Math.Sqrt(meanWins) + 2 * Deviations;
        var first = Math.Max(0, Math.Floor(meanWins - spread));
        var logWeight = first * Math.Log(meanWins) - meanWins - LogFactorial(first);
        var (sum, weights) = (0.0, 0.0);
        for (var wins = first; wins <= meanWins + spread; wins++)
        {
            var weight = Math.Exp(logWeight);
            sum += weight * UtilityGain(wins * payout / wealth, riskAversion);
            weights += weight;
            logWeight += Math.Log(meanWins) - Math.Log(wins + 1);
        }

        return wealth * GainOf(sum / weights, riskAversion);
    }

    // u(1 + x) - u(1)
    private static double UtilityGain(double gain, double riskAversion)
    {
        var growth = NearOne.LogP1(gain);
        return IsLogarithmic(riskAversion) ? growth : NearOne.ExpM1((1 - riskAversion) * growth) / (1 - riskAversion);
    }

    private static double GainOf(double utility, double riskAversion) => NearOne.ExpM1(IsLogarithmic(riskAversion)
        ? utility
        : NearOne.LogP1(utility * (1 - riskAversion)) / (1 - riskAversion));

    private static bool IsLogarithmic(double riskAversion) => Math.Abs(riskAversion - 1) < 1e-9;

    // Stirling's series; exact sums below ten.
    private static double LogFactorial(double n)
    {
        if (n < 10)
        {
            var sum = 0.0;
            for (var i = 2; i <= n; i++)
            {
                sum += Math.Log(i);
            }

            return sum;
        }

        var x = n + 1;
        return (x - 0.5) * Math.Log(x) - x + 0.5 * Math.Log(2 * Math.PI)
            + 1 / (12 * x) - 1 / (360 * x * x * x) + 1 / (1_260 * Math.Pow(x, 5));
    }
}
