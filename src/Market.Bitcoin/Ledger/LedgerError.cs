namespace Market.Bitcoin.Ledger;

/// <summary>
/// Why a transaction or block is refused. The set is closed and its numbers are stable; the text of each is the reject
/// reason that Bitcoin Core gives (<see cref="LedgerErrors.Code"/>).
/// </summary>
public enum LedgerError
{
    /// <summary>Nothing is wrong.</summary>
    None = 0,

    /// <summary>No inputs.</summary>
    NoInputs = 1,

    /// <summary>No outputs.</summary>
    NoOutputs = 2,

    /// <summary>Larger than a block may be.</summary>
    TransactionTooLarge = 3,

    /// <summary>An output's amount is negative.</summary>
    NegativeOutput = 4,

    /// <summary>An output's amount is above all the money there can be.</summary>
    OutputTooLarge = 5,

    /// <summary>The outputs' sum is above all the money there can be.</summary>
    OutputSumTooLarge = 6,

    /// <summary>Two inputs of a transaction name the same output.</summary>
    DuplicateInputs = 7,

    /// <summary>A coinbase's scriptSig is shorter than 2 or longer than 100 bytes.</summary>
    CoinbaseScriptLength = 8,

    /// <summary>An input of a transaction that is no coinbase names the null outpoint.</summary>
    NullInput = 9,

    /// <summary>An output is of another amount than the chain allows; Bitcoin allows any.</summary>
    OutputAmount = 10,

    /// <summary>No transaction, or the first is no coinbase.</summary>
    CoinbaseMissing = 20,

    /// <summary>More than one coinbase; or one offered outside a block.</summary>
    CoinbaseMultiple = 21,

    /// <summary>The transactions make the same merkle root with some of them repeated (CVE-2012-2459).</summary>
    MerkleMutated = 22,

    /// <summary>The header's merkle root is of other transactions.</summary>
    MerkleRoot = 23,

    /// <summary>The block weighs too much (BIP141).</summary>
    BlockWeight = 24,

    /// <summary>Too many signature operations (BIP141).</summary>
    SigOps = 25,

    /// <summary>The coinbase does not begin with the block's height (BIP34).</summary>
    CoinbaseHeight = 26,

    /// <summary>A transaction's lock time has not been reached (BIP113).</summary>
    NotFinal = 27,

    /// <summary>There is witness data and no commitment to it (BIP141).</summary>
    UnexpectedWitness = 28,

    /// <summary>The coinbase's witness is not one item of 32 bytes (BIP141).</summary>
    WitnessNonceSize = 29,

    /// <summary>The commitment to the witnesses is of others (BIP141).</summary>
    WitnessCommitment = 30,

    /// <summary>A transaction with the same id has unspent outputs (BIP30).</summary>
    DuplicateTransaction = 31,

    /// <summary>An input names an output that is not there, or is spent.</summary>
    InputsMissingOrSpent = 40,

    /// <summary>A coinbase's output is spent too early.</summary>
    ImmatureCoinbase = 41,

    /// <summary>The inputs' sum is above all the money there can be.</summary>
    InputSumOutOfRange = 42,

    /// <summary>The outputs are worth more than the inputs.</summary>
    InputsBelowOutputs = 43,

    /// <summary>The block's fees are above all the money there can be.</summary>
    FeeOutOfRange = 44,

    /// <summary>A relative lock time has not been reached (BIP68).</summary>
    SequenceLock = 45,

    /// <summary>A script does not verify.</summary>
    Script = 46,

    /// <summary>The coinbase pays more than subsidy and fees.</summary>
    CoinbaseAmount = 47,

    /// <summary>The coinbase pays less than subsidy and fees, on a chain that asks for exactly that.</summary>
    CoinbaseAmountBelow = 48,

    /// <summary>A header's hash is above its target.</summary>
    ProofOfWork = 60,

    /// <summary>A header's bits are not what the chain requires.</summary>
    Bits = 61,

    /// <summary>A header's time is not after the median of the last 11.</summary>
    TimeTooOld = 62,

    /// <summary>A header's time is too far ahead of the clock: it may be valid later.</summary>
    TimeTooNew = 63,

    /// <summary>A header's version is out of use (BIP34, BIP65, BIP66).</summary>
    Version = 64,

    /// <summary>A header's parent is not known: it may be later.</summary>
    ParentUnknown = 65,

    /// <summary>A header's parent is invalid.</summary>
    ParentInvalid = 66,
}

/// <summary>Texts of <see cref="LedgerError"/>.</summary>
public static class LedgerErrors
{
    /// <summary>Bitcoin Core's reject reason.</summary>
    public static string Code(this LedgerError error) => error switch
    {
        LedgerError.None => "ok",
        LedgerError.NoInputs => "bad-txns-vin-empty",
        LedgerError.NoOutputs => "bad-txns-vout-empty",
        LedgerError.TransactionTooLarge => "bad-txns-oversize",
        LedgerError.NegativeOutput => "bad-txns-vout-negative",
        LedgerError.OutputTooLarge => "bad-txns-vout-toolarge",
        LedgerError.OutputSumTooLarge => "bad-txns-txouttotal-toolarge",
        LedgerError.DuplicateInputs => "bad-txns-inputs-duplicate",
        LedgerError.CoinbaseScriptLength => "bad-cb-length",
        LedgerError.NullInput => "bad-txns-prevout-null",
        LedgerError.OutputAmount => "bad-txns-vout-amount",
        LedgerError.CoinbaseMissing => "bad-cb-missing",
        LedgerError.CoinbaseMultiple => "bad-cb-multiple",
        LedgerError.MerkleMutated => "bad-txns-duplicate",
        LedgerError.MerkleRoot => "bad-txnmrklroot",
        LedgerError.BlockWeight => "bad-blk-weight",
        LedgerError.SigOps => "bad-blk-sigops",
        LedgerError.CoinbaseHeight => "bad-cb-height",
        LedgerError.NotFinal => "bad-txns-nonfinal",
        LedgerError.UnexpectedWitness => "unexpected-witness",
        LedgerError.WitnessNonceSize => "bad-witness-nonce-size",
        LedgerError.WitnessCommitment => "bad-witness-merkle-match",
        LedgerError.DuplicateTransaction => "bad-txns-BIP30",
        LedgerError.InputsMissingOrSpent => "bad-txns-inputs-missingorspent",
        LedgerError.ImmatureCoinbase => "bad-txns-premature-spend-of-coinbase",
        LedgerError.InputSumOutOfRange => "bad-txns-inputvalues-outofrange",
        LedgerError.InputsBelowOutputs => "bad-txns-in-belowout",
        LedgerError.FeeOutOfRange => "bad-txns-fee-outofrange",
        LedgerError.SequenceLock => "non-BIP68-final",
        LedgerError.Script => "mandatory-script-verify-flag-failed",
        LedgerError.CoinbaseAmount => "bad-cb-amount",
        LedgerError.CoinbaseAmountBelow => "bad-cb-amount-below",
        LedgerError.ProofOfWork => "high-hash",
        LedgerError.Bits => "bad-diffbits",
        LedgerError.TimeTooOld => "time-too-old",
        LedgerError.TimeTooNew => "time-too-new",
        LedgerError.Version => "bad-version",
        LedgerError.ParentUnknown => "prev-blk-not-found",
        LedgerError.ParentInvalid => "bad-prevblk",
        _ => "unknown",
    };
}

/// <summary>What is wrong and where. The default value means that nothing is.</summary>
/// <param name="Error">The stable code.</param>
/// <param name="Transaction">Zero-based place of the transaction in its block; 0 for one checked by itself.</param>
/// <param name="Input">Zero-based place of the input; -1 where it is not about one.</param>
/// <param name="Detail">More words, such as the script's own error; may be null.</param>
public readonly record struct LedgerFailure(
    LedgerError Error, int Transaction = 0, int Input = -1, string? Detail = null)
{
    /// <summary>Nothing is wrong.</summary>
    public static LedgerFailure Ok => default;

    /// <summary>True where nothing is wrong.</summary>
    public bool IsOk => Error == LedgerError.None;

    /// <summary>The reject reason, place and detail.</summary>
    public override string ToString() => IsOk
        ? "ok"
        : $"{Error.Code()} (transaction {Transaction}{(Input < 0 ? "" : $", input {Input}")}"
          + $"{(Detail is null ? "" : $": {Detail}")})";
}
