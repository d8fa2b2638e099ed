using System.Globalization;

namespace Market.Bitcoin;

/// <summary>
/// A fee for size, kept as whole satoshis per 1,000 virtual bytes so that no rate needs a fraction. A rate that cannot be
/// written throws <see cref="OverflowException"/>; no fee is more than all the money there is. The default value is no fee.
/// </summary>
public readonly record struct FeeRate : IComparable<FeeRate>
{
    private const int Unit = 1000;

    /// <summary>A rate in satoshis per 1,000 virtual bytes.</summary>
    /// <param name="satsPerKvB">Satoshis per 1,000 vB.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public FeeRate(long satsPerKvB)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(satsPerKvB);
        SatsPerKvB = satsPerKvB;
    }

    /// <summary>The least feerate that every node relays: 1 sat/vB, the default before 0.1 sat/vB of Bitcoin Core 30.</summary>
    public static FeeRate MinimumRelay => new(Unit);

    /// <summary>Satoshis per 1,000 vB; never negative.</summary>
    public long SatsPerKvB { get; }

    /// <summary>A rate in whole satoshis per virtual byte.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public static FeeRate PerVByte(long sats) => new(checked(sats * Unit));

    /// <summary>The rate that a fee is for a size, rounded down.</summary>
    /// <param name="fee">Not negative.</param>
    /// <param name="vsize">Virtual bytes, one or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The fee is negative, or there is no size.</exception>
    public static FeeRate Of(Amount fee, int vsize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vsize);
        return new FeeRate(checked(fee.Sats * Unit) / vsize);
    }

    /// <summary>
    /// The fee for a size, rounded up to a whole satoshi; <see cref="Amount.MaxMoney"/> where it would be more, which nobody pays.
    /// </summary>
    /// <param name="vsize">Virtual bytes; not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is negative.</exception>
    public Amount FeeFor(int vsize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(vsize);
        return new Amount((long)Int128.Min(((Int128)SatsPerKvB * vsize + (Unit - 1)) / Unit, Amount.MaxMoney));
    }

    /// <inheritdoc/>
    public int CompareTo(FeeRate other) => SatsPerKvB.CompareTo(other.SatsPerKvB);

    /// <summary>In sat/vB with up to three places.</summary>
    public override string ToString() =>
        (SatsPerKvB / (decimal)Unit).ToString("0.###", CultureInfo.InvariantCulture) + " sat/vB";
}
