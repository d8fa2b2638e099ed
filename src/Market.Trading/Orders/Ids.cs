using System.Globalization;

namespace Market.Trading;

/// <summary>An order of one instrument, numbered by the engine from 1 upwards in order of acceptance; 0 is none.</summary>
/// <param name="Value">The number.</param>
public readonly record struct OrderId(ulong Value) : IComparable<OrderId>
{
    /// <summary>True unless this is the default value.</summary>
    public bool Exists => Value != 0;

    /// <inheritdoc/>
    public int CompareTo(OrderId other) => Value.CompareTo(other.Value);

    /// <summary>The number in decimal.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A trade of one instrument, numbered by the engine from 1 upwards; 0 is none.</summary>
/// <param name="Value">The number.</param>
public readonly record struct TradeId(ulong Value) : IComparable<TradeId>
{
    /// <summary>True unless this is the default value.</summary>
    public bool Exists => Value != 0;

    /// <inheritdoc/>
    public int CompareTo(TradeId other) => Value.CompareTo(other.Value);

    /// <summary>The number in decimal.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>An account (one signing key), numbered by whoever keeps the accounts, from 1; 0 is the market itself.</summary>
/// <param name="Value">The number.</param>
public readonly record struct AccountId(ulong Value) : IComparable<AccountId>
{
    /// <summary>True unless this is the default value.</summary>
    public bool Exists => Value != 0;

    /// <inheritdoc/>
    public int CompareTo(AccountId other) => Value.CompareTo(other.Value);

    /// <summary>The number in decimal.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
