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
