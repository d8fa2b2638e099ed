using System.Text.Json.Serialization;
using Market.Contracts;

namespace Market.Client.Strategies;

/// <summary>What happened to a market maker.</summary>
public enum MakerEventKind
{
    /// <summary>It quotes: the order was placed, or on paper would have been.</summary>
    Quote,

    /// <summary>A quote was filled; on paper, by what others traded through it.</summary>
    Fill,

    /// <summary>What it has gained and given since it began.</summary>
    Position,

    /// <summary>What that is worth by the value that it quotes around.</summary>
    Profit,
}

/// <summary>One event of a market maker, for whoever keeps a record.</summary>
public sealed record MakerEvent
{
    /// <summary>What happened.</summary>
    public required MakerEventKind Event { get; init; }

    /// <summary>True where nothing is placed.</summary>
    public required bool Paper { get; init; }

    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>Of a quote or fill: the maker's side.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Side? Side { get; init; }

    /// <summary>Of a quote or fill: satoshis per whole share.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Price? Price { get; init; }

    /// <summary>Of a quote or fill: base units of shares.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Quantity? Quantity { get; init; }

    /// <summary>Of a quote that follows face value: the part of it; the price is that of now.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DiscountFactor? Discount { get; init; }

    /// <summary>Of a position: base units of shares since the start, negative where more were sold than bought.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Shares { get; init; }

    /// <summary>Of a position: satoshis since the start, fees taken off, negative where more were paid than got.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Sats { get; init; }

    /// <summary>Of a profit: the value of a share that it is reckoned by, satoshis.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? Worth { get; init; }

    /// <summary>Of a profit: satoshis, the shares of the position at that value; rounded down. Trades that are still pending
    /// count.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Profit { get; init; }

    /// <summary>The same in a line, for a person.</summary>
    [JsonIgnore]
    public string Words => Event switch
    {
        MakerEventKind.Quote => $"{(Paper ? "Would quote" : "Quotes")}: {What}",
        MakerEventKind.Fill => $"{(Paper ? "Would be filled" : "Filled")}: {What}",
        MakerEventKind.Position => $"Position since the start: {Units(Shares ?? 0)} shares, {InWords.Sats(Sats ?? 0)}",
        _ => $"Profit at {Worth:0.##} sat a share: {InWords.Sats(Profit ?? 0)}",
    };

    private string What => $"{(Side == Contracts.Side.Buy ? "buy" : "sell")} {InWords.Shares(Quantity ?? default)} at "
        + $"{InWords.Sats((Price ?? default).Sats)} a share{(Discount is { } part ? $", {part} of face value" : "")}";

    private static string Units(long units) => (units < 0 ? "-" : "") + InWords.Number(new Quantity(Math.Abs(units)));
}
