using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains;

/// <summary>Why a transaction left the mempool other than into a block.</summary>
public enum DropReason
{
    /// <summary>Another spends the same output and pays more (BIP125).</summary>
    Replaced,

    /// <summary>A block spent its inputs otherwise.</summary>
    Conflict,

    /// <summary>It waited too long.</summary>
    Expired,

    /// <summary>Crowded out by better feerates.</summary>
    Evicted,

    /// <summary>No longer valid after a reorganisation.</summary>
    Reorganised,
}

/// <summary>Something that happened on a chain, told after it is committed.</summary>
public abstract record ChainEvent
{
    private ChainEvent()
    {
    }

    /// <summary>The best chain changed.</summary>
    /// <param name="Tip">The new tip.</param>
    /// <param name="Disconnected">Blocks that left the best chain, newest first.</param>
    /// <param name="Connected">Blocks that joined it, oldest first.</param>
    public sealed record TipChanged(
        ChainHead Tip, ImmutableArray<BlockRef> Disconnected, ImmutableArray<BlockRef> Connected) : ChainEvent;

    /// <summary>A transaction entered the mempool.</summary>
    /// <param name="Transaction">The transaction.</param>
    public sealed record TransactionSeen(Transaction Transaction) : ChainEvent;

    /// <summary>A transaction left the mempool other than into a block.</summary>
    /// <param name="TxId">Which.</param>
    /// <param name="Reason">Why.</param>
    public sealed record TransactionDropped(TxId TxId, DropReason Reason) : ChainEvent;

    /// <summary>A weak share was found good, and waits for a block that names it; each is told of once.</summary>
    /// <param name="Share">What travels of it.</param>
    public sealed record WeakSeen(NamedShare Share) : ChainEvent;

    /// <summary>A share's work was enough for a mainchain block, or the fate of such a block changed.</summary>
    /// <param name="Block">The block as it stands.</param>
    public sealed record FateChanged(FoundBlock Block) : ChainEvent;

    /// <summary>Events were lost here (reader too slow, or the connection broke): read the chain anew.</summary>
    public sealed record Gap : ChainEvent;
}
