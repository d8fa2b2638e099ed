namespace Market.Bitcoin.Wallet.Tests.Differential.Oracle;

/// <summary>
/// Where NBitcoin 10.0.20 and this library differ, each with who is right by the BIPs and Bitcoin Core. <see
/// cref="KnownDifferences"/> holds one case of each, so that a difference that is gone is noticed.
/// </summary>
internal enum KnownDifference
{
    /// <summary>It reads a transaction and leaves bytes behind it; Bitcoin Core's DecodeHexTx refuses them.</summary>
    TrailingBytesOfTransaction,

    /// <summary>
    /// It refuses addresses of witness versions 2 to 16, and those of version 1 that are not taproot's; BIP173 and BIP350
    /// have them, and Bitcoin Core sends to them.
    /// </summary>
    AddressOfUnknownWitnessProgram,

    /// <summary>
    /// It refuses taproot addresses whose 32 bytes are no point's x. BIP350 and Bitcoin Core read them, though by BIP341 nobody
    /// can spend what is sent there.
    /// </summary>
    AddressOfNoPoint,

    /// <summary>It runs OP_NOP1 as OP_CHECKLOCKTIMEVERIFY; by BIP65 that is OP_NOP2, and OP_NOP1 does nothing.</summary>
    Nop1RunAsLockTime,

    /// <summary>
    /// Where locks are not enforced it discourages OP_CHECKLOCKTIMEVERIFY and OP_CHECKSEQUENCEVERIFY as operations without
    /// meaning; Bitcoin Core lets them pass, whose DISCOURAGE_UPGRADABLE_NOPS is for OP_NOP1 and OP_NOP4 to OP_NOP10.
    /// </summary>
    LocksDiscouraged,

    /// <summary>
    /// It has the flag CONST_SCRIPTCODE and never looks at it; Bitcoin Core refuses OP_CODESEPARATOR and signatures within
    /// their own script by it, before segregated witnesses.
    /// </summary>
    ConstScriptCodeIgnored,

    /// <summary>It reads a PSBT and ignores bytes behind the last map; Bitcoin Core refuses them.</summary>
    PsbtTrailingBytes,

    /// <summary>It reads a PSBT that ends within a map, as if its separator were there; Bitcoin Core refuses it.</summary>
    PsbtTruncated,

    /// <summary>
    /// It does not know BIP373's fields and keeps them whatever their keys' lengths; Bitcoin Core refuses other lengths.
    /// </summary>
    PsbtKeyLength,

    /// <summary>
    /// It keeps a proprietary field whose key does not hold what BIP174 puts there; Bitcoin Core refuses it.
    /// </summary>
    PsbtInvalidKey,

    /// <summary>It leaves bytes behind what a value holds; Bitcoin Core refuses values that are not of their stated size.</summary>
    PsbtInvalidValue,

    /// <summary>
    /// It refuses a PSBT of version 2 with an amount that no output can have; BIP370 has 64 bits with a sign, and version 0
    /// reads any. Nothing is lost: nodes refuse the transaction.
    /// </summary>
    PsbtAmountOutOfRange,

    /// <summary>
    /// It leaves out a final sequence when it writes version 2; BIP370 takes an absent one for final, so both say the same.
    /// </summary>
    PsbtFinalSequenceLeftOut,

    /// <summary>
    /// It reads a PSBT of version 2 with a lock where every sequence is final, and then has no transaction for it; BIP370 tells how
    /// its lock time is found and has no such rule. The lock is written and does not bind, as consensus has it.
    /// </summary>
    PsbtLockThatDoesNotBind,

    /// <summary>It does not know the prefix "smp" of simple signatures, which BIP322 has since its second version.</summary>
    MessagePrefix,

    /// <summary>It has no types of miniscripts and so compiles what BIP379 refuses.</summary>
    MiniscriptUntyped,
}
