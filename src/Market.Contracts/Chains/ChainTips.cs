namespace Market.Contracts;

/// <summary>One of the two chains.</summary>
public enum ChainName
{
    /// <summary>The chain whose coins are shares.</summary>
    Sharechain,

    /// <summary>The chain whose coins are bitcoin.</summary>
    Mainchain,
}

/// <summary>The newest block of a chain, as the market's node sees it.</summary>
public sealed record ChainTip
{
    /// <summary>Which chain.</summary>
    public required ChainName Chain { get; init; }

    /// <summary>Height of the tip.</summary>
    public required long Height { get; init; }

    /// <summary>Its id as explorers print it (reversed hex).</summary>
    public required string Id { get; init; }

    /// <summary>The time its header states.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Median time of the last 11 blocks: what locktimes are compared with.</summary>
    public required DateTimeOffset MedianTime { get; init; }

    /// <summary>When the node first saw it.</summary>
    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>Compact target of the next block, 8 hex digits.</summary>
    public required string Bits { get; init; }

    /// <summary>Hashes a second, estimated from the newest blocks' work and times.</summary>
    public required double Hashrate { get; init; }

    /// <summary>The spacing the chain aims at, in seconds.</summary>
    public required double TargetSpacing { get; init; }

    /// <summary>Transactions in the node's mempool.</summary>
    public required int MempoolTransactions { get; init; }

    /// <summary>Whether the chain goes on and its node is in sync; when not, nothing new is matched.</summary>
    public required bool Live { get; init; }

    /// <summary>What stands still and why, a sentence for people; absent while it is live.</summary>
    public string? Trouble { get; init; }

    /// <summary>How many blocks the last reorganisation undid; absent when this tip simply extends the one before.</summary>
    public int? Reorganised { get; init; }
}

/// <summary>Both tips of an instrument.</summary>
public sealed record ChainTips
{
    /// <summary>The instrument whose shares are on the one and paid for on the other.</summary>
    public required string Instrument { get; init; }

    /// <summary>The chain of shares.</summary>
    public required ChainTip Sharechain { get; init; }

    /// <summary>The chain of bitcoin.</summary>
    public required ChainTip Mainchain { get; init; }
}
