namespace Market.Contracts;

/// <summary>A block in a list.</summary>
public sealed record BlockSummary
{
    /// <summary>Which chain.</summary>
    public required ChainName Chain { get; init; }

    /// <summary>Height.</summary>
    public required long Height { get; init; }

    /// <summary>Id (reversed hex).</summary>
    public required string Id { get; init; }

    /// <summary>The time its header states.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>How many transactions it has, the coinbase (sharebase) included.</summary>
    public required int Transactions { get; init; }

    /// <summary>Bytes as nodes pass it on: header, transactions with witnesses, and of a share its proof and the shares it names.
    /// </summary>
    public required int Size { get; init; }

    /// <summary>Whom it pays first: of a share block its sharebase, which pays who mined it; of a mainchain block its coinbase,
    /// which pays whom a payout rule named, and need not be who mined it. The address; hex of the script where it has none.
    /// </summary>
    public required string PaidTo { get; init; }
}

/// <summary>One block with its transactions.</summary>
public sealed record BlockDetail
{
    /// <summary>What the list shows.</summary>
    public required BlockSummary Block { get; init; }

    /// <summary>Id of its parent.</summary>
    public required string Parent { get; init; }

    /// <summary>Id of the active block after it; absent at the tip.</summary>
    public string? Next { get; init; }

    /// <summary>Whether it is in the active chain.</summary>
    public required bool Active { get; init; }

    /// <summary>Blocks on top of it, itself included; 0 when it is not active.</summary>
    public required long Confirmations { get; init; }

    /// <summary>Compact target, 8 hex digits.</summary>
    public required string Bits { get; init; }

    /// <summary>Expected hashes for one such block.</summary>
    public required double Work { get; init; }

    /// <summary>Ids of its transactions.</summary>
    public required IReadOnlyList<string> TransactionIds { get; init; }

    /// <summary>Hex of the header.</summary>
    public required string Header { get; init; }

    /// <summary>For a share block: the mainchain block it would have been, and whom that pays.</summary>
    public ShareProof? Proof { get; init; }
}

/// <summary>A transaction of either chain.</summary>
public sealed record TransactionDetail
{
    /// <summary>Which chain.</summary>
    public required ChainName Chain { get; init; }

    /// <summary>Transaction id (reversed hex).</summary>
    public required string Id { get; init; }

    /// <summary>Height of its block; absent in the mempool.</summary>
    public long? Height { get; init; }

    /// <summary>Id of its block; absent in the mempool.</summary>
    public string? BlockId { get; init; }

    /// <summary>The time that its block's header states; absent in the mempool.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Blocks on top, its own included; 0 in the mempool.</summary>
    public required long Confirmations { get; init; }

    /// <summary>What it pays for being in a block: its inputs less its outputs. Absent of a coinbase, and where what it spends is
    /// not
    /// known to the node or has more inputs than are looked up (100).</summary>
    public Sats? Fee { get; init; }

    /// <summary>The swap that it belongs to; absent where it is none of this market's.</summary>
    public string? Swap { get; init; }

    /// <summary>Virtual size in bytes.</summary>
    public required int VirtualSize { get; init; }

    /// <summary>nLockTime.</summary>
    public required long Locktime { get; init; }

    /// <summary>Inputs in order; a coinbase has one without outpoint.</summary>
    public required IReadOnlyList<TransactionInput> Inputs { get; init; }

    /// <summary>Outputs in order.</summary>
    public required IReadOnlyList<TransactionOutput> Outputs { get; init; }

    /// <summary>The serialized transaction in hex.</summary>
    public required string Hex { get; init; }
}

/// <summary>One input.</summary>
public sealed record TransactionInput
{
    /// <summary>What it spends, "txid:index"; absent in a coinbase.</summary>
    public string? Outpoint { get; init; }

    /// <summary>How much that is; absent where it is not known.</summary>
    public Sats? Value { get; init; }

    /// <summary>Whose it was; absent where it has no address, or that is not known.</summary>
    public string? Address { get; init; }

    /// <summary>Sequence number.</summary>
    public required long Sequence { get; init; }

    /// <summary>Witness items in hex.</summary>
    public required IReadOnlyList<string> Witness { get; init; }
}

/// <summary>What became of an output.</summary>
public enum OutputState
{
    /// <summary>Nothing spends it.</summary>
    Unspent,

    /// <summary>An unconfirmed transaction spends it.</summary>
    BeingSpent,

    /// <summary>A transaction of the active chain spends it.</summary>
    Spent,

    /// <summary>It is unspent no more, and nothing that the explorer looked through spends it: it was spent in a block below
    /// those, or expired, or was destroyed by its chain's rules.</summary>
    Gone,

    /// <summary>Nobody can spend it: it holds data.</summary>
    Data,
}

/// <summary>One output.</summary>
public sealed record TransactionOutput
{
    /// <summary>Satoshis on the mainchain, base units on the sharechain; decimal string.</summary>
    public required Sats Value { get; init; }

    /// <summary>Hex of the script.</summary>
    public required string Script { get; init; }

    /// <summary>Its address, when it has one.</summary>
    public string? Address { get; init; }

    /// <summary>What became of it; absent where it was not looked up (behind the first 100).</summary>
    public OutputState? State { get; init; }

    /// <summary>The transaction that spends it; absent where none does, or that is not known.</summary>
    public string? Spender { get; init; }
}
