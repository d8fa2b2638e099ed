namespace Market.Contracts;

/// <summary>An address of either chain: what it has, and what it was paid.</summary>
public sealed record AddressDetail
{
    /// <summary>Which chain.</summary>
    public required ChainName Chain { get; init; }

    /// <summary>The address.</summary>
    public required string Address { get; init; }

    /// <summary>Hex of its script.</summary>
    public required string Script { get; init; }

    /// <summary>Unspent outputs that the next block may spend. Satoshis on the mainchain, base units on the sharechain, as all
    /// amounts
    /// here.</summary>
    public required CoinSum Spendable { get; init; }

    /// <summary>Unspent outputs that a coinbase or sharebase minted not long enough ago.</summary>
    public required CoinSum Maturing { get; init; }

    /// <summary>Outputs of unconfirmed transactions.</summary>
    public required CoinSum Unconfirmed { get; init; }

    /// <summary>On a sharechain: its part in the next payout; absent on the mainchain.</summary>
    public HolderChance? Chance { get; init; }

    /// <summary>What the sharebases (coinbases) of the blocks looked through minted to it.</summary>
    public required Sats Minted { get; init; }

    /// <summary>The lowest block that the explorer looked through for what was minted and paid: what is below is not told here.
    /// Absent
    /// while it has not begun.</summary>
    public long? From { get; init; }

    /// <summary>The newest outputs that pay it in those blocks, the newest first; at most 50.</summary>
    public required IReadOnlyList<AddressPayment> Payments { get; init; }
}

/// <summary>Some outputs together.</summary>
public sealed record CoinSum
{
    /// <summary>How many.</summary>
    public required int Count { get; init; }

    /// <summary>What they come to.</summary>
    public required Sats Value { get; init; }
}

/// <summary>An output that pays an address.</summary>
public sealed record AddressPayment
{
    /// <summary>The output, "txid:index".</summary>
    public required string Outpoint { get; init; }

    /// <summary>How much.</summary>
    public required Sats Value { get; init; }

    /// <summary>Height of its block.</summary>
    public required long Height { get; init; }

    /// <summary>The time that its block's header states.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Whether it was minted there.</summary>
    public required bool Minted { get; init; }

    /// <summary>What became of it.</summary>
    public required OutputState State { get; init; }

    /// <summary>The transaction that spends it; absent where none does, or that is not known.</summary>
    public string? Spender { get; init; }
}

/// <summary>Somebody's part in the next payout of a sharechain.</summary>
public sealed record HolderChance
{
    /// <summary>Base units with which it takes part.</summary>
    public required Quantity Weight { get; init; }

    /// <summary>That as a part of all.</summary>
    public required double Part { get; init; }

    /// <summary>The probability that a Bitcoin block pays it. Where owners are drawn, 1 - (1 - part)^K; in a window 1 for who is
    /// paid
    /// and 0 for who falls out.</summary>
    public required double Chance { get; init; }
}

/// <summary>Who takes part in a sharechain's next payout.</summary>
public sealed record ShareHolderPage
{
    /// <summary>The share that it is said of.</summary>
    public required string Tip { get; init; }

    /// <summary>Its height.</summary>
    public required long Height { get; init; }

    /// <summary>The chain's payout rule in a few words.</summary>
    public required string Rule { get; init; }

    /// <summary>Base units that take part.</summary>
    public required Quantity Total { get; init; }

    /// <summary>How many holders there are.</summary>
    public required int Count { get; init; }

    /// <summary>The holders, the largest first.</summary>
    public required IReadOnlyList<ShareHolder> Items { get; init; }

    /// <summary>Names the next page; absent on the last.</summary>
    public string? NextCursor { get; init; }
}

/// <summary>A holder.</summary>
public sealed record ShareHolder
{
    /// <summary>1 is the largest.</summary>
    public required int Rank { get; init; }

    /// <summary>The payout address; hex of the script where it has none.</summary>
    public required string Address { get; init; }

    /// <summary>What it holds and its chance.</summary>
    public required HolderChance Chance { get; init; }
}

/// <summary>What a search may find.</summary>
public enum SearchKind
{
    /// <summary>A block of either chain.</summary>
    Block,

    /// <summary>A transaction of either chain.</summary>
    Transaction,

    /// <summary>An address of either chain.</summary>
    Address,

    /// <summary>A swap.</summary>
    Swap,
}

/// <summary>Something that a search found.</summary>
public sealed record SearchHit
{
    /// <summary>What it is.</summary>
    public required SearchKind Kind { get; init; }

    /// <summary>Its id or address.</summary>
    public required string Id { get; init; }

    /// <summary>The chain by its name in paths: mainchain, or a sharechain's row; absent for a swap.</summary>
    public string? Chain { get; init; }

    /// <summary>An instrument that it belongs to: of a mainchain's thing the first.</summary>
    public required string Instrument { get; init; }

    /// <summary>A block's height, or that of a transaction's block.</summary>
    public long? Height { get; init; }
}

/// <summary>What a search found.</summary>
public sealed record SearchAnswer
{
    /// <summary>At most 20.</summary>
    public required IReadOnlyList<SearchHit> Hits { get; init; }
}
