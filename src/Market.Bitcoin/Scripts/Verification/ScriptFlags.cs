namespace Market.Bitcoin;

/// <summary>Which rules a script is held to, by Bitcoin Core's names.</summary>
[Flags]
public enum ScriptFlags : uint
{
    /// <summary>Bitcoin's first rules.</summary>
    None = 0,

    /// <summary>Pay to script hash (BIP16).</summary>
    P2SH = 1u << 0,

    /// <summary>Known hash types and key forms only.</summary>
    STRICTENC = 1u << 1,

    /// <summary>Strict DER signatures (BIP66).</summary>
    DERSIG = 1u << 2,

    /// <summary>Low S only.</summary>
    LOW_S = 1u << 3,

    /// <summary>A multisig's extra item is empty (BIP147).</summary>
    NULLDUMMY = 1u << 4,

    /// <summary>Only pushes in a scriptSig.</summary>
    SIGPUSHONLY = 1u << 5,

    /// <summary>Shortest pushes and numbers.</summary>
    MINIMALDATA = 1u << 6,

    /// <summary>No NOPs kept for upgrades.</summary>
    DISCOURAGE_UPGRADABLE_NOPS = 1u << 7,

    /// <summary>One item is left; needs P2SH and WITNESS.</summary>
    CLEANSTACK = 1u << 8,

    /// <summary>BIP65.</summary>
    CHECKLOCKTIMEVERIFY = 1u << 9,

    /// <summary>BIP112.</summary>
    CHECKSEQUENCEVERIFY = 1u << 10,

    /// <summary>BIP141.</summary>
    WITNESS = 1u << 11,

    /// <summary>No witness versions kept for upgrades.</summary>
    DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM = 1u << 12,

    /// <summary>Conditions of witness scripts are empty or 01.</summary>
    MINIMALIF = 1u << 13,

    /// <summary>Failed checks have empty signatures (BIP146).</summary>
    NULLFAIL = 1u << 14,

    /// <summary>Compressed keys in version 0 witnesses.</summary>
    WITNESS_PUBKEYTYPE = 1u << 15,

    /// <summary>No OP_CODESEPARATOR and no signature in a legacy script.</summary>
    CONST_SCRIPTCODE = 1u << 16,

    /// <summary>BIP341 and BIP342.</summary>
    TAPROOT = 1u << 17,

    /// <summary>No leaf versions kept for upgrades.</summary>
    DISCOURAGE_UPGRADABLE_TAPROOT_VERSION = 1u << 18,

    /// <summary>No operations kept for upgrades.</summary>
    DISCOURAGE_OP_SUCCESS = 1u << 19,

    /// <summary>No key types kept for upgrades.</summary>
    DISCOURAGE_UPGRADABLE_PUBKEYTYPE = 1u << 20,

    /// <summary>Proposed: OP_CHECKTEMPLATEVERIFY (BIP119).</summary>
    DEFAULT_CHECK_TEMPLATE_VERIFY_HASH = 1u << 21,

    /// <summary>Proposed: keys whose signatures may leave out which output is spent (BIP118).</summary>
    ANYPREVOUT = 1u << 22,

    /// <summary>Proposed: OP_CAT in tapscript (BIP347).</summary>
    OP_CAT = 1u << 23,

    /// <summary>Proposed: OP_CHECKSIGFROMSTACK in tapscript (BIP348).</summary>
    CHECKSIGFROMSTACK = 1u << 24,

    /// <summary>Proposed: OP_INTERNALKEY in tapscript (BIP349).</summary>
    INTERNALKEY = 1u << 25,

    /// <summary>Proposed: OP_TEMPLATEHASH in tapscript (BIP446).</summary>
    TEMPLATEHASH = 1u << 26,

    /// <summary>
    /// No rule of the chain's: what BIP322 asks of signed messages beside the standard rules. Signatures cover all
    /// inputs and outputs, and there is no OP_CODESEPARATOR.
    /// </summary>
    BIP322 = 1u << 31,

    /// <summary>What blocks are held to since taproot.</summary>
    Consensus = P2SH | DERSIG | NULLDUMMY | CHECKLOCKTIMEVERIFY | CHECKSEQUENCEVERIFY | WITNESS | TAPROOT,

    /// <summary>
    /// Proposed soft forks, none of which Bitcoin has: each only makes less valid. A chain that is no Bitcoin may have them.
    /// </summary>
    Proposed = DEFAULT_CHECK_TEMPLATE_VERIFY_HASH | ANYPREVOUT | OP_CAT | CHECKSIGFROMSTACK | INTERNALKEY | TEMPLATEHASH,

    /// <summary>What relayed transactions are held to (Bitcoin Core's STANDARD_SCRIPT_VERIFY_FLAGS).</summary>
    Standard = Consensus | STRICTENC | MINIMALDATA | DISCOURAGE_UPGRADABLE_NOPS | CLEANSTACK | MINIMALIF | NULLFAIL
        | LOW_S | DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM | WITNESS_PUBKEYTYPE | CONST_SCRIPTCODE
        | DISCOURAGE_UPGRADABLE_TAPROOT_VERSION | DISCOURAGE_OP_SUCCESS | DISCOURAGE_UPGRADABLE_PUBKEYTYPE,
}
