using System.Numerics;

namespace Market.Standing;

/// <summary>
/// What coins at stake are worth: V = (c (e^(rT) - 1))^1.3, c in satoshi, T the time left, r 1.5 % a year. Computed in whole
/// numbers
/// alone, by steps that are stated here one by one, so that every host on every machine has the same V to the last unit:
/// <list type="number">
/// <item>x = floor(T · 3 · 2^96 / (200 · 31,557,600)), T in seconds, at most <see cref="LongestSeconds"/>;</item>
/// <item>E = x_1 + x_2 + ... with x_1 = x and x_k = floor(floor(x_(k-1) · x / 2^96) / k), up to the first that is 0;</item>
/// <item>y = floor(c · E / 2^56), which is c (e^(rT) - 1) times 2^40;</item>
/// <item>V = floor(z / 2^52) with z the whole 10th root of y^13, rounded down; at most 2^63 - 1.</item>
/// </list>
/// It lies below the true value, by less than one part in 10^9 and one unit.
/// </summary>
public static class BondValue
{
    /// <summary>Seconds of a year of 365.25 days.</summary>
    public const long YearSeconds = 31_557_600;

    /// <summary>T at most: 46 years, in which e^(rT) - 1 comes near 1. Burned coins begin with it.</summary>
    public const long LongestSeconds = 46 * YearSeconds;

    private const int Scale = 96;
    private const int ValueScale = 40;
    private const int RateNumerator = 3;
    private const int RateDenominator = 200;
    private const int PowerNumerator = 13;
    private const int PowerDenominator = 10;

    /// <summary>V of coins.</summary>
    /// <param name="sats">c: satoshi, or what shares cost to mine in satoshi.</param>
    /// <param name="secondsLeft">T; 0 and less is worth nothing.</param>
    public static long Of(long sats, long secondsLeft)
    {
        if (sats <= 0 || secondsLeft <= 0)
        {
            return 0;
        }

        var growth = Growth(Math.Min(secondsLeft, LongestSeconds));
        var lost = sats * growth >> (Scale - ValueScale);
        var root = Root(BigInteger.Pow(lost, PowerNumerator), PowerDenominator);
        return (long)BigInteger.Min(root >> (ValueScale * PowerNumerator / PowerDenominator), long.MaxValue);
    }

    /// <summary>What shares cost to mine at a share's difficulty, in satoshi: units · subsidy · work of the share / (work of a
    /// mainchain
    /// block · units that the share mints), rounded down. All of it stands in the two chains.</summary>
    /// <param name="units">Base units of shares.</param>
    /// <param name="subsidy">New satoshi of the mainchain's next block.</param>
    /// <param name="shareWork">Expected hashes of the next share.</param>
    /// <param name="mainWork">Expected hashes of the next mainchain block; at least 1.</param>
    /// <param name="minted">Base units that the next share mints.</param>
    public static long SatsOfShares(long units, long subsidy, BigInteger shareWork, BigInteger mainWork, long minted)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mainWork, BigInteger.One);
        return units <= 0 || minted <= 0
            ? 0
            : (long)BigInteger.Min(units * (BigInteger)subsidy * shareWork / (mainWork * minted), long.MaxValue);
    }

    // e^x - 1, scaled.
    private static BigInteger Growth(long seconds)
    {
        var x = ((BigInteger)seconds * RateNumerator << Scale) / (RateDenominator * YearSeconds);
        var sum = BigInteger.Zero;
        var term = x;
        for (var k = 2; !term.IsZero; k++)
        {
            sum += term;
            term = (term * x >> Scale) / k;
        }

        return sum;
    }

    // Newton's steps in whole numbers, from above: the first that does not come down is the root.
    private static BigInteger Root(BigInteger value, int degree)
    {
        if (value.IsZero)
        {
            return value;
        }

        var root = BigInteger.One << (int)((value.GetBitLength() + degree - 1) / degree);
        while (true)
        {
            var next = ((degree - 1) * root + value / BigInteger.Pow(root, degree - 1)) / degree;
            if (next >= root)
            {
                return root;
            }

            root = next;
        }
    }
}
