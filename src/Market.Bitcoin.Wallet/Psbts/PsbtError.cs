namespace Market.Bitcoin.Wallet;

/// <summary>Why bytes are no PSBT, or why one cannot be combined or finished.</summary>
public enum PsbtError
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>Not base64.</summary>
    NotBase64,

    /// <summary>The bytes do not start with "psbt" and 0xff.</summary>
    Magic,

    /// <summary>The bytes end early, or lengths do not fit.</summary>
    Truncated,

    /// <summary>Bytes follow the last map.</summary>
    TrailingBytes,

    /// <summary>A map has the same key twice.</summary>
    DuplicateKey,

    /// <summary>A key has a length that its type does not have.</summary>
    KeyLength,

    /// <summary>A key holds a public key that is no point, or another invalid part.</summary>
    InvalidKey,

    /// <summary>A value has a length or content that its type does not have.</summary>
    InvalidValue,

    /// <summary>A version other than 0 and 2.</summary>
    Version,

    /// <summary>A field that this version does not have (BIP370).</summary>
    UnexpectedField,

    /// <summary>A field that this version must have.</summary>
    MissingField,

    /// <summary>The unsigned transaction has scripts or witnesses.</summary>
    SignedTransaction,

    /// <summary>A previous transaction is not the one that the input names, or lacks the output.</summary>
    WrongPreviousTransaction,

    /// <summary>Inputs ask for locks of height and of time at once (BIP370).</summary>
    IncompatibleLocks,

    /// <summary>Two PSBTs are not of the same transaction.</summary>
    DifferentTransactions,

    /// <summary>The output that an input spends is not known.</summary>
    UnknownSpentOutput,

    /// <summary>A script is missing, or is not the one that the output commits to.</summary>
    WrongScript,

    /// <summary>Signatures, preimages or times do not suffice yet.</summary>
    NotSatisfied,

    /// <summary>An input is not final yet.</summary>
    NotFinal,

    /// <summary>A signature covers other parts of the transaction than the input asks for (BIP174).</summary>
    WrongSighash,
}
