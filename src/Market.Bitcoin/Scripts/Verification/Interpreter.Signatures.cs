namespace Market.Bitcoin;

/// <content>Operations that check signatures.</content>
internal sealed partial class Interpreter
{
    private const int WeightOfSignature = 50;

    private ScriptError SignatureOperation(Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.OP_CODESEPARATOR:
                _codeStart = _position;
                _spend = _spend with { CodeSeparatorPosition = _opcodeIndex };
                return ScriptError.OK;
            case Opcode.OP_CHECKSIG or Opcode.OP_CHECKSIGVERIFY:
                return CheckSig(opcode);
            default:
                return _version == SignatureVersion.Tapscript
                    ? ScriptError.TAPSCRIPT_CHECKMULTISIG
                    : CheckMultisig(opcode);
        }
    }

    private ScriptError CheckSig(Opcode opcode)
    {
        if (_stack.Count < 2)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        var error = CheckSignature(_stack.Top(2), _stack.Top(1), out var success);
        if (error != ScriptError.OK)
        {
            return error;
        }

        _stack.Pop(2);
        _stack.PushBool(success);
        return opcode == Opcode.OP_CHECKSIGVERIFY ? Verified(ScriptError.CHECKSIGVERIFY) : ScriptError.OK;
    }

    private ScriptError CheckSigAdd()
    {
        if (_version != SignatureVersion.Tapscript)
        {
            return ScriptError.BAD_OPCODE;
        }

        if (_stack.Count < 3)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        if (!TryNumber(2, out var number))
        {
            return ScriptError.SCRIPTNUM;
        }

        var error = CheckTapscriptSignature(_stack.Top(3), _stack.Top(1), out var success);
        if (error != ScriptError.OK)
        {
            return error;
        }

        _stack.Pop(3);
        _stack.PushNumber(number + (success ? 1 : 0));
        return ScriptError.OK;
    }

    private ScriptError CheckSignature(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> key, out bool success) =>
        _version == SignatureVersion.Tapscript
            ? CheckTapscriptSignature(signature, key, out success)
            : CheckEcdsaSignature(signature, key, out success);

    private ScriptError CheckTapscriptSignature(
        ReadOnlySpan<byte> signature, ReadOnlySpan<byte> key, out bool success)
    {
        success = !signature.IsEmpty;
        if (success && (_weightLeft -= WeightOfSignature) < 0)
        {
            return ScriptError.TAPSCRIPT_VALIDATION_WEIGHT;
        }

        if (key.IsEmpty)
        {
            return ScriptError.TAPSCRIPT_EMPTY_PUBKEY;
        }

        if (key.Length == Curve.ScalarLength)
        {
            return success ? CheckSchnorr(signature, key) : ScriptError.OK;
        }

        return (_flags & ScriptFlags.DISCOURAGE_UPGRADABLE_PUBKEYTYPE) != 0
            ? ScriptError.DISCOURAGE_UPGRADABLE_PUBKEYTYPE
            : ScriptError.OK;
    }

    private ScriptError CheckSchnorr(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> key) =>
        Has(ScriptFlags.BIP322) && signature.Length > SchnorrSignature.Length
            && signature[^1] != (byte)SighashType.All
            ? ScriptError.SCHNORR_SIG_HASHTYPE
            : _checker.CheckSchnorr(signature, key, _spend);

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

    private ScriptError CheckMultisig(Opcode opcode)
    {
        var error = ReadMultisig(out var shape);
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

        return opcode == Opcode.OP_CHECKMULTISIGVERIFY ? Verified(ScriptError.CHECKMULTISIGVERIFY) : ScriptError.OK;
    }

    // The stack, top first: n, n keys, m, m signatures, one item more than the operation needs.
    private ScriptError ReadMultisig(out Multisig shape)
    {
        shape = default;
        if (_stack.Count < 1)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        if (!TryNumber(1, out var keys))
        {
            return ScriptError.SCRIPTNUM;
        }

        if (keys is < 0 or > MaxKeysInMultisig)
        {
            return ScriptError.PUBKEY_COUNT;
        }

        _operations += (int)keys;
        if (_operations > MaxOperations)
        {
            return ScriptError.OP_COUNT;
        }

        if (_stack.Count < keys + 2)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        if (!TryNumber((int)keys + 2, out var signatures))
        {
            return ScriptError.SCRIPTNUM;
        }

        if (signatures < 0 || signatures > keys)
        {
            return ScriptError.SIG_COUNT;
        }

        shape = new Multisig((int)keys, (int)signatures);
        return _stack.Count < shape.Depth ? ScriptError.INVALID_STACK_OPERATION : ScriptError.OK;
    }

    private ScriptError MatchMultisig(Multisig shape, out bool success)
    {
        success = true;
        var code = _script.Span[_codeStart..];
        for (var i = 0; i < shape.Signatures && _version == SignatureVersion.Base; i++)
        {
            if (ScriptCode.FindAndDelete(ref code, _stack.Top(shape.FirstSignature + i))
                && (_flags & ScriptFlags.CONST_SCRIPTCODE) != 0)
            {
                return ScriptError.SIG_FINDANDDELETE;
            }
        }

        var (signature, signatures, key, keys) = (shape.FirstSignature, shape.Signatures, 2, shape.Keys);
        while (success && signatures > 0)
        {
            var error = CheckEncodings(_stack.Top(signature), _stack.Top(key));
            if (error != ScriptError.OK)
            {
                return error;
            }

            if (_checker.CheckEcdsa(_stack.Top(signature), _stack.Top(key), code, _version))
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
            if (!success && (_flags & ScriptFlags.NULLFAIL) != 0 && !_stack.Top(shape.FirstSignature + i).IsEmpty)
            {
                return ScriptError.NULLFAIL;
            }
        }

        // The item that the first version of this operation took too many stays part of consensus.
        if (_stack.Count < shape.Depth + 1)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        if ((_flags & ScriptFlags.NULLDUMMY) != 0 && !_stack.Top(shape.Depth + 1).IsEmpty)
        {
            return ScriptError.SIG_NULLDUMMY;
        }

        _stack.Pop(shape.Depth + 1);
        _stack.PushBool(success);
        return ScriptError.OK;
    }

    private readonly record struct Multisig(int Keys, int Signatures)
    {
        public int FirstSignature => Keys + 3;

        public int Depth => Keys + Signatures + 2;
    }
}
