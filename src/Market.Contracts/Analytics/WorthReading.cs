namespace Market.Contracts;

/// <summary>
/// What a market said of a share's worth at one moment, with what its book and its sharechain showed then. It is stored when it is
/// said and never computed again: whatever is said later rewrites no reading.
/// </summary>
public sealed record WorthReading
{
    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>The moment. There is at most one reading for each minute (UTC): the first that was said in it.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What was said of the last price: d, its parts, reservation prices, implied yield and hashrate, and every input.
    /// </summary>
    public required Discount Said { get; init; }

    /// <summary>What the book and the newest trades showed.</summary>
    public required MarketFigures Market { get; init; }

    /// <summary>Who held the shares that take part in the next payout.</summary>
    public required HolderFigures Holders { get; init; }
}
