using Market.Bitcoin;

namespace Market.Chains.Engine;

/// <summary>Bounds of a mempool.</summary>
public sealed record MempoolLimits
{
    /// <summary>Virtual bytes of all transactions together.</summary>
    public int MaxVirtualBytes { get; init; } = 20_000_000;

    /// <summary>Transactions: each takes more of memory, and of the time of whoever goes through them, than its bytes tell.
    /// </summary>
    public int MaxTransactions { get; init; } = 100_000;

    /// <summary>Unconfirmed ancestors of one transaction, itself included; likewise descendants.</summary>
    public int MaxChain { get; init; } = 25;

    /// <summary>Transactions that one replacement may put out (BIP125).</summary>
    public int MaxReplaced { get; init; } = 100;

    /// <summary>Weight of one transaction.</summary>
    public int MaxWeight { get; init; } = 400_000;

    /// <summary>
    /// Signature operations of one transaction at their cost: a fifth of a block's, so that none takes the room of many
    /// (Bitcoin Core's MAX_STANDARD_TX_SIGOPS_COST).
    /// </summary>
    public int MaxSigOpCost { get; init; } = SigOps.MaxRelayedCost;

    /// <summary>
    /// Signature operations that the inputs of one transaction may run outside witnesses (BIP54): each hashes the whole
    /// transaction again.
    /// </summary>
    public int MaxLegacySigOps { get; init; } = SigOps.MaxRelayedLegacy;

    /// <summary>
    /// Bytes that the scripts of one transaction may hash outside witnesses: its legacy signature operations times its size. The
    /// largest that is relayed and spends P2PKH alone hashes 67 MB; what the other bounds would let pass hashes 250 MB.
    /// </summary>
    public long MaxHashedBytes { get; init; } = 70_000_000;

    /// <summary>How long a transaction waits.</summary>
    public TimeSpan Expiry { get; init; } = TimeSpan.FromDays(14);

    /// <summary>Below this nothing enters.</summary>
    public FeeRate MinimumFeeRate { get; init; } = FeeRate.MinimumRelay;

    /// <summary>What a replacement pays for its own size on top of what it replaces (BIP125).</summary>
    public FeeRate Increment { get; init; } = FeeRate.MinimumRelay;
}
