namespace Market.Bitcoin;

/// <summary>What a locking script is, as Bitcoin Core's Solver tells them apart.</summary>
public enum ScriptKind
{
    /// <summary>None of the others.</summary>
    NonStandard,

    /// <summary>A bare key and OP_CHECKSIG.</summary>
    P2pk,

    /// <summary>A key's HASH160.</summary>
    P2pkh,

    /// <summary>A script's HASH160 (BIP16).</summary>
    P2sh,

    /// <summary>Bare m of n.</summary>
    Multisig,

    /// <summary>OP_RETURN and pushes: unspendable data.</summary>
    NullData,

    /// <summary>Version 0 witness program of 20 bytes (BIP141).</summary>
    P2wpkh,

    /// <summary>Version 0 witness program of 32 bytes (BIP141).</summary>
    P2wsh,

    /// <summary>Version 1 witness program of 32 bytes (BIP341).</summary>
    P2tr,

    /// <summary>Pay to anchor: OP_1 and the bytes 4e73.</summary>
    Anchor,

    /// <summary>A witness program of a version or length that has no meaning yet.</summary>
    WitnessUnknown,
}
