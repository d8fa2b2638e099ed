using System.Globalization;
using System.Numerics;
using Market.Bitcoin;

namespace Market.Chains.Stratum;

/// <summary>
/// Difficulty as miners speak of it: how many times as hard as the target 0x1d00ffff. A number that is sent is the number that
/// results are judged by, digit for digit.
/// </summary>
public static class StratumDifficulty
{
    /// <summary>Hashes that a result of difficulty 1 takes on average: 2^48 / 65,535.</summary>
    public const double Hashes = 281_474_976_710_656.0 / 65_535;

    // Firmware that reads a whole number reads less than what was meant, and every result in between would be refused.
    private const double WholeFrom = 8;
    private const int Digits = 6;
    private const int FractionBits = 96;
    private static readonly BigInteger Easiest = (BigInteger)0xffff << 208;
    private static readonly BigInteger Largest = (BigInteger.One << 256) - 1;

    /// <summary>The target of a difficulty: a hash at or below it has at least that.</summary>
    /// <param name="difficulty">Above nought.</param>
    public static U256 ToTarget(double difficulty)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(difficulty);
        var scaled = BigInteger.Max((BigInteger)(difficulty * Math.Pow(2, FractionBits)), BigInteger.One);
        return U256.FromBigInteger(BigInteger.Min((Easiest << FractionBits) / scaled, Largest));
    }

    /// <summary>The difficulty of a target, or of a hash read as one.</summary>
    public static double Of(U256 target) => (double)Easiest / Math.Max(1, target.ToDouble());

    /// <summary>The difficulty of a target in compact form; endless for a form that is not valid.</summary>
    public static double Of(CompactTarget bits) => bits.TryExpand(out var target) ? Of(target) : double.PositiveInfinity;

    /// <summary>The number to send for a difficulty: not above it, whole from 8 on, of six digits below.</summary>
    /// <param name="difficulty">Above nought.</param>
    public static double Rounded(double difficulty)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(difficulty);
        if (difficulty >= WholeFrom)
        {
            return Math.Floor(Math.Min(difficulty, 1e15));
        }

        var step = decimal.One;
        for (var at = Math.Max(difficulty, 1e-18); at < Math.Pow(10, Digits - 1); at *= 10)
        {
            step /= 10;
        }

        return (double)(Math.Max(1, Math.Floor((decimal)difficulty / step)) * step);
    }

    /// <summary>A number of <see cref="Rounded"/> in decimal digits, without an exponent: not all firmware reads one.</summary>
    public static string Text(double difficulty) => ((decimal)difficulty).ToString("0.#############################",
        CultureInfo.InvariantCulture);
}
