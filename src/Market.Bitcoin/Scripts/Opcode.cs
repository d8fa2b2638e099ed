namespace Market.Bitcoin;

/// <summary>
/// Script operations by the field's own names. Bytes 0x01 to 0x4b push as many bytes as they say and have no name.
/// </summary>
public enum Opcode : byte
{
    /// <summary>Pushes an empty item.</summary>
    OP_0 = 0x00,

    /// <summary>Pushes as many bytes as the next byte says.</summary>
    OP_PUSHDATA1 = 0x4c,

    /// <summary>Pushes as many bytes as the next two bytes say, little-endian.</summary>
    OP_PUSHDATA2 = 0x4d,

    /// <summary>Pushes as many bytes as the next four bytes say, little-endian.</summary>
    OP_PUSHDATA4 = 0x4e,

    /// <summary>Pushes -1.</summary>
    OP_1NEGATE = 0x4f,

    /// <summary>Fails where executed.</summary>
    OP_RESERVED = 0x50,

    /// <summary>Pushes 1.</summary>
    OP_1 = 0x51,

    /// <summary>Pushes 2.</summary>
    OP_2 = 0x52,

    /// <summary>Pushes 3.</summary>
    OP_3 = 0x53,

    /// <summary>Pushes 4.</summary>
    OP_4 = 0x54,

    /// <summary>Pushes 5.</summary>
    OP_5 = 0x55,

    /// <summary>Pushes 6.</summary>
    OP_6 = 0x56,

    /// <summary>Pushes 7.</summary>
    OP_7 = 0x57,

    /// <summary>Pushes 8.</summary>
    OP_8 = 0x58,

    /// <summary>Pushes 9.</summary>
    OP_9 = 0x59,

    /// <summary>Pushes 10.</summary>
    OP_10 = 0x5a,

    /// <summary>Pushes 11.</summary>
    OP_11 = 0x5b,

    /// <summary>Pushes 12.</summary>
    OP_12 = 0x5c,

    /// <summary>Pushes 13.</summary>
    OP_13 = 0x5d,

    /// <summary>Pushes 14.</summary>
    OP_14 = 0x5e,

    /// <summary>Pushes 15.</summary>
    OP_15 = 0x5f,

    /// <summary>Pushes 16.</summary>
    OP_16 = 0x60,

    /// <summary>Does nothing.</summary>
    OP_NOP = 0x61,

    /// <summary>Fails where executed.</summary>
    OP_VER = 0x62,

    /// <summary>Takes the top; runs what follows where it is true.</summary>
    OP_IF = 0x63,

    /// <summary>Takes the top; runs what follows where it is false.</summary>
    OP_NOTIF = 0x64,

    /// <summary>Fails even where not executed.</summary>
    OP_VERIF = 0x65,

    /// <summary>Fails even where not executed.</summary>
    OP_VERNOTIF = 0x66,

    /// <summary>Runs what follows where the branch before was not run.</summary>
    OP_ELSE = 0x67,

    /// <summary>Ends a branch.</summary>
    OP_ENDIF = 0x68,

    /// <summary>Takes the top and fails where it is false.</summary>
    OP_VERIFY = 0x69,

    /// <summary>Fails where executed; an output that starts so is unspendable.</summary>
    OP_RETURN = 0x6a,

    /// <summary>Moves the top to the alt stack.</summary>
    OP_TOALTSTACK = 0x6b,

    /// <summary>Moves the alt stack's top back.</summary>
    OP_FROMALTSTACK = 0x6c,

    /// <summary>Drops two.</summary>
    OP_2DROP = 0x6d,

    /// <summary>Doubles the top two.</summary>
    OP_2DUP = 0x6e,

    /// <summary>Doubles the top three.</summary>
    OP_3DUP = 0x6f,

    /// <summary>Copies the third and fourth.</summary>
    OP_2OVER = 0x70,

    /// <summary>Moves the fifth and sixth to the top.</summary>
    OP_2ROT = 0x71,

    /// <summary>Swaps the top two pairs.</summary>
    OP_2SWAP = 0x72,

    /// <summary>Doubles the top where it is true.</summary>
    OP_IFDUP = 0x73,

    /// <summary>Pushes the stack's size.</summary>
    OP_DEPTH = 0x74,

    /// <summary>Drops the top.</summary>
    OP_DROP = 0x75,

    /// <summary>Doubles the top.</summary>
    OP_DUP = 0x76,

    /// <summary>Drops the second.</summary>
    OP_NIP = 0x77,

    /// <summary>Copies the second.</summary>
    OP_OVER = 0x78,

    /// <summary>Copies the nth.</summary>
    OP_PICK = 0x79,

    /// <summary>Moves the nth to the top.</summary>
    OP_ROLL = 0x7a,

    /// <summary>Moves the third to the top.</summary>
    OP_ROT = 0x7b,

    /// <summary>Swaps the top two.</summary>
    OP_SWAP = 0x7c,

    /// <summary>Copies the top below the second.</summary>
    OP_TUCK = 0x7d,

    /// <summary>Disabled; in a tapscript under BIP347 joins the top two, the second in front.</summary>
    OP_CAT = 0x7e,

    /// <summary>Disabled.</summary>
    OP_SUBSTR = 0x7f,

    /// <summary>Disabled.</summary>
    OP_LEFT = 0x80,

    /// <summary>Disabled.</summary>
    OP_RIGHT = 0x81,

    /// <summary>Pushes the length of the top.</summary>
    OP_SIZE = 0x82,

    /// <summary>Disabled.</summary>
    OP_INVERT = 0x83,

    /// <summary>Disabled.</summary>
    OP_AND = 0x84,

    /// <summary>Disabled.</summary>
    OP_OR = 0x85,

    /// <summary>Disabled.</summary>
    OP_XOR = 0x86,

    /// <summary>Takes two; true where their bytes are the same.</summary>
    OP_EQUAL = 0x87,

    /// <summary>OP_EQUAL, then OP_VERIFY.</summary>
    OP_EQUALVERIFY = 0x88,

    /// <summary>Fails where executed.</summary>
    OP_RESERVED1 = 0x89,

    /// <summary>Fails where executed.</summary>
    OP_RESERVED2 = 0x8a,

    /// <summary>Adds 1.</summary>
    OP_1ADD = 0x8b,

    /// <summary>Takes 1 away.</summary>
    OP_1SUB = 0x8c,

    /// <summary>Disabled.</summary>
    OP_2MUL = 0x8d,

    /// <summary>Disabled.</summary>
    OP_2DIV = 0x8e,

    /// <summary>Changes the sign.</summary>
    OP_NEGATE = 0x8f,

    /// <summary>Drops the sign.</summary>
    OP_ABS = 0x90,

    /// <summary>True for 0.</summary>
    OP_NOT = 0x91,

    /// <summary>True for all but 0.</summary>
    OP_0NOTEQUAL = 0x92,

    /// <summary>Sum.</summary>
    OP_ADD = 0x93,

    /// <summary>Difference.</summary>
    OP_SUB = 0x94,

    /// <summary>Disabled.</summary>
    OP_MUL = 0x95,

    /// <summary>Disabled.</summary>
    OP_DIV = 0x96,

    /// <summary>Disabled.</summary>
    OP_MOD = 0x97,

    /// <summary>Disabled.</summary>
    OP_LSHIFT = 0x98,

    /// <summary>Disabled.</summary>
    OP_RSHIFT = 0x99,

    /// <summary>True where both are not 0.</summary>
    OP_BOOLAND = 0x9a,

    /// <summary>True where one is not 0.</summary>
    OP_BOOLOR = 0x9b,

    /// <summary>True where the numbers are the same.</summary>
    OP_NUMEQUAL = 0x9c,

    /// <summary>OP_NUMEQUAL, then OP_VERIFY.</summary>
    OP_NUMEQUALVERIFY = 0x9d,

    /// <summary>True where the numbers differ.</summary>
    OP_NUMNOTEQUAL = 0x9e,

    /// <summary>Less.</summary>
    OP_LESSTHAN = 0x9f,

    /// <summary>More.</summary>
    OP_GREATERTHAN = 0xa0,

    /// <summary>At most.</summary>
    OP_LESSTHANOREQUAL = 0xa1,

    /// <summary>At least.</summary>
    OP_GREATERTHANOREQUAL = 0xa2,

    /// <summary>The smaller.</summary>
    OP_MIN = 0xa3,

    /// <summary>The larger.</summary>
    OP_MAX = 0xa4,

    /// <summary>True where the third is at least the second and below the first.</summary>
    OP_WITHIN = 0xa5,

    /// <summary>RIPEMD-160.</summary>
    OP_RIPEMD160 = 0xa6,

    /// <summary>SHA-1.</summary>
    OP_SHA1 = 0xa7,

    /// <summary>SHA-256.</summary>
    OP_SHA256 = 0xa8,

    /// <summary>RIPEMD-160 of SHA-256.</summary>
    OP_HASH160 = 0xa9,

    /// <summary>SHA-256 of SHA-256.</summary>
    OP_HASH256 = 0xaa,

    /// <summary>Signatures cover the script from here on.</summary>
    OP_CODESEPARATOR = 0xab,

    /// <summary>Takes a key and a signature; true where it signs the transaction.</summary>
    OP_CHECKSIG = 0xac,

    /// <summary>OP_CHECKSIG, then OP_VERIFY.</summary>
    OP_CHECKSIGVERIFY = 0xad,

    /// <summary>m signatures of n keys, in order.</summary>
    OP_CHECKMULTISIG = 0xae,

    /// <summary>OP_CHECKMULTISIG, then OP_VERIFY.</summary>
    OP_CHECKMULTISIGVERIFY = 0xaf,

    /// <summary>Does nothing.</summary>
    OP_NOP1 = 0xb0,

    /// <summary>Fails before an absolute lock (BIP65).</summary>
    OP_CHECKLOCKTIMEVERIFY = 0xb1,

    /// <summary>Fails before a relative lock (BIP112).</summary>
    OP_CHECKSEQUENCEVERIFY = 0xb2,

    /// <summary>Does nothing, unless BIP119 is active.</summary>
    OP_NOP4 = 0xb3,

    /// <summary>Fails unless the top is the hash of what spends (BIP119, proposed).</summary>
    OP_CHECKTEMPLATEVERIFY = OP_NOP4,

    /// <summary>Does nothing.</summary>
    OP_NOP5 = 0xb4,

    /// <summary>Does nothing.</summary>
    OP_NOP6 = 0xb5,

    /// <summary>Does nothing.</summary>
    OP_NOP7 = 0xb6,

    /// <summary>Does nothing.</summary>
    OP_NOP8 = 0xb7,

    /// <summary>Does nothing.</summary>
    OP_NOP9 = 0xb8,

    /// <summary>Does nothing.</summary>
    OP_NOP10 = 0xb9,

    /// <summary>Adds 1 to a counter where the signature is right (BIP342).</summary>
    OP_CHECKSIGADD = 0xba,

    /// <summary>Pushes the taproot output's internal key (BIP349, proposed for tapscript).</summary>
    OP_INTERNALKEY = 0xcb,

    /// <summary>Takes a key, a message and a signature; true where it signs the message (BIP348, proposed for tapscript).</summary>
    OP_CHECKSIGFROMSTACK = 0xcc,

    /// <summary>Pushes the hash of what spends (BIP446, proposed for tapscript).</summary>
    OP_TEMPLATEHASH = 0xce,

    /// <summary>Never valid.</summary>
    OP_INVALIDOPCODE = 0xff,
}
