using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains;

/// <summary>A block as both chains have it.</summary>
/// <param name="Id">The block's hash.</param>
/// <param name="Parent">The parent's hash; zeros for genesis.</param>
/// <param name="Height">Genesis is 0.</param>
/// <param name="Time">The header's own time, Unix seconds.</param>
/// <param name="MedianTimePast">Median time of the last 11 blocks including this one, Unix seconds.</param>
/// <param name="Transactions">Coinbase (sharebase) first.</param>
public sealed record ChainBlock(
    Hash256 Id, Hash256 Parent, int Height, uint Time, uint MedianTimePast, ImmutableArray<Transaction> Transactions)
{
    /// <summary>Id and height.</summary>
    public BlockRef Ref => new(Id, Height);
}

/// <summary>A transaction found.</summary>
/// <param name="Transaction">The transaction with its witness.</param>
/// <param name="Block">The block of the best chain that holds it; null while it waits in the mempool.</param>
/// <param name="Confirmations">1 in the tip; 0 in the mempool.</param>
public sealed record ChainTransaction(Transaction Transaction, BlockRef? Block, int Confirmations);

/// <summary>An output that nothing on the best chain spends.</summary>
/// <param name="OutPoint">Its name.</param>
/// <param name="Output">Amount and script.</param>
/// <param name="Height">Height of its block; -1 while unconfirmed.</param>
/// <param name="IsCoinbase">True for an output of a coinbase (sharebase).</param>
/// <param name="Confirmations">1 in the tip; 0 in the mempool.</param>
public sealed record UnspentOutput(OutPoint OutPoint, TxOut Output, int Height, bool IsCoinbase, int Confirmations)
{
    /// <summary>
    /// On a sharechain whose shares expire the lowest height of the sharebases that it comes from, by which it expires
    /// (<see cref="ISharechain.GetLifeAsync"/>): that of an unconfirmed output is what its inputs have. Null on other chains.
    /// </summary>
    public int? RootHeight { get; init; }

    /// <summary>True where the next block may spend it.</summary>
    /// <param name="coinbaseMaturity">See <see cref="IChain.CoinbaseMaturity"/>.</param>
    public bool IsSpendable(int coinbaseMaturity) => !IsCoinbase || Confirmations >= coinbaseMaturity;
}

/// <summary>An unconfirmed transaction.</summary>
/// <param name="Transaction">The transaction.</param>
/// <param name="Fee">What it pays; zero where the node behind does not say.</param>
/// <param name="Arrived">When it was first seen, Unix seconds.</param>
public sealed record MempoolEntry(Transaction Transaction, Amount Fee, long Arrived)
{
    /// <summary>Its own feerate, ancestors and descendants not counted.</summary>
    public FeeRate FeeRate => FeeRate.Of(Fee, Transaction.VirtualSize);
}

/// <summary>How a broadcast went; the codes are stable.</summary>
public enum BroadcastCode
{
    /// <summary>Now in the mempool.</summary>
    Accepted,

    /// <summary>It was in the mempool already.</summary>
    AlreadyInMempool,

    /// <summary>It is in a block of the best chain already.</summary>
    AlreadyConfirmed,

    /// <summary>An input is unknown, or spent by a block.</summary>
    MissingInputs,

    /// <summary>An input is spent by another unconfirmed transaction, which is not replaceable.</summary>
    Conflict,

    /// <summary>It replaces another transaction and does not pay enough more (BIP125).</summary>
    ReplacementTooCheap,

    /// <summary>Below the mempool's least feerate.</summary>
    FeeTooLow,

    /// <summary>A lock time, relative lock or coinbase maturity forbids it in the next block.</summary>
    NotFinal,

    /// <summary>Never valid: malformed, a script fails, value is created, or a limit is passed.</summary>
    Invalid,

    /// <summary>Too long a line of unconfirmed ancestors or descendants.</summary>
    ChainTooLong,

    /// <summary>The mempool has no room at this feerate.</summary>
    MempoolFull,

    /// <summary>Valid, but not what nodes relay.</summary>
    NotStandard,
}

/// <summary>What became of a transaction offered.</summary>
/// <param name="TxId">Its id.</param>
/// <param name="Code">The stable code.</param>
/// <param name="Detail">The rule that refused it, in the node's words; empty on success.</param>
public sealed record BroadcastResult(TxId TxId, BroadcastCode Code, string Detail = "")
{
    /// <summary>True where the transaction is now known to the network, by this call or before.</summary>
    public bool IsSuccess => Code <= BroadcastCode.AlreadyConfirmed;

    /// <summary>What each source answered, where the chain is read from several; empty where from one.</summary>
    public ImmutableArray<SourceAnswer> Answers { get; init; } = [];

    /// <summary>True where a source gave no answer: a refusal is then not the last word.</summary>
    public bool IsUncertain => Answers.Any(answer => answer.Code is null);
}

/// <summary>How a block offered went; the codes are stable.</summary>
public enum SubmitCode
{
    /// <summary>Valid, and the new tip.</summary>
    Accepted,

    /// <summary>Valid, and not on the best chain.</summary>
    SideChain,

    /// <summary>Known already.</summary>
    Duplicate,

    /// <summary>Its parent, mainchain block or time is not known or not reached yet; kept for later.</summary>
    Deferred,

    /// <summary>Breaks a rule.</summary>
    Refused,
}

/// <summary>What became of a block offered.</summary>
/// <param name="Id">Its hash.</param>
/// <param name="Code">The stable code.</param>
/// <param name="Detail">The rule that refused or deferred it; empty on success.</param>
public sealed record SubmitResult(Hash256 Id, SubmitCode Code, string Detail = "")
{
    /// <summary>True where the block is now known and valid.</summary>
    public bool IsSuccess => Code <= SubmitCode.Duplicate;
}
