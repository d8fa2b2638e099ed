namespace Market.Contracts;

/// <summary>How it stands with an expiry series.</summary>
public enum SeriesState
{
    /// <summary>Its first block is not mature or not there yet; it has no orders.</summary>
    Next,

    /// <summary>It is traded; paused while work comes so fast that no swap surely fits.</summary>
    Listed,

    /// <summary>No new orders: not even the smallest swap surely fits into what is left to its oldest share. Where that stays so
    /// for some blocks what rests is cancelled, and it is closed for good. Swaps go on.</summary>
    Closed,

    /// <summary>All of its shares are expired.</summary>
    Expired,
}

/// <summary>
/// An expiry series: shares of a sharechain whose root height, the lowest height of the blocks that minted them, falls into one
/// range. They expire near each other, and are sold in a book of their own.
/// </summary>
public sealed record ExpirySeries
{
    /// <summary>The instrument that they are sold in: "P2POOLV2-12-BTC".</summary>
    public required string Instrument { get; init; }

    /// <summary>The sharechain, by its row's name on this network: "p2poolv2-devnet".</summary>
    public required string Sharechain { get; init; }

    /// <summary>The series' number: root height over the row's length of a series, rounded down.</summary>
    public required int Number { get; init; }

    /// <summary>The lowest root height.</summary>
    public required int FirstRoot { get; init; }

    /// <summary>The highest root height.</summary>
    public required int LastRoot { get; init; }

    /// <summary>How it stands.</summary>
    public required SeriesState State { get; init; }

    /// <summary>When it is listed: at this height the next block may spend its oldest share.</summary>
    public required SeriesMoment Lists { get; init; }

    /// <summary>When it closes for new orders, as hashrate and difficulty are now: earlier where the hashrate grows or Bitcoin's
    /// difficulty falls. Null where no swap ever fits into its life, and of one that is gone.</summary>
    public SeriesMoment? Closes { get; init; }

    /// <summary>The last block that may spend its oldest share, as hashrate and difficulty are now: an earlier one where the
    /// hashrate grows or Bitcoin's difficulty falls. Null where that is past.</summary>
    public SeriesMoment? FirstExpires { get; init; }
}

/// <summary>A moment in a series' life.</summary>
public sealed record SeriesMoment
{
    /// <summary>The sharechain's height.</summary>
    public required int Height { get; init; }

    /// <summary>When that height is expected at the present pace; null where it is past.</summary>
    public DateTimeOffset? Expected { get; init; }
}

/// <summary>The expiry series of a market: next, listed, closed and gone.</summary>
public sealed record ExpirySeriesList
{
    /// <summary>By sharechain, the newest first: the next one, those that are traded or closed, and the newest of those that are
    /// gone.</summary>
    public required IReadOnlyList<ExpirySeries> Items { get; init; }
}
