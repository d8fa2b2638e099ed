namespace Market.Contracts;

/// <summary>The mainchain side of a share block.</summary>
public sealed record ShareProof
{
    /// <summary>Id of the mainchain header whose work it is.</summary>
    public required string MainHeaderId { get; init; }

    /// <summary>Id of the mainchain block it builds on.</summary>
    public required string MainParent { get; init; }

    /// <summary>Whether that header also meets the mainchain's target: then it was offered as a Bitcoin block, and
    /// <see cref="Fate"/> says what became of it.</summary>
    public required bool IsMainBlock { get; init; }

    /// <summary>The first of those whom the payout rule named to be paid.</summary>
    public required string Paid { get; init; }

    /// <summary>The sum its mainchain coinbase pays.</summary>
    public required Sats Amount { get; init; }

    /// <summary>Why these, in sentences.</summary>
    public required string Reason { get; init; }

    /// <summary>The chain's payout rule in a few words: "20 drawn owners".</summary>
    public required string Rule { get; init; }

    /// <summary>All whom its mainchain coinbase pays, in its order.</summary>
    public required IReadOnlyList<PaidParty> Payees { get; init; }

    /// <summary>Base units that took part at the share below (n). Absent where the explorer did not see that share as the tip: it
    /// keeps the newest 512 since the server started.</summary>
    public Quantity? Total { get; init; }

    /// <summary>The draws; none where nobody is drawn, and where <see cref="Total"/> is absent.</summary>
    public required IReadOnlyList<DrawnOutput> Draws { get; init; }

    /// <summary>The window that paid; absent in rows without one, and where <see cref="Total"/> is absent.</summary>
    public PaidWindow? Window { get; init; }

    /// <summary>The output that this block may destroy; absent in rows that do not redeem, and where it was no Bitcoin
    /// block.</summary>
    public Redemption? Redeemed { get; init; }

    /// <summary>Shares that it names, so that their work is paid.</summary>
    public required IReadOnlyList<NamedWork> Named { get; init; }

    /// <summary>Late work that it registers.</summary>
    public required IReadOnlyList<RegisteredWork> Late { get; init; }

    /// <summary>Of a share whose work is a Bitcoin block's: what became of that, for people.</summary>
    public string? Fate { get; init; }
}

/// <summary>Somebody whom a coinbase pays.</summary>
public sealed record PaidParty
{
    /// <summary>The mainchain address; hex of the script where it has none.</summary>
    public required string Address { get; init; }

    /// <summary>What is paid.</summary>
    public required Sats Amount { get; init; }

    /// <summary>In a window: base units that it held there; absent where that was not seen.</summary>
    public Quantity? Weight { get; init; }
}

/// <summary>One draw, to be computed again by whoever doubts it.</summary>
public sealed record DrawnOutput
{
    /// <summary>Which draw, from 0 (k).</summary>
    public required int Index { get; init; }

    /// <summary>The base unit drawn, from 0 (q).</summary>
    public required Quantity Unit { get; init; }

    /// <summary>The output that holds it, "txid:index".</summary>
    public required string Outpoint { get; init; }

    /// <summary>Base units of that output.</summary>
    public required Quantity Value { get; init; }

    /// <summary>The mainchain address that is paid for it; hex of the script where it has none.</summary>
    public required string Address { get; init; }
}

/// <summary>The window of a payout.</summary>
public sealed record PaidWindow
{
    /// <summary>Shares minted below this height had expired.</summary>
    public required long Start { get; init; }

    /// <summary>The largest so many holders were paid; absent where all were.</summary>
    public int? Most { get; init; }

    /// <summary>Who would get less than so many satoshis falls out.</summary>
    public required Sats Dust { get; init; }

    /// <summary>Holders that the rule looked at, the largest, and who fell out for dust or want of room.</summary>
    public required int FellOut { get; init; }

    /// <summary>When the shares that this block mints expire, were shares found at the pace aimed at and the window to keep its
    /// length. The window is measured in work: it gets shorter in blocks as difficulty rises.</summary>
    public DateTimeOffset? ExpectedExpiry { get; init; }
}

/// <summary>An output that pays with its life.</summary>
public sealed record Redemption
{
    /// <summary>The output, "txid:index"; absent where the draw was not seen.</summary>
    public string? Outpoint { get; init; }

    /// <summary>The mainchain height from which on a share decides whether it is destroyed or free again.</summary>
    public required long DecidedFrom { get; init; }

    /// <summary>How it stands, for people.</summary>
    public required string State { get; init; }
}

/// <summary>How a share is named by another.</summary>
public enum NamedKind
{
    /// <summary>A share beside the chain.</summary>
    Uncle,

    /// <summary>Work below a share's.</summary>
    Weak,
}

/// <summary>A share that a block names so that its work is paid.</summary>
public sealed record NamedWork
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>An uncle, or a weak share.</summary>
    public required NamedKind Kind { get; init; }

    /// <summary>Its height.</summary>
    public required long Height { get; init; }

    /// <summary>Who made it: the address that its sharebase pays; hex of the script where it has none.</summary>
    public required string Maker { get; init; }

    /// <summary>Expected hashes of the work that it states.</summary>
    public required double Work { get; init; }

    /// <summary>Whether its work was a Bitcoin block's all the same.</summary>
    public required bool IsMainBlock { get; init; }
}

/// <summary>A mainchain block that lost its race, registered on the sharechain.</summary>
public sealed record RegisteredWork
{
    /// <summary>Its id.</summary>
    public required string Block { get; init; }

    /// <summary>The x-only key that it names, an authority for a term; absent where it names none.</summary>
    public string? Key { get; init; }
}
