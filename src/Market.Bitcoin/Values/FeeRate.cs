using System.Globalization;

namespace Market.Bitcoin;

/// <summary>A fee for size, kept as satoshis per 1,000 virtual bytes so that no rate needs a fraction.</summary>
/// <param name="SatsPerKvB">Satoshis per 1,000 vB; not negative.</param>
public readonly record struct FeeRate(long SatsPerKvB) : IComparable<FeeRate>
{
    /// <summary>A rate in whole satoshis per virtual byte.</summary>
    public static FeeRate PerVByte(long sats) => new(checked(sats * 1000));

    /// <summary>Bitcoin Core's default minimum relay feerate: 1 sat/vB.</summary>
    public static FeeRate MinimumRelay => new(1000);

    /// <summary>The fee for a size, rounded up to a whole satoshi.</summary>
    /// <param name="vsize">Virtual bytes.</param>
    public Amount FeeFor(int vsize) => new(checked((SatsPerKvB * vsize + 999) / 1000));

    /// <summary>The rate that a fee is for a size, rounded down.</summary>
    public static FeeRate Of(Amount fee, int vsize) => new(checked(fee.Sats * 1000) / vsize);

    /// <inheritdoc/>
    public int CompareTo(FeeRate other) => SatsPerKvB.CompareTo(other.SatsPerKvB);

    /// <summary>In sat/vB with up to three places.</summary>
    public override string ToString() =>
        (SatsPerKvB / 1000m).ToString("0.###", CultureInfo.InvariantCulture) + " sat/vB";
}
