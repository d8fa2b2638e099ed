namespace Market.Contracts;

/// <summary>What became of a Bitcoin block that a share's work was enough for.</summary>
public enum FoundFate
{
    /// <summary>It was offered, and the Bitcoin node has not answered for it yet: it is offered again for an hour.</summary>
    Waiting,

    /// <summary>It is a block of the active mainchain.</summary>
    Accepted,

    /// <summary>It is valid, and another block was at its height before.</summary>
    Stale,

    /// <summary>It was in the active mainchain, and a reorganisation took it off.</summary>
    Orphaned,

    /// <summary>The Bitcoin node refused it: the reason is the node's.</summary>
    Refused,

    /// <summary>The node here does not know it: it was not offered from here, or not answered for within an hour.</summary>
    Unknown,
}

/// <summary>A Bitcoin block that a share's work was enough for.</summary>
public sealed record FoundBlock
{
    /// <summary>Id of the mainchain block (reversed hex).</summary>
    public required string Id { get; init; }

    /// <summary>Its height on the mainchain.</summary>
    public required long Height { get; init; }

    /// <summary>Id of the share whose work it is.</summary>
    public required string ShareId { get; init; }

    /// <summary>The share's height.</summary>
    public required long ShareHeight { get; init; }

    /// <summary>Whether that is a weak share, which is no block of the sharechain.</summary>
    public required bool IsWeak { get; init; }

    /// <summary>When it was first seen here.</summary>
    public required DateTimeOffset FoundAt { get; init; }

    /// <summary>What became of it so far.</summary>
    public required FoundFate Fate { get; init; }

    /// <summary>Since when that is known.</summary>
    public required DateTimeOffset FateAt { get; init; }

    /// <summary>Why, in words; absent where there is nothing to say.</summary>
    public string? Reason { get; init; }
}

/// <summary>Bitcoin blocks that a sharechain found.</summary>
public sealed record FoundBlocks
{
    /// <summary>The newest first.</summary>
    public required IReadOnlyList<FoundBlock> Items { get; init; }

    /// <summary>How many are remembered in all; older ones are forgotten.</summary>
    public required int Remembered { get; init; }
}
