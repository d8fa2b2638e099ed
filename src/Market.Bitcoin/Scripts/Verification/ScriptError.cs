namespace Market.Bitcoin;

/// <summary>Why a script does not verify, by Bitcoin Core's names.</summary>
public enum ScriptError
{
    /// <summary>The script verifies.</summary>
    OK,

    /// <summary>Something else.</summary>
    UNKNOWN_ERROR,

    /// <summary>The script ran and left false or nothing.</summary>
    EVAL_FALSE,

    /// <summary>OP_RETURN was executed.</summary>
    OP_RETURN,

    /// <summary>The script is longer than 10,000 bytes.</summary>
    SCRIPT_SIZE,

    /// <summary>An item is longer than 520 bytes.</summary>
    PUSH_SIZE,

    /// <summary>More than 201 operations.</summary>
    OP_COUNT,

    /// <summary>More than 1,000 items on both stacks.</summary>
    STACK_SIZE,

    /// <summary>A multisig asks for fewer than none or more signatures than keys.</summary>
    SIG_COUNT,

    /// <summary>A multisig has fewer than none or more than 20 keys.</summary>
    PUBKEY_COUNT,

    /// <summary>OP_VERIFY of false.</summary>
    VERIFY,

    /// <summary>OP_EQUALVERIFY of unequal items.</summary>
    EQUALVERIFY,

    /// <summary>OP_CHECKMULTISIGVERIFY failed.</summary>
    CHECKMULTISIGVERIFY,

    /// <summary>OP_CHECKSIGVERIFY failed.</summary>
    CHECKSIGVERIFY,

    /// <summary>OP_NUMEQUALVERIFY of unequal numbers.</summary>
    NUMEQUALVERIFY,

    /// <summary>A number is too long or not minimal.</summary>
    SCRIPTNUM,

    /// <summary>An operation that does not exist, is reserved, or a push cut short.</summary>
    BAD_OPCODE,

    /// <summary>An operation that was disabled.</summary>
    DISABLED_OPCODE,

    /// <summary>Too few items on the stack.</summary>
    INVALID_STACK_OPERATION,

    /// <summary>Too few items on the alt stack.</summary>
    INVALID_ALTSTACK_OPERATION,

    /// <summary>OP_IF, OP_ELSE and OP_ENDIF do not match.</summary>
    UNBALANCED_CONDITIONAL,

    /// <summary>A lock is negative.</summary>
    NEGATIVE_LOCKTIME,

    /// <summary>A lock is not reached (BIP65, BIP112).</summary>
    UNSATISFIED_LOCKTIME,

    /// <summary>A signature's hash type is unknown (STRICTENC).</summary>
    SIG_HASHTYPE,

    /// <summary>A signature is not strict DER (BIP66).</summary>
    SIG_DER,

    /// <summary>A push or number could be shorter.</summary>
    MINIMALDATA,

    /// <summary>A scriptSig has more than pushes.</summary>
    SIG_PUSHONLY,

    /// <summary>A signature's S is high (LOW_S).</summary>
    SIG_HIGH_S,

    /// <summary>A multisig's extra item is not empty (BIP147).</summary>
    SIG_NULLDUMMY,

    /// <summary>A key is neither compressed nor uncompressed (STRICTENC).</summary>
    PUBKEYTYPE,

    /// <summary>More than one item was left.</summary>
    CLEANSTACK,

    /// <summary>A condition is neither empty nor 01.</summary>
    MINIMALIF,

    /// <summary>A failed check had a signature that is not empty (BIP146).</summary>
    NULLFAIL,

    /// <summary>A NOP kept for upgrades.</summary>
    DISCOURAGE_UPGRADABLE_NOPS,

    /// <summary>A witness version kept for upgrades.</summary>
    DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM,

    /// <summary>A leaf version kept for upgrades.</summary>
    DISCOURAGE_UPGRADABLE_TAPROOT_VERSION,

    /// <summary>An operation kept for upgrades of tapscript.</summary>
    DISCOURAGE_OP_SUCCESS,

    /// <summary>A key type kept for upgrades of tapscript.</summary>
    DISCOURAGE_UPGRADABLE_PUBKEYTYPE,

    /// <summary>A version 0 program of neither 20 nor 32 bytes.</summary>
    WITNESS_PROGRAM_WRONG_LENGTH,

    /// <summary>A witness program without a witness.</summary>
    WITNESS_PROGRAM_WITNESS_EMPTY,

    /// <summary>A witness does not belong to its program.</summary>
    WITNESS_PROGRAM_MISMATCH,

    /// <summary>A witness program was spent with a scriptSig.</summary>
    WITNESS_MALLEATED,

    /// <summary>A nested witness program was spent with more than its push.</summary>
    WITNESS_MALLEATED_P2SH,

    /// <summary>A witness where none belongs.</summary>
    WITNESS_UNEXPECTED,

    /// <summary>A version 0 witness with a key that is not compressed.</summary>
    WITNESS_PUBKEYTYPE,

    /// <summary>A taproot signature of neither 64 nor 65 bytes.</summary>
    SCHNORR_SIG_SIZE,

    /// <summary>A taproot signature's hash type is unknown or has no output.</summary>
    SCHNORR_SIG_HASHTYPE,

    /// <summary>A taproot signature is wrong.</summary>
    SCHNORR_SIG,

    /// <summary>A control block of a length that cannot be.</summary>
    TAPROOT_WRONG_CONTROL_SIZE,

    /// <summary>More signatures than the witness has weight for (BIP342).</summary>
    TAPSCRIPT_VALIDATION_WEIGHT,

    /// <summary>OP_CHECKMULTISIG in tapscript.</summary>
    TAPSCRIPT_CHECKMULTISIG,

    /// <summary>A condition in tapscript is neither empty nor 01.</summary>
    TAPSCRIPT_MINIMALIF,

    /// <summary>An empty key in tapscript.</summary>
    TAPSCRIPT_EMPTY_PUBKEY,

    /// <summary>OP_CODESEPARATOR in a legacy script (CONST_SCRIPTCODE).</summary>
    OP_CODESEPARATOR,

    /// <summary>A signature in its own legacy script (CONST_SCRIPTCODE).</summary>
    SIG_FINDANDDELETE,

    /// <summary>Another transaction spends than the template names (BIP119).</summary>
    TEMPLATE_MISMATCH,
}
