using System.Text.Json.Serialization;
using Market.Contracts;

namespace Market.Strategies;

/// <summary>What a line of a maker's ledger says.</summary>
public enum LedgerKind
{
    /// <summary>The ledger begins: trades of before are not in it.</summary>
    Begun,

    /// <summary>A quote traded.</summary>
    Trade,

    /// <summary>The swap of a trade ended.</summary>
    End,
}

/// <summary>One line of a maker's ledger: JSON, amounts as on the wire. Members may be added, never changed.</summary>
public sealed record LedgerLine
{
    /// <summary>What it says.</summary>
    public required LedgerKind Kind { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The instrument; empty where the ledger begins.</summary>
    public string Instrument { get; init; } = "";

    /// <summary>The trade's number in its instrument.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TradeId { get; init; }

    /// <summary>The trade's swap.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SwapId { get; init; }

    /// <summary>Of a trade: the maker's side.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Side? Side { get; init; }

    /// <summary>Of a trade: satoshis a share.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Price? Price { get; init; }

    /// <summary>Of a trade: base units of shares.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Quantity? Quantity { get; init; }

    /// <summary>Of a trade: satoshis for them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Sats? Notional { get; init; }

    /// <summary>Of a trade: the market's fee, which counts once its swap settled.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Sats? Fee { get; init; }

    /// <summary>Of an end: how the swap ended.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SwapOutcome? Outcome { get; init; }

    /// <summary>Of an end: satoshis that own transactions of the swap paid on Bitcoin.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Sats? CoinFees { get; init; }

    /// <summary>Of an end: base units that own transactions of the swap paid on the sharechain.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Quantity? ShareFees { get; init; }

    /// <summary>What a trade is known by.</summary>
    [JsonIgnore]
    public (string Instrument, string TradeId) Key => (Instrument, TradeId ?? "");
}
