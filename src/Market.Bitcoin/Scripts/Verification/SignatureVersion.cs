namespace Market.Bitcoin;

/// <summary>Which rules of signing a script runs under.</summary>
internal enum SignatureVersion
{
    /// <summary>Before segwit.</summary>
    Base,

    /// <summary>Version 0 witness (BIP143).</summary>
    WitnessV0,

    /// <summary>Tapscript (BIP342).</summary>
    Tapscript,
}
