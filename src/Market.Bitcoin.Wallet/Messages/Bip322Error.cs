namespace Market.Bitcoin.Wallet;

/// <summary>Why a signature of a message is refused.</summary>
public enum Bip322Error
{
    /// <summary>It is right.</summary>
    None,

    /// <summary>The script is not P2WPKH, P2WSH or P2TR: the simple form does not exist for it.</summary>
    AddressKind,

    /// <summary>There is no signature, or it is longer than any that is read.</summary>
    SignatureLength,

    /// <summary>Not base64 in its only form, or of a form other than "simple" (BIP322 prefixes "ful", "pof").</summary>
    SignatureFormat,

    /// <summary>The bytes are not one witness.</summary>
    WitnessFormat,

    /// <summary>The script does not take the witness: another key, another message, or against a rule.</summary>
    Script,
}

/// <summary>What verifying a signed message says. The default value: it is right.</summary>
/// <param name="Error">Why not.</param>
/// <param name="Script">The interpreter's reason, with <see cref="Bip322Error.Script"/>.</param>
public readonly record struct Bip322Result(Bip322Error Error, ScriptError Script = ScriptError.OK)
{
    /// <summary>True where the signature is right.</summary>
    public bool IsValid => Error == Bip322Error.None;

    /// <summary>A stable code for machines.</summary>
    public string Code => Error switch
    {
        Bip322Error.None => "ok",
        Bip322Error.AddressKind => "bip322-address-kind",
        Bip322Error.SignatureLength => "bip322-signature-length",
        Bip322Error.SignatureFormat => "bip322-signature-format",
        Bip322Error.WitnessFormat => "bip322-witness-format",
        _ => "bip322-script",
    };
}
