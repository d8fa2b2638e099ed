namespace Market.Bitcoin.Wallet;

/// <summary>What of a PSBT of version 2 may still be changed (BIP370).</summary>
[Flags]
internal enum PsbtModifiable : byte
{
    /// <summary>Inputs may be added and removed.</summary>
    Inputs = 1,

    /// <summary>Outputs may be added and removed.</summary>
    Outputs = 2,

    /// <summary>Some signature is of the type SINGLE: inputs and outputs stay paired.</summary>
    HasSingle = 4,
}
