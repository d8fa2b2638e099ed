using System.Globalization;

namespace Market.Bitcoin;

/// <summary>
/// A sum of a chain's base units: satoshis on the mainchain, 1e-8 shares on the sharechain. Arithmetic is checked and
/// overflow throws <see cref="OverflowException"/>. May be negative as a difference; see <see cref="IsMoney"/>.
/// </summary>
/// <param name="Sats">The number of base units.</param>
public readonly record struct Amount(long Sats) : IComparable<Amount>
{
    /// <summary>Base units in one whole coin.</summary>
    public const long Coin = 100_000_000;

    /// <summary>More than this is never valid in an output (Bitcoin's MAX_MONEY).</summary>
    public const long MaxMoney = 21_000_000 * Coin;

    /// <summary>Nothing.</summary>
    public static Amount Zero => default;

    /// <summary>True from 0 to <see cref="MaxMoney"/>.</summary>
    public bool IsMoney => Sats is >= 0 and <= MaxMoney;

    /// <inheritdoc/>
    public int CompareTo(Amount other) => Sats.CompareTo(other.Sats);

    /// <summary>The number of base units, then "sat".</summary>
    public override string ToString() => Sats.ToString(CultureInfo.InvariantCulture) + " sat";

    /// <summary>Sum.</summary>
    public static Amount operator +(Amount left, Amount right) => new(checked(left.Sats + right.Sats));

    /// <summary>Difference.</summary>
    public static Amount operator -(Amount left, Amount right) => new(checked(left.Sats - right.Sats));

    /// <summary>Less.</summary>
    public static bool operator <(Amount left, Amount right) => left.Sats < right.Sats;

    /// <summary>More.</summary>
    public static bool operator >(Amount left, Amount right) => left.Sats > right.Sats;

    /// <summary>At most.</summary>
    public static bool operator <=(Amount left, Amount right) => left.Sats <= right.Sats;

    /// <summary>At least.</summary>
    public static bool operator >=(Amount left, Amount right) => left.Sats >= right.Sats;
}
