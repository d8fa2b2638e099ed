namespace Market.Swaps;

/// <summary>
/// How long confirmations take. Blocks arrive as a Poisson process, so the time to the n-th is Erlang distributed:
/// P(T &gt; t) = e^-x (1 + x + x^2/2! + ... + x^(n-1)/(n-1)!) with x = t / spacing. Computed with the four basic
/// operations only, so that every machine finds the same second.
/// </summary>
public static class ConfirmationTime
{
    /// <summary>The tail that plans leave: one in a thousand takes longer.</summary>
    public const double Tail = 0.001;

    /// <summary>No more confirmations are planned for.</summary>
    public const int MostConfirmations = 10_000;

    private const int Halvings = 10;
    private const int Terms = 20;
    private const double MostSum = 1e100;
    private const int Bisections = 64;

    /// <summary>The time within which so many blocks are found but for one chance in a thousand (q99.9).</summary>
    /// <param name="confirmations">Blocks, from 0 to 10,000.</param>
    /// <param name="spacingSeconds">Mean seconds between blocks.</param>
    /// <returns>Seconds, rounded up.</returns>
    public static int Quantile(int confirmations, int spacingSeconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(confirmations);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(confirmations, MostConfirmations);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(spacingSeconds);
        if (confirmations == 0)
        {
            return 0;
        }

        var (low, high) = (0.0, 8.0 + 2.0 * confirmations);
        while (TailOf(confirmations, high) > Tail)
        {
            high *= 2;
        }

        for (var i = 0; i < Bisections; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = TailOf(confirmations, middle) > Tail ? (middle, high) : (low, middle);
        }

        return checked((int)Math.Ceiling(high * spacingSeconds));
    }

    /// <summary>P(T &gt; x) of the n-th arrival of a Poisson process of rate one.</summary>
    internal static double TailOf(int n, double x)
    {
        // e^-x is multiplied in by and by, whenever the sum has grown: at once it would underflow, and last the sum would overflow.
        var root = ExpOfMinus(x / n);
        var (term, sum, used) = (1.0, 1.0, 0);
        for (var i = 1; i < n; i++)
        {
            term *= x / i;
            sum += term;
            while (sum > MostSum && used < n)
            {
                (term, sum, used) = (term * root, sum * root, used + 1);
            }
        }

        for (; used < n; used++)
        {
            sum *= root;
        }

        return sum;
    }

    private static double ExpOfMinus(double x)
    {
        var small = x;
        for (var i = 0; i < Halvings; i++)
        {
            small /= 2;
        }

        var (term, sum) = (1.0, 1.0);
        for (var i = 1; i < Terms; i++)
        {
            term *= -small / i;
            sum += term;
        }

        for (var i = 0; i < Halvings; i++)
        {
            sum *= sum;
        }

        return sum;
    }
}
