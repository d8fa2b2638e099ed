using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>
/// Why a share is not taken. The set is closed and its numbers are stable. Below 100: rejected, the same bytes are
/// never valid; from 100: deferred, they may be valid later.
/// </summary>
public enum ShareRefusal
{
    /// <summary>It is valid.</summary>
    None = 0,

    /// <summary>Rule 1: the header's version is not 1.</summary>
    Version = 1,

    /// <summary>Rule 1: more uncles than the profile allows.</summary>
    TooManyUncles = 2,

    /// <summary>Rule 1: uncles are not ascending, or one stands twice.</summary>
    UncleOrder = 3,

    /// <summary>Rule 1: the parent breaks a rule.</summary>
    ParentInvalid = 4,

    /// <summary>Rule 1: the height is not the parent's and one.</summary>
    Height = 5,

    /// <summary>Rule 1: the time is not above the median of the last 11.</summary>
    TimeTooOld = 6,

    /// <summary>Rule 2: bits are not what the schedule asks for.</summary>
    Bits = 10,

    /// <summary>Rule 3: the mainchain header's hash is above the share's target.</summary>
    WorkTooLow = 15,

    /// <summary>Rule 4: the mainchain transaction is no well-formed coinbase of the next mainchain height.</summary>
    MainCoinbase = 20,

    /// <summary>Rule 4: coinbase and branch do not lead to the mainchain header's merkle root.</summary>
    MainMerkleRoot = 21,

    /// <summary>Rule 4: the coinbase names no share.</summary>
    CommitmentMissing = 22,

    /// <summary>Rule 4: the coinbase names the share more than once.</summary>
    CommitmentRepeated = 23,

    /// <summary>Rule 4: the coinbase names another share.</summary>
    CommitmentOfAnotherShare = 24,

    /// <summary>Rule 5: the mainchain block it builds on is too far below the highest that an ancestor built on.</summary>
    MainPreviousTooOld = 30,

    /// <summary>Rule 5: the mainchain header's bits are not what the mainchain requires.</summary>
    MainBits = 31,

    /// <summary>Rule 5: the mainchain header's version is below 4.</summary>
    MainVersion = 32,

    /// <summary>Rule 5: the mainchain header's time is not above the median time past of the block it builds on.</summary>
    MainTimeTooOld = 33,

    /// <summary>Rule 5: the mainchain header's time is more than 7,200 s above the share's.</summary>
    MainTimeTooFarAhead = 34,

    /// <summary>Rule 5: the mainchain coinbase's lock time forbids it in the block.</summary>
    MainCoinbaseNotFinal = 35,

    /// <summary>Rule 5: the mainchain coinbase has more than 20,000 bytes.</summary>
    MainCoinbaseSize = 36,

    /// <summary>Rule 6: the coinbase pays nobody where the rule names somebody, or too few.</summary>
    PayoutMissing = 40,

    /// <summary>Rule 6: the coinbase pays another script than the rule names.</summary>
    PayoutScript = 41,

    /// <summary>Rule 6: the coinbase pays in other proportions than the rule's.</summary>
    PayoutProportion = 42,

    /// <summary>Rule 6: the coinbase has a further output of value.</summary>
    PayoutExtra = 43,

    /// <summary>Rule 6: the coinbase pays less than the mainchain's subsidy.</summary>
    PayoutBelowSubsidy = 44,

    /// <summary>Rule 7: there is no sharebase in front, or more than one.</summary>
    Sharebase = 50,

    /// <summary>Rule 7: the sharebase has a witness, which nothing commits to.</summary>
    SharebaseWitness = 51,

    /// <summary>Rule 7: the sharebase does not begin with the share's height (BIP34).</summary>
    SharebaseHeight = 52,

    /// <summary>Rule 7: the sharebase mints more than issuance and fees.</summary>
    SharebaseAboveIssuance = 53,

    /// <summary>Rule 7: the sharebase mints less than issuance and fees.</summary>
    SharebaseBelowIssuance = 54,

    /// <summary>Rule 7: the header's txRoot is of other transactions.</summary>
    TxRoot = 55,

    /// <summary>Rule 7: the header's witnessRoot is of other witnesses.</summary>
    WitnessRoot = 56,

    /// <summary>Rule 7: a transaction is malformed by itself.</summary>
    TransactionMalformed = 57,

    /// <summary>Rule 7: more transactions than the profile allows.</summary>
    TooManyTransactions = 58,

    /// <summary>Rule 7: the block weighs too much.</summary>
    Weight = 59,

    /// <summary>Rule 7: too many signature operations.</summary>
    SigOps = 60,

    /// <summary>Rule 7: an output is spent that is not there, or that is spent already in the chain.</summary>
    InputMissing = 61,

    /// <summary>Rule 7: a sharebase's output is spent too early.</summary>
    Immature = 62,

    /// <summary>Rule 7: an output is spent that has left the window.</summary>
    Expired = 63,

    /// <summary>Rule 7: a script does not verify.</summary>
    Script = 64,

    /// <summary>Rule 7: a lock time has not been reached.</summary>
    NotFinal = 65,

    /// <summary>Rule 7: a relative lock has not passed (BIP68).</summary>
    SequenceLock = 66,

    /// <summary>Rule 7: an output that can be spent is worth less than the row's least amount, or is not of its one amount where it
    /// has one, or one that cannot is of value there.</summary>
    OutputAmount = 67,

    /// <summary>Rule 7: the sharebase does not pay those who made the named shares exactly what they are due.</summary>
    NamedUnpaid = 68,

    /// <summary>Rule 7: an output is spent that is frozen, or drawn to be destroyed for this very share.</summary>
    Frozen = 69,

    /// <summary>Rule 8: two transactions of the block spend the same output.</summary>
    DoubleSpend = 70,

    /// <summary>Rule 8: a transaction's outputs are worth more than its inputs, or a sum leaves the range.</summary>
    ValueCreated = 71,

    /// <summary>Rule 8: a transaction stands twice, or one with the same id has unspent outputs.</summary>
    DuplicateTransaction = 72,

    /// <summary>Rule 8: with it there were more units than there can be.</summary>
    SupplyExceeded = 73,

    /// <summary>Named shares: they are not those that the header names, byte for byte.</summary>
    NamedOthers = 80,

    /// <summary>Named shares: one breaks a rule of its own.</summary>
    NamedInvalid = 81,

    /// <summary>Named shares: one does not stand on a share of this chain, or on one too far below.</summary>
    NamedTooDeep = 82,

    /// <summary>Named shares: one is named twice, was named before, or is a share of this chain.</summary>
    NamedTwice = 83,

    /// <summary>Named shares: the target for weak shares is harder than the share's own, or easier than the row allows.</summary>
    WeakBits = 84,

    /// <summary>Named shares: more weak work than the row allows.</summary>
    WeakWork = 85,

    /// <summary>Named shares: more weak shares than the row allows.</summary>
    TooManyWeak = 86,

    /// <summary>Named shares: one has a sharebase that is too long, or whose first script no sharebase can pay.</summary>
    NamedTooDear = 87,

    /// <summary>Rule 1, deferred: the parent is not known.</summary>
    ParentUnknown = 100,

    /// <summary>Rule 1, deferred: the time is too far ahead of the local clock.</summary>
    TimeTooFarAhead = 101,

    /// <summary>Rule 5, deferred: the mainchain block that it builds on is not known.</summary>
    MainPreviousUnknown = 102,

    /// <summary>Not kept for now: its branch has less work than what the node asks bodies of; a weak share: less than the best.
    /// </summary>
    BranchTooLight = 103,
}

/// <summary>What became of a check. The default value means that nothing is wrong.</summary>
/// <param name="Refusal">The stable code.</param>
/// <param name="Transaction">Zero-based place of the transaction it is about; -1 where it is about none.</param>
/// <param name="Detail">More words; may be null.</param>
public readonly record struct ShareVerdict(ShareRefusal Refusal, int Transaction = -1, string? Detail = null)
{
    /// <summary>Nothing is wrong.</summary>
    public static ShareVerdict Valid => new(ShareRefusal.None);

    /// <summary>True where nothing is wrong.</summary>
    public bool IsValid => Refusal == ShareRefusal.None;

    /// <summary>True where the same bytes may be valid later.</summary>
    public bool IsDeferred => Refusal.IsDeferred();

    /// <summary>Code, place and detail.</summary>
    public override string ToString() => Refusal.Code()
        + (Transaction < 0 ? "" : $" (transaction {Transaction})") + (Detail is null ? "" : $": {Detail}");

    /// <summary>A bare code.</summary>
    public static implicit operator ShareVerdict(ShareRefusal refusal) => new(refusal);
}

/// <summary>What the refusals mean.</summary>
public static class ShareRefusals
{
    private const int FirstDeferred = 100;

    /// <summary>True where the same bytes may be valid later.</summary>
    public static bool IsDeferred(this ShareRefusal refusal) => (int)refusal >= FirstDeferred;

    /// <summary>The rule of the sharechain's specification, 1 to 8; 9 for those of named shares; 0 for none.</summary>
    public static int Rule(this ShareRefusal refusal) => (int)refusal switch
    {
        0 => 0,
        < 10 => 1,
        < 15 => 2,
        < 20 => 3,
        < 30 => 4,
        < 40 => 5,
        < 50 => 6,
        < 70 => 7,
        < 80 => 8,
        < 100 => 9,
        102 => 5,
        _ => 1,
    };

    /// <summary>A stable lower-case text, such as "share-time-too-old".</summary>
    public static string Code(this ShareRefusal refusal)
    {
        var text = new System.Text.StringBuilder("share");
        foreach (var letter in refusal.ToString())
        {
            if (char.IsUpper(letter))
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }

    internal static ShareVerdict From(LedgerFailure failure) => failure.IsOk
        ? ShareVerdict.Valid
        : new ShareVerdict(Map(failure.Error), failure.Transaction, failure.ToString());

    private static ShareRefusal Map(LedgerError error) => error switch
    {
        LedgerError.CoinbaseMissing or LedgerError.CoinbaseMultiple => ShareRefusal.Sharebase,
        LedgerError.MerkleMutated or LedgerError.DuplicateTransaction => ShareRefusal.DuplicateTransaction,
        LedgerError.MerkleRoot => ShareRefusal.TxRoot,
        LedgerError.BlockWeight => ShareRefusal.Weight,
        LedgerError.SigOps => ShareRefusal.SigOps,
        LedgerError.CoinbaseHeight => ShareRefusal.SharebaseHeight,
        LedgerError.NotFinal => ShareRefusal.NotFinal,
        LedgerError.InputsMissingOrSpent => ShareRefusal.InputMissing,
        LedgerError.ImmatureCoinbase => ShareRefusal.Immature,
        LedgerError.InputSumOutOfRange or LedgerError.InputsBelowOutputs or LedgerError.FeeOutOfRange =>
            ShareRefusal.ValueCreated,
        LedgerError.OutputAmount => ShareRefusal.OutputAmount,
        LedgerError.SequenceLock => ShareRefusal.SequenceLock,
        LedgerError.Script => ShareRefusal.Script,
        LedgerError.CoinbaseAmount => ShareRefusal.SharebaseAboveIssuance,
        LedgerError.CoinbaseAmountBelow => ShareRefusal.SharebaseBelowIssuance,
        _ => ShareRefusal.TransactionMalformed,
    };
}
