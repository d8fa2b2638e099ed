using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains.Stratum;

/// <summary>What a worker did, as its miner asks.</summary>
/// <param name="Address">Whom its shares pay.</param>
/// <param name="Name">The part of the user name behind the address; empty for none.</param>
/// <param name="Agent">What its firmware calls itself; empty where it does not.</param>
/// <param name="Connections">Open now.</param>
/// <param name="LastResult">When it had the last one; null before.</param>
/// <param name="Accepted">Results accepted.</param>
/// <param name="Stale">Results that were late.</param>
/// <param name="Rejected">Results refused for another reason, by reason.</param>
/// <param name="Best">The greatest difficulty of a hash.</param>
/// <param name="Rates">Of 5 minutes, an hour, a day.</param>
public sealed record StratumWorker(
    string Address, string Name, string Agent, int Connections, DateTimeOffset? LastResult, long Accepted, long Stale,
    ImmutableDictionary<StratumReject, long> Rejected, double Best, ImmutableArray<HashRate> Rates)
{
    /// <summary>Shares of its work that the sharechain took, weak ones among them.</summary>
    public long Shares { get; init; }

    /// <summary>Bitcoin blocks among its results.</summary>
    public long MainBlocks { get; init; }

    /// <summary>Of those the ones that the mainchain's node took as its newest.</summary>
    public long MainBlocksAccepted { get; init; }
}

/// <summary>A Bitcoin block that a miner found here, and what became of it.</summary>
/// <param name="At">When it was handed in.</param>
/// <param name="Block">Its id.</param>
/// <param name="Worker">The user name.</param>
/// <param name="Result">What the mainchain's node said; null where it was not asked.</param>
public sealed record StratumBlock(DateTimeOffset At, BlockId Block, string Worker, SubmitResult? Result);
