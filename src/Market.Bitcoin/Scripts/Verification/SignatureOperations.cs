namespace Market.Bitcoin;

/// <summary>Operations that check signatures, and what they depend on besides the stack.</summary>
/// <param name="stack">The stack that they take keys and signatures from.</param>
internal sealed class SignatureOperations(ScriptStack stack)
{
    private const int MaxKeysInMultisig = 20;

    private SignatureChecker _checker;
    private ScriptFlags _flags;
    private SignatureVersion _version;
    private ReadOnlyMemory<byte> _script;
    private int _codeStart;

    private bool RequireMinimal => (_flags & ScriptFlags.MINIMALDATA) != 0;

    /// <summary>Signatures of taproot outputs.</summary>
    public TaprootSignatures Taproot { get; } = new();

    /// <summary>Begins an input; no taproot spend yet.</summary>
    public void BeginInput(SignatureChecker checker, ScriptFlags flags)
    {
        (_checker, _flags) = (checker, flags);
        Taproot.BeginInput(checker, flags);
    }

    /// <summary>Begins a script, which is its own code until OP_CODESEPARATOR.</summary>
    public void BeginScript(ReadOnlyMemory<byte> script, SignatureVersion version) =>
        (_script, _version, _codeStart) = (script, version, 0);

    /// <summary>Forgets what the input was: nothing of it is kept alive.</summary>
    public void End()
    {
        (_script, _checker) = (default, default);
        Taproot.End();
    }

    /// <summary>OP_CODESEPARATOR.</summary>
    /// <param name="position">Where the code goes on, in bytes.</param>
    /// <param name="opcodeIndex">Which operation it is, counted from 0 (BIP342).</param>
    public void SeparateCode(int position, uint opcodeIndex)
    {
        _codeStart = position;
        Taproot.SeparateCode(opcodeIndex);
    }

    /// <summary>OP_CHECKSIG and OP_CHECKSIGVERIFY.</summary>
    public ScriptError CheckSig(Opcode opcode)
    {
        if (stack.Count < 2)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        var error = CheckSignature(stack.Top(2), stack.Top(1), out var success);
        if (error != ScriptError.OK)
        {
            return error;
        }

        stack.Pop(2);
        stack.PushBool(success);
        return opcode == Opcode.OP_CHECKSIGVERIFY ? stack.PopTrue(ScriptError.CHECKSIGVERIFY) : ScriptError.OK;
    }

    /// <summary>OP_CHECKSIGADD (BIP342).</summary>
    public ScriptError CheckSigAdd()
    {
        if (_version != SignatureVersion.Tapscript)
        {
            return ScriptError.BAD_OPCODE;
        }

        if (stack.Count < 3)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        if (!stack.TryNumber(2, RequireMinimal, out var number))
        {
            return ScriptError.SCRIPTNUM;
        }

        var error = Taproot.CheckTapscript(stack.Top(3), stack.Top(1), out var success);
        if (error != ScriptError.OK)
        {
            return error;
        }

        stack.Pop(3);
        stack.PushNumber(number + (success ? 1 : 0));
        return ScriptError.OK;
    }

    /// <summary>OP_CHECKSIGFROMSTACK (BIP348).</summary>
    public ScriptError CheckSigFromStack()
    {
        if (stack.Count < 3)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        var error = Taproot.CheckMessage(stack.Top(3), stack.Top(2), stack.Top(1), out var success);
        if (error != ScriptError.OK)
        {
            return error;
        }

        stack.Pop(3);
        stack.PushBool(success);
        return ScriptError.OK;
    }

    private ScriptError CheckSignature(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> key, out bool success) =>
        _version == SignatureVersion.Tapscript
            ? Taproot.CheckTapscript(signature, key, out success)
            : CheckEcdsaSignature(signature, key, out success);

    private ScriptError CheckEcdsaSignature(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> key, out bool success)
    {
        success = false;
        var code = _script.Span[_codeStart..];
        if (_version == SignatureVersion.Base && ScriptCode.FindAndDelete(ref code, signature)
            && (_flags & ScriptFlags.CONST_SCRIPTCODE) != 0)
        {
            return ScriptError.SIG_FINDANDDELETE;
        }

        var error = CheckEncodings(signature, key);
        if (error != ScriptError.OK)
        {
            return error;
        }

        success = _checker.CheckEcdsa(signature, key, code, _version);
        return !success && !signature.IsEmpty && (_flags & ScriptFlags.NULLFAIL) != 0
            ? ScriptError.NULLFAIL
            : ScriptError.OK;
    }

    private ScriptError CheckEncodings(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> key)
    {
        var error = SignatureEncoding.CheckSignature(signature, _flags);
        return error != ScriptError.OK ? error : SignatureEncoding.CheckKey(key, _flags, _version);
    }

    /// <summary>OP_CHECKMULTISIG and OP_CHECKMULTISIGVERIFY.</summary>
    /// <param name="opcode">Which.</param>
    /// <param name="operations">Those that the script ran, to which its keys are added.</param>
    public ScriptError CheckMultisig(Opcode opcode, ref int operations)
    {
        if (_version == SignatureVersion.Tapscript)
        {
            return ScriptError.TAPSCRIPT_CHECKMULTISIG;
        }

        var error = ReadMultisig(ref operations, out var shape);
        if (error == ScriptError.OK)
        {
            error = MatchMultisig(shape, out var success);
            if (error == ScriptError.OK)
            {
                error = EndMultisig(shape, success);
            }
        }

        if (error != ScriptError.OK)
        {
            return error;
        }

        return opcode == Opcode.OP_CHECKMULTISIGVERIFY ? stack.PopTrue(ScriptError.CHECKMULTISIGVERIFY) : ScriptError.OK;
    }

    // The stack, top first: n, n keys, m, m signatures, one item more than the operation needs.
    private ScriptError ReadMultisig(ref int operations, out Multisig shape)
    {
        shape = default;
        if (stack.Count < 1)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        if (!stack.TryNumber(1, RequireMinimal, out var keys))
        {
            return ScriptError.SCRIPTNUM;
        }

        if (keys is < 0 or > MaxKeysInMultisig)
        {
            return ScriptError.PUBKEY_COUNT;
        }

        operations += (int)keys;
        if (operations > ScriptMachine.MaxOperations)
        {
            return ScriptError.OP_COUNT;
        }

        if (stack.Count < keys + 2)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        if (!stack.TryNumber((int)keys + 2, RequireMinimal, out var signatures))
        {
            return ScriptError.SCRIPTNUM;
        }

        if (signatures < 0 || signatures > keys)
        {
            return ScriptError.SIG_COUNT;
        }

        shape = new Multisig((int)keys, (int)signatures);
        return stack.Count < shape.Depth ? ScriptError.INVALID_STACK_OPERATION : ScriptError.OK;
    }

    private ScriptError MatchMultisig(Multisig shape, out bool success)
    {
        success = true;
        var code = _script.Span[_codeStart..];
        for (var i = 0; i < shape.Signatures && _version == SignatureVersion.Base; i++)
        {
            if (ScriptCode.FindAndDelete(ref code, stack.Top(shape.FirstSignature + i))
                && (_flags & ScriptFlags.CONST_SCRIPTCODE) != 0)
            {
                return ScriptError.SIG_FINDANDDELETE;
            }
        }

        var (signature, signatures, key, keys) = (shape.FirstSignature, shape.Signatures, 2, shape.Keys);
        while (success && signatures > 0)
        {
            var error = CheckEncodings(stack.Top(signature), stack.Top(key));
            if (error != ScriptError.OK)
            {
                return error;
            }

            if (_checker.CheckEcdsa(stack.Top(signature), stack.Top(key), code, _version))
            {
                signature++;
                signatures--;
            }

            key++;
            keys--;
            success = signatures <= keys;
        }

        return ScriptError.OK;
    }

    private ScriptError EndMultisig(Multisig shape, bool success)
    {
        for (var i = 0; i < shape.Signatures; i++)
        {
            if (!success && (_flags & ScriptFlags.NULLFAIL) != 0 && !stack.Top(shape.FirstSignature + i).IsEmpty)
            {
                return ScriptError.NULLFAIL;
            }
        }

        // The item that the first version of this operation took too many stays part of consensus.
        if (stack.Count < shape.Depth + 1)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        if ((_flags & ScriptFlags.NULLDUMMY) != 0 && !stack.Top(shape.Depth + 1).IsEmpty)
        {
            return ScriptError.SIG_NULLDUMMY;
        }

        stack.Pop(shape.Depth + 1);
        stack.PushBool(success);
        return ScriptError.OK;
    }

    private readonly record struct Multisig(int Keys, int Signatures)
    {
        public int FirstSignature => Keys + 3;

        public int Depth => Keys + Signatures + 2;
    }
}
