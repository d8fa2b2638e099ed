using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains.P2PoolV2;

/// <summary>What a p2poolv2 node told in one look. Nothing of it was checked but that it does not contradict itself.</summary>
public sealed record P2PoolView
{
    /// <summary>Which shape its answers have.</summary>
    public required P2PoolVersion Version { get; init; }

    /// <summary>Height of its chain's tip.</summary>
    public required int Height { get; init; }

    /// <summary>The tip's id.</summary>
    public required Hash256 Tip { get; init; }

    /// <summary>The id of the chain's first share; null where it does not say.</summary>
    public required Hash256? Genesis { get; init; }

    /// <summary>Expected hashes of all of its chain.</summary>
    public required double TotalWork { get; init; }

    /// <summary>Height of the highest share that is not confirmed yet; null where there is none.</summary>
    public required int? Candidate { get; init; }

    /// <summary>Its newest shares as far as they were read, oldest first, each on the one before; at least one.</summary>
    public required ImmutableArray<ToldShare> Shares { get; init; }

    /// <summary>The Bitcoin target that the newest share names.</summary>
    public required CompactTarget MainBits { get; init; }

    /// <summary>Expected hashes of a Bitcoin block, by that target.</summary>
    public required double MainWork { get; init; }

    /// <summary>The height that the newest share's Bitcoin block would have.</summary>
    public required long MainHeight { get; init; }

    /// <summary>What the newest shares' Bitcoin blocks would pay, on average; satoshis.</summary>
    public required double Reward { get; init; }

    /// <summary>What their finders would give away of it before the window is paid, on average; a part from 0 to 1.</summary>
    public required double Fee { get; init; }

    /// <summary>Blocks beside the chain; null where the node has no such list (before 0.11).</summary>
    public required P2PoolDag? Dag { get; init; }

    /// <summary>The node's own miners; null where it keeps no such list.</summary>
    public required P2PoolLocal? Local { get; init; }
}
