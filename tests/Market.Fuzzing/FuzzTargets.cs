namespace Market.Fuzzing;

/// <summary>Every parser of bytes from outside: of Bitcoin, of the sharechain, of what nodes say to each other.</summary>
public static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        ChainTargets.Transaction, ChainTargets.Block, ChainTargets.Header, FilterTarget.Filter, ScriptTargets.Script,
        ScriptTargets.Verify, ProposalTarget.Proposals,
        TextTargets.Address, PsbtTarget.Psbt, ContractTargets.Descriptor, ContractTargets.Miniscript,
        ContractTargets.ScriptToMiniscript, TextTargets.Mnemonic, TextTargets.ExtendedKey, TextTargets.Secret,
        TextTargets.Path, ScriptTargets.Signature, MessageTarget.Message,
        ShareTargets.Header, ShareTargets.Proof, ShareTargets.Share, ShareTargets.Commitment, ShareTargets.Payout,
        ShareTargets.Undo, KeptShareTarget.Kept, ShareChainTarget.Chain, NodeTargets.Frames, NodeTargets.Answer,
        NodeTargets.Events, RpcTarget.Answer, RequestTarget.Request, StratumTarget.Line,
    ];

    /// <summary>The target of a name; null where there is none.</summary>
    public static FuzzTarget? Find(string name) => All.FirstOrDefault(target => target.Name == name);
}
