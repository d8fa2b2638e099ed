namespace Market.Bitcoin;

/// <summary>Operations that ask what transaction spends: proposed, and active under flags (BIP119, BIP446).</summary>
/// <param name="stack">The stack that they work on.</param>
internal sealed class TemplateOperations(ScriptStack stack)
{
    private PrecomputedTransaction? _transaction;
    private uint _inputIndex;
    private ScriptFlags _flags;

    private TemplateHashes Templates => (_transaction ?? throw new InvalidOperationException("No input was begun.")).Templates;

    /// <summary>Begins an input.</summary>
    public void BeginInput(PrecomputedTransaction transaction, int inputIndex, ScriptFlags flags) =>
        (_transaction, _inputIndex, _flags) = (transaction, (uint)inputIndex, flags);

    /// <summary>Forgets what the input was: nothing of it is kept alive.</summary>
    public void End() => _transaction = null;

    /// <summary>OP_CHECKTEMPLATEVERIFY, which leaves the stack as it is.</summary>
    public ScriptError CheckTemplateVerify()
    {
        if (stack.Count < 1)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        // Other lengths are kept for upgrades, as a NOP is.
        if (stack.Top(1).Length != Hash256.Length)
        {
            return (_flags & ScriptFlags.DISCOURAGE_UPGRADABLE_NOPS) != 0
                ? ScriptError.DISCOURAGE_UPGRADABLE_NOPS
                : ScriptError.OK;
        }

        return new Hash256(stack.Top(1)) == Templates.CheckTemplateVerify(_inputIndex)
            ? ScriptError.OK
            : ScriptError.TEMPLATE_MISMATCH;
    }

    /// <summary>OP_TEMPLATEHASH.</summary>
    /// <param name="annexHash">SHA-256 of the annex with its length in front; null where there is none.</param>
    public ScriptError PushTemplateHash(Hash256? annexHash)
    {
        Span<byte> hash = stackalloc byte[Hash256.Length];
        Templates.TemplateHash(_inputIndex, annexHash).CopyTo(hash);
        stack.PushCopy(hash);
        return ScriptError.OK;
    }
}
