namespace Market.Bitcoin.Wallet;

/// <summary>Key types of a PSBT's global map (BIP174, BIP370).</summary>
public static class PsbtGlobalType
{
    /// <summary>The unsigned transaction (version 0).</summary>
    public const ulong UnsignedTransaction = 0x00;

    /// <summary>An extended public key and its origin.</summary>
    public const ulong ExtendedPublicKey = 0x01;

    /// <summary>The transaction's version (version 2).</summary>
    public const ulong TransactionVersion = 0x02;

    /// <summary>Lock time where no input asks for one (version 2).</summary>
    public const ulong FallbackLockTime = 0x03;

    /// <summary>How many inputs (version 2).</summary>
    public const ulong InputCount = 0x04;

    /// <summary>How many outputs (version 2).</summary>
    public const ulong OutputCount = 0x05;

    /// <summary>What may still be changed (version 2).</summary>
    public const ulong Modifiable = 0x06;

    /// <summary>The PSBT's version; 0 where absent.</summary>
    public const ulong Version = 0xfb;

    /// <summary>Fields of one program's own, in all maps.</summary>
    public const ulong Proprietary = 0xfc;
}

/// <summary>Key types of an input's map (BIP174, BIP370, BIP371, BIP373).</summary>
public static class PsbtInputType
{
    /// <summary>The whole previous transaction.</summary>
    public const ulong PreviousTransaction = 0x00;

    /// <summary>The output that is spent.</summary>
    public const ulong SpentOutput = 0x01;

    /// <summary>An ECDSA signature by public key.</summary>
    public const ulong PartialSignature = 0x02;

    /// <summary>Which hash type to sign with.</summary>
    public const ulong SighashType = 0x03;

    /// <summary>The redeem script (P2SH).</summary>
    public const ulong RedeemScript = 0x04;

    /// <summary>The witness script (P2WSH).</summary>
    public const ulong WitnessScript = 0x05;

    /// <summary>A public key's origin.</summary>
    public const ulong Origin = 0x06;

    /// <summary>The finished scriptSig.</summary>
    public const ulong FinalScriptSig = 0x07;

    /// <summary>The finished witness.</summary>
    public const ulong FinalWitness = 0x08;

    /// <summary>A preimage of a RIPEMD-160.</summary>
    public const ulong Ripemd160Preimage = 0x0a;

    /// <summary>A preimage of a SHA-256.</summary>
    public const ulong Sha256Preimage = 0x0b;

    /// <summary>A preimage of a HASH160.</summary>
    public const ulong Hash160Preimage = 0x0c;

    /// <summary>A preimage of a HASH256.</summary>
    public const ulong Hash256Preimage = 0x0d;

    /// <summary>The previous transaction's id (version 2).</summary>
    public const ulong PreviousTxId = 0x0e;

    /// <summary>The spent output's index (version 2).</summary>
    public const ulong OutputIndex = 0x0f;

    /// <summary>The sequence; final where absent (version 2).</summary>
    public const ulong Sequence = 0x10;

    /// <summary>The least lock time as a time (version 2).</summary>
    public const ulong RequiredTime = 0x11;

    /// <summary>The least lock time as a height (version 2).</summary>
    public const ulong RequiredHeight = 0x12;

    /// <summary>A taproot key path's signature.</summary>
    public const ulong TapKeySignature = 0x13;

    /// <summary>A leaf's signature by key and leaf hash.</summary>
    public const ulong TapScriptSignature = 0x14;

    /// <summary>A leaf's script and version by control block.</summary>
    public const ulong TapLeafScript = 0x15;

    /// <summary>An x-only key's leaves and origin.</summary>
    public const ulong TapOrigin = 0x16;

    /// <summary>The internal key.</summary>
    public const ulong TapInternalKey = 0x17;

    /// <summary>The script tree's root.</summary>
    public const ulong TapMerkleRoot = 0x18;

    /// <summary>A MuSig2 key's participants.</summary>
    public const ulong MuSigParticipants = 0x1a;

    /// <summary>A MuSig2 public nonce.</summary>
    public const ulong MuSigNonce = 0x1b;

    /// <summary>A MuSig2 partial signature.</summary>
    public const ulong MuSigPartialSignature = 0x1c;
}

/// <summary>Key types of an output's map (BIP174, BIP370, BIP371, BIP373).</summary>
public static class PsbtOutputType
{
    /// <summary>The redeem script (P2SH).</summary>
    public const ulong RedeemScript = 0x00;

    /// <summary>The witness script (P2WSH).</summary>
    public const ulong WitnessScript = 0x01;

    /// <summary>A public key's origin.</summary>
    public const ulong Origin = 0x02;

    /// <summary>The amount (version 2).</summary>
    public const ulong Amount = 0x03;

    /// <summary>The locking script (version 2).</summary>
    public const ulong ScriptPubKey = 0x04;

    /// <summary>The internal key.</summary>
    public const ulong TapInternalKey = 0x05;

    /// <summary>The script tree's leaves, depth first.</summary>
    public const ulong TapTree = 0x06;

    /// <summary>An x-only key's leaves and origin.</summary>
    public const ulong TapOrigin = 0x07;

    /// <summary>A MuSig2 key's participants.</summary>
    public const ulong MuSigParticipants = 0x08;
}
