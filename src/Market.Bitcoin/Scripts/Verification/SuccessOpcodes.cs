namespace Market.Bitcoin;

/// <summary>Operations that make a tapscript succeed, whatever else it says: those kept for upgrades (BIP342).</summary>
internal static class SuccessOpcodes
{
    /// <summary>True for an operation of BIP342's list that no proposal under the flags has given a meaning.</summary>
    /// <param name="opcode">The operation.</param>
    /// <param name="flags">The proposals that are active.</param>
    public static bool Contains(Opcode opcode, ScriptFlags flags) => (byte)opcode is 80 or 98 or (>= 126 and <= 129)
        or (>= 131 and <= 134) or (>= 137 and <= 138) or (>= 141 and <= 142) or (>= 149 and <= 153) or (>= 187 and <= 254)
        && (flags & ProposalOf(opcode)) == 0;

    private static ScriptFlags ProposalOf(Opcode opcode) => opcode switch
    {
        Opcode.OP_CAT => ScriptFlags.OP_CAT,
        Opcode.OP_INTERNALKEY => ScriptFlags.INTERNALKEY,
        Opcode.OP_CHECKSIGFROMSTACK => ScriptFlags.CHECKSIGFROMSTACK,
        Opcode.OP_TEMPLATEHASH => ScriptFlags.TEMPLATEHASH,
        _ => ScriptFlags.None,
    };
}
