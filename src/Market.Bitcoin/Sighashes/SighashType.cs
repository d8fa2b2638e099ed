namespace Market.Bitcoin;

/// <summary>Which parts of a transaction a signature covers.</summary>
[Flags]
public enum SighashType : byte
{
#pragma warning disable S2346 // The field's name for nought is SIGHASH_DEFAULT; "none" is another type.
    /// <summary>Taproot only: as <see cref="All"/>, and not written (BIP341).</summary>
    Default = 0,
#pragma warning restore S2346

    /// <summary>All inputs and outputs.</summary>
    All = 1,

    /// <summary>All inputs and no output.</summary>
    None = 2,

    /// <summary>All inputs and the output of the same index.</summary>
    Single = 3,

    /// <summary>With another: this input only.</summary>
    AnyoneCanPay = 0x80,

    /// <summary>
    /// With another, and only of keys of BIP118: this input only, and any output of the same script and amount that it may spend.
    /// </summary>
    AnyPrevout = 0x40,

    /// <summary>With another, and only of keys of BIP118: this input only, whatever it spends.</summary>
    AnyPrevoutAnyScript = AnyoneCanPay | AnyPrevout,
}
