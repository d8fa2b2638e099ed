namespace Market.Bitcoin.Fuzzing;

/// <summary>Every parser of the Bitcoin room.</summary>
public static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        ChainTargets.Transaction, ChainTargets.Block, ChainTargets.Header, ScriptTargets.Script, ScriptTargets.Verify,
        TextTargets.Address, PsbtTarget.Psbt, ContractTargets.Descriptor, ContractTargets.Miniscript,
        ContractTargets.ScriptToMiniscript, TextTargets.Mnemonic, TextTargets.ExtendedKey, TextTargets.Secret,
        TextTargets.Path, ScriptTargets.Signature, MessageTarget.Message,
    ];

    /// <summary>The target of a name; null where there is none.</summary>
    public static FuzzTarget? Find(string name) => All.FirstOrDefault(target => target.Name == name);
}
