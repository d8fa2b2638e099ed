namespace Market.Bitcoin.Wallet;

/// <summary>What a spender has. Each question may be answered with "no".</summary>
public sealed record MiniscriptAssets
{
    /// <summary>A signature with its hash type's byte; null or empty where there is none.</summary>
    public Func<MiniscriptKey, ReadOnlyMemory<byte>?> Signature { get; init; } = _ => null;

    /// <summary>
    /// The preimage, 32 bytes, of a hash of one kind; null where it is not known. One of another length is none: the
    /// scripts ask for 32.
    /// </summary>
    public Func<MiniscriptFragment, ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?> Preimage { get; init; } =
        (_, _) => null;

    /// <summary>True where the input's sequence fulfils a relative lock (BIP112).</summary>
    public Func<uint, bool> Older { get; init; } = _ => false;

    /// <summary>True where the transaction's lock time fulfils an absolute lock (BIP65).</summary>
    public Func<uint, bool> After { get; init; } = _ => false;

    /// <summary>The key of a hash where the script holds only that; null where it is not known.</summary>
    public Func<Hash160, ReadOnlyMemory<byte>?> KeyOf { get; init; } = _ => null;
}
