namespace Market.Chains.Rpc;

/// <summary>Maps a node's reject reasons to stable codes.</summary>
internal static class RpcRefusals
{
    // The first row whose text the reason holds wins. Reasons are Bitcoin Core's; bcoin uses the same words.
    private static readonly (string Text, BroadcastCode Code)[] Broadcasts =
    [
        ("txn-already-in-mempool", BroadcastCode.AlreadyInMempool),
        ("txn-same-nonwitness-data-in-mempool", BroadcastCode.AlreadyInMempool),
        ("txn-already-known", BroadcastCode.AlreadyConfirmed),
        ("already in block chain", BroadcastCode.AlreadyConfirmed),
        ("already in utxo set", BroadcastCode.AlreadyConfirmed),
        ("missingorspent", BroadcastCode.MissingInputs),
        ("missing-inputs", BroadcastCode.MissingInputs),
        ("missing inputs", BroadcastCode.MissingInputs),
        ("txn-mempool-conflict", BroadcastCode.Conflict),
        ("replacement-adds-unconfirmed", BroadcastCode.Conflict),
        ("bad-txns-spends-conflicting-tx", BroadcastCode.Conflict),
        ("bip125-replacement-disallowed", BroadcastCode.Conflict),
        ("insufficient fee", BroadcastCode.ReplacementTooCheap),
        ("replacement-failed", BroadcastCode.ReplacementTooCheap),
        ("too many potential replacements", BroadcastCode.ReplacementTooCheap),
        ("min relay fee", BroadcastCode.FeeTooLow),
        ("mempool min fee", BroadcastCode.FeeTooLow),
        ("insufficient priority", BroadcastCode.FeeTooLow),
        ("mempool full", BroadcastCode.MempoolFull),
        ("too-long-mempool-chain", BroadcastCode.ChainTooLong),
        ("too-large-cluster", BroadcastCode.ChainTooLong),
        ("too-many-sigops", BroadcastCode.NotStandard),
        ("too many", BroadcastCode.ChainTooLong),
        ("premature-spend", BroadcastCode.NotFinal),
        ("non-bip68-final", BroadcastCode.NotFinal),
        ("non-final", BroadcastCode.NotFinal),
        ("nonfinal", BroadcastCode.NotFinal),
        ("dust", BroadcastCode.NotStandard),
        ("tx-size", BroadcastCode.NotStandard),
        ("scriptpubkey", BroadcastCode.NotStandard),
        ("scriptsig-", BroadcastCode.NotStandard),
        ("nonstandard", BroadcastCode.NotStandard),
        ("non-mandatory", BroadcastCode.NotStandard),
        ("multi-op-return", BroadcastCode.NotStandard),
        ("datacarrier", BroadcastCode.NotStandard),
        ("bare-multisig", BroadcastCode.NotStandard),
        ("missing-ephemeral-spends", BroadcastCode.NotStandard),
        ("TRUC-violation", BroadcastCode.NotStandard),
        ("version", BroadcastCode.NotStandard),
        ("max-fee-exceeded", BroadcastCode.NotStandard),
        ("max feerate exceeded", BroadcastCode.NotStandard),
        ("exceeds maximum configured", BroadcastCode.NotStandard),
        ("maximum feerate", BroadcastCode.NotStandard),
    ];

    public static BroadcastCode OfBroadcast(RpcException refusal)
    {
        foreach (var (text, code) in Broadcasts)
        {
            if (refusal.Message.Contains(text, StringComparison.OrdinalIgnoreCase))
            {
                return code;
            }
        }

        return BroadcastCode.Invalid;
    }

    // The same of submitblock, in words for who found the block.
    private static readonly (string Text, string Words)[] Blocks =
    [
        ("duplicate-invalid", "the node had refused this block before"),
        ("duplicate", "the node has this block already"),
        ("inconclusive", "the node has not made it its best block"),
        ("high-hash", "its hash is above the target"),
        ("bad-diffbits", "its target is not the one required after its parent"),
        ("time-too-old", "its time is not above the median of the eleven blocks before"),
        ("time-too-new", "its time is more than two hours ahead of the node's clock"),
        ("time-timewarp-attack", "its time is too far before that of its parent (BIP94)"),
        ("bad-version", "its version is too old"),
        ("bad-prevblk", "it stands on a block that breaks a rule"),
        ("prev-blk-not-found", "the node does not know the block it stands on"),
        ("bad-txnmrklroot", "its merkle root is not that of its transactions"),
        ("bad-txns-duplicate", "a transaction stands in it twice"),
        ("bad-cb-height", "its coinbase does not begin with its height (BIP34)"),
        ("bad-cb-length", "its coinbase's script is shorter than 2 or longer than 100 bytes"),
        ("bad-cb-amount", "its coinbase pays more than subsidy and fees"),
        ("bad-cb-", "its coinbase is missing, or there are two"),
        ("bad-witness-merkle-match", "its witness commitment is not that of its transactions (BIP141)"),
        ("bad-witness-nonce-size", "its coinbase lacks the witness reserved value (BIP141)"),
        ("unexpected-witness", "it has witnesses and commits to none (BIP141)"),
        ("bad-signet-blksig", "this signet asks for a signature of its makers, which nobody else's block has (BIP325)"),
        ("bad-blk-weight", "it weighs more than 4,000,000"),
        ("bad-blk-length", "it is too long"),
        ("bad-blk-sigops", "it has too many signature operations"),
        ("bad-txns-inputs-missingorspent", "a transaction spends what is not there"),
        ("bad-txns-nonfinal", "a transaction in it is not final yet"),
        ("bad-txns", "a transaction in it breaks a rule"),
        ("block-script-verify-flag-failed", "a script in it fails"),
        ("mandatory-script-verify-flag-failed", "a script in it fails"),
    ];

    /// <summary>What a reason of submitblock means, with the node's own word behind it.</summary>
    public static string WordsOf(string reason) =>
        Array.Find(Blocks, row => reason.Contains(row.Text, StringComparison.Ordinal)).Words is { } words
            ? $"{words} ({reason})"
            : reason;

    public static SubmitCode OfSubmit(string reason) => reason switch
    {
        "duplicate" => SubmitCode.Duplicate,
        "inconclusive" => SubmitCode.SideChain,
        _ when reason.Contains("duplicate", StringComparison.Ordinal)
            && !reason.Contains("invalid", StringComparison.Ordinal) => SubmitCode.Duplicate,
        _ when reason.Contains("time-too-new", StringComparison.Ordinal) => SubmitCode.Deferred,
        _ when reason.Contains("prevblk", StringComparison.Ordinal)
            || reason.Contains("prev-blk-not-found", StringComparison.Ordinal) => SubmitCode.Deferred,
        _ => SubmitCode.Refused,
    };
}
