namespace Market.Contracts;

/// <summary>Where miners connect to this server, and how those of one sharechain are doing together.</summary>
public sealed record MiningServer
{
    /// <summary>Where it listens for Stratum version 1, "host:port"; the host 0.0.0.0 is every address of its machine. Absent where
    /// this server takes no miners: then nothing else is told.</summary>
    public string? Stratum { get; init; }

    /// <summary>The sharechain that is told of; absent where this server takes no miners.</summary>
    public string? Sharechain { get; init; }

    /// <summary>Connections of its miners, open now.</summary>
    public required int Connections { get; init; }

    /// <summary>Why miners have no work, for people; absent while they have.</summary>
    public string? Waiting { get; init; }

    /// <summary>Difficulty of a share now, as Stratum counts it (1 is 2^32 hashes); absent while there is no work.</summary>
    public double? ShareDifficulty { get; init; }

    /// <summary>Difficulty of a Bitcoin block now; absent while there is no work.</summary>
    public double? MainDifficulty { get; init; }

    /// <summary>What all its workers together did since the server started.</summary>
    public required MinerFigures Total { get; init; }

    /// <summary>The newest Bitcoin blocks that miners found here, the newest first; at most 100.</summary>
    public required IReadOnlyList<MinedBlock> Blocks { get; init; }
}

/// <summary>What results show of a worker, or of several together, since the server started.</summary>
public sealed record MinerFigures
{
    /// <summary>Results accepted.</summary>
    public required long Accepted { get; init; }

    /// <summary>Results that were good and late.</summary>
    public required long Stale { get; init; }

    /// <summary>Results refused for other reasons, by reason.</summary>
    public required IReadOnlyList<RejectedResults> Rejected { get; init; }

    /// <summary>The greatest difficulty of a hash; 0 before the first.</summary>
    public required double BestDifficulty { get; init; }

    /// <summary>Shares of its work that the sharechain took, weak ones among them.</summary>
    public required long Shares { get; init; }

    /// <summary>When the last result came; absent before.</summary>
    public DateTimeOffset? LastResult { get; init; }

    /// <summary>Hash rate of the last 5 minutes.</summary>
    public required MinedRate FiveMinutes { get; init; }

    /// <summary>Hash rate of the last hour.</summary>
    public required MinedRate Hour { get; init; }

    /// <summary>Hash rate of the last day.</summary>
    public required MinedRate Day { get; init; }
}

/// <summary>Results refused for one reason.</summary>
public sealed record RejectedResults
{
    /// <summary>The reason's name: "duplicate", "lowDifficulty", ...</summary>
    public required string Reason { get; init; }

    /// <summary>The reason as the miner was told.</summary>
    public required string Words { get; init; }

    /// <summary>How many.</summary>
    public required long Count { get; init; }
}

/// <summary>A hash rate as accepted results show it.</summary>
public sealed record MinedRate
{
    /// <summary>Hashes a second; 0 without results.</summary>
    public required double HashesPerSecond { get; init; }

    /// <summary>Standard error as a fraction of it, 1 / sqrt(results); 1 without results.</summary>
    public required double RelativeError { get; init; }
}

/// <summary>A worker: the part of a user name behind the address.</summary>
public sealed record MinerWorker
{
    /// <summary>Its name; empty where the user name is the address alone.</summary>
    public required string Name { get; init; }

    /// <summary>What its firmware calls itself; may be empty.</summary>
    public required string Agent { get; init; }

    /// <summary>Connections open now.</summary>
    public required int Connections { get; init; }

    /// <summary>What it did.</summary>
    public required MinerFigures Figures { get; init; }
}

/// <summary>A Bitcoin block that a miner found here.</summary>
public sealed record MinedBlock
{
    /// <summary>When it was handed in.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Its id (reversed hex).</summary>
    public required string Id { get; init; }

    /// <summary>What the mainchain's node said to it, for people.</summary>
    public required string Fate { get; init; }
}

/// <summary>One address of a sharechain, as its miners ask about it: workers here, and what the chain says it has.</summary>
public sealed record Miner
{
    /// <summary>The instrument in which its shares are sold.</summary>
    public required string Instrument { get; init; }

    /// <summary>The sharechain, by its row's name.</summary>
    public required string Sharechain { get; init; }

    /// <summary>The address.</summary>
    public required string Address { get; init; }

    /// <summary>Where this server listens for Stratum version 1; absent where it takes no miners.</summary>
    public string? Stratum { get; init; }

    /// <summary>Why miners have no work, for people; absent while they have.</summary>
    public string? Waiting { get; init; }

    /// <summary>What its workers together did here since the server started.</summary>
    public required MinerFigures Total { get; init; }

    /// <summary>Its workers, those with the newest result first; at most 200.</summary>
    public required IReadOnlyList<MinerWorker> Workers { get; init; }

    /// <summary>How many workers it has.</summary>
    public required int WorkersInAll { get; init; }

    /// <summary>Seconds until a share is expected, on average, at the newest hash rate; absent where that is not known.</summary>
    public double? SecondsToShare { get; init; }

    /// <summary>Seconds until a Bitcoin block is expected, on average, at the newest hash rate; absent where that is not known.
    /// </summary>
    public double? SecondsToBlock { get; init; }

    /// <summary>What it has on the sharechain.</summary>
    public required MinerHoldings Holdings { get; init; }
}

/// <summary>What an address has on its sharechain, and what that would bring.</summary>
public sealed record MinerHoldings
{
    /// <summary>Unspent shares, those of unconfirmed transactions among them.</summary>
    public required Quantity Held { get; init; }

    /// <summary>Those that may be spent now.</summary>
    public required Quantity Mature { get; init; }

    /// <summary>Those that a sharebase minted not long enough ago.</summary>
    public required Quantity Maturing { get; init; }

    /// <summary>What sharebases minted to it in the blocks that the explorer looked through, from <see cref="From"/> on.</summary>
    public required Quantity Earned { get; init; }

    /// <summary>Of its newest 200 payments in those blocks what was sold: spent in this market's swaps that settled.</summary>
    public required Quantity Sold { get; init; }

    /// <summary>The lowest block that was looked through; absent while that has not begun.</summary>
    public long? From { get; init; }

    /// <summary>The best bid, satoshis a whole share; absent while nobody bids.</summary>
    public Price? Bid { get; init; }

    /// <summary>How many shares that bid wants.</summary>
    public Quantity? BidWants { get; init; }

    /// <summary>Satoshis that the mature shares come to at the best bid's price, fees not counted; of shares that expire only those
    /// of the instrument's series. More than the bid wants would bring less. Absent while nobody bids.</summary>
    public Sats? WorthNow { get; init; }
}
