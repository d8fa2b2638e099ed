namespace Market.Bitcoin;

/// <summary>
/// What a taproot signature covers beside the transaction (BIP341, BIP342). The default is a key path.
/// </summary>
/// <param name="AnnexHash">SHA-256 of the annex with its length in front; null where there is none.</param>
/// <param name="LeafHash">The executed leaf's hash; null on a key path.</param>
/// <param name="CodeSeparatorPosition">
/// The last executed OP_CODESEPARATOR's place among the operations; 0xffffffff where there was none.
/// </param>
public readonly record struct TaprootSpend(
    Hash256? AnnexHash = null, Hash256? LeafHash = null, uint CodeSeparatorPosition = TaprootSpend.NoCodeSeparator)
{
    /// <summary>No OP_CODESEPARATOR was executed.</summary>
    public const uint NoCodeSeparator = 0xffffffff;

    /// <summary>The version of BIP118's keys.</summary>
    public const byte AnyPrevoutKey = 1;

    /// <summary>
    /// What sort of key signs a script path: 0 as in BIP342, <see cref="AnyPrevoutKey"/> as in BIP118. No signature for one is
    /// right for the other.
    /// </summary>
    public byte KeyVersion { get; init; }

    /// <summary>A key path without annex.</summary>
    public static TaprootSpend KeyPath => new(null);

    /// <summary>A script path without annex and code separator.</summary>
    public static TaprootSpend ScriptPath(Hash256 leafHash) => new(null, leafHash);
}
