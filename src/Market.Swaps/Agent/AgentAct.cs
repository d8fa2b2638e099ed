using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Swaps.Agent;

/// <summary>What a broadcast came to, over all sources: the best of their answers.</summary>
public enum SendOutcome
{
    /// <summary>A node has it, in its mempool or a block.</summary>
    Taken,

    /// <summary>Its fee is too low: for the mempool, or to replace what is there.</summary>
    TooCheap,

    /// <summary>An input is spent by another unconfirmed transaction that the node keeps.</summary>
    Conflicts,

    /// <summary>An input is unknown, or spent by a block.</summary>
    MissingInputs,

    /// <summary>Its locktime is not over.</summary>
    NotFinal,

    /// <summary>Refused for another reason.</summary>
    Refused,

    /// <summary>Nobody answered: whether anybody has it is not known.</summary>
    Unanswered,
}

/// <summary>A transaction that the runtime built and signed.</summary>
/// <param name="Transaction">With its witness.</param>
/// <param name="Spends">The wallet's coins that it spends; empty with claims and refunds.</param>
public sealed record MadeTransaction(Transaction Transaction, ImmutableArray<SpentCoin> Spends)
{
    /// <summary>With a lock of shares that expire: the seconds for which all that it spends can surely still be spent. Null where
    /// that is not known, and of other transactions.</summary>
    public long? Lasts { get; init; }

    /// <summary>With a lock of shares that expire: the lowest root height of all that it spends. Null where that is not known,
    /// and of other transactions.</summary>
    public int? Root { get; init; }
}

/// <summary>Something that the core wants done.</summary>
public abstract record AgentAct
{
    private AgentAct()
    {
    }

    /// <summary>
    /// Build and sign a transaction, and give it to <see cref="AgentCore.Made"/> before anybody else sees it.
    /// Funding: pays <see cref="Outputs"/> from the wallet, or where <see cref="Replaces"/> is set from every coin of that one.
    /// Claim and refund: spend <see cref="Spends"/> by the swap's keys to the swap's destination or way back
    /// (<see cref="SwapSpends"/>). Conflict: spends every coin of <see cref="Replaces"/> to the way back. Child: spends the change
    /// of <see cref="Replaces"/> to the wallet.
    /// </summary>
    /// <param name="Kind">What.</param>
    /// <param name="Leg">The role whose leg it funds or spends.</param>
    /// <param name="Rate">The feerate.</param>
    public sealed record Make(OwnTransactionKind Kind, Role Leg, FeeRate Rate) : AgentAct
    {
        /// <summary>With a claim or refund: the payment.</summary>
        public Payment? Spends { get; init; }

        /// <summary>With a funding, and a child that pays for one: what the funding pays before any change, the contract
        /// first.</summary>
        public ImmutableArray<TxOut> Outputs { get; init; } = [];

        /// <summary>The own transaction that is replaced, conflicted or paid for.</summary>
        public OwnTransaction? Replaces { get; init; }

        /// <summary>With a replacement or conflict: all versions before paid at most this, so this one must pay more.</summary>
        public Amount LeastFee { get; init; }

        /// <summary>A fee above this is not worth it: then nothing is made.</summary>
        public Amount MostFee { get; init; }
    }

    /// <summary>Broadcast a transaction by every source, and give what came of it to <see cref="AgentCore.Sent"/>.</summary>
    /// <param name="Transaction">Which.</param>
    public sealed record Send(OwnTransaction Transaction) : AgentAct;
}

/// <summary>What kind of thing an agent says.</summary>
public enum AgentSayingKind
{
    /// <summary>A swap was taken on.</summary>
    Opened,

    /// <summary>A swap moved to another phase.</summary>
    Moved,

    /// <summary>A transaction was broadcast.</summary>
    Broadcast,

    /// <summary>A transaction was not taken by the network, or could not be made; it is tried again.</summary>
    NotTaken,

    /// <summary>The agent refuses terms, or to go on.</summary>
    Refused,

    /// <summary>Something is off on a chain.</summary>
    Alarm,

    /// <summary>A chain or the market cannot be reached; the agent goes on with what is left.</summary>
    Unreachable,
}

/// <summary>Something that an agent says of a swap. Never holds a key or an unrevealed preimage.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="Text">For a person.</param>
public sealed record AgentSaying(AgentSayingKind Kind, string Text);

/// <summary>What a step came to.</summary>
/// <param name="Swap">The journal after it, to be written before any act is done.</param>
/// <param name="Acts">What is to be done, in order.</param>
/// <param name="Sayings">What is to be said.</param>
public sealed record AgentTurn(AgentSwap Swap, ImmutableArray<AgentAct> Acts, ImmutableArray<AgentSaying> Sayings);
