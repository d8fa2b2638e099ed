namespace Market.Bitcoin;

/// <summary>
/// Verifies inputs as Bitcoin Core's VerifyScript does: scriptSig, scriptPubKey, P2SH and witness programs, each run by the
/// machine. One instance serves one thread, input after input.
/// </summary>
internal sealed class InputVerifier
{
    private const byte AnnexTag = 0x50;
    private const int ControlBaseLength = 33;
    private const int ControlNodeLength = 32;

    private readonly ScriptMachine _machine = new();
    private readonly ScriptStack _copy = new();
    private readonly byte[] _keyHashScript = [0x76, 0xa9, 0x14, .. new byte[Hash160.Length], 0x88, 0xac];
    private ScriptFlags _flags;

    private ScriptStack Stack => _machine.Stack;

    /// <summary>Verifies one input.</summary>
    public ScriptError Verify(
        PrecomputedTransaction transaction, int inputIndex, ScriptFlags flags, SignatureCache? cache)
    {
        _flags = flags;
        _machine.BeginInput(transaction, inputIndex, flags, cache);
        ref readonly var input = ref transaction.Transaction.Inputs.AsSpan()[inputIndex];
        var error = Verify(input.ScriptSig, transaction.SpentOutputs[inputIndex].ScriptPubKey, input.Witness);
        _copy.Reset();
        _machine.EndInput();
        return error;
    }

    private ScriptError Verify(Script scriptSig, Script scriptPubKey, Witness witness)
    {
        if (Has(ScriptFlags.SIGPUSHONLY) && !scriptSig.IsPushOnly)
        {
            return ScriptError.SIG_PUSHONLY;
        }

        var error = _machine.Run(scriptSig.Memory, SignatureVersion.Base);
        if (error != ScriptError.OK)
        {
            return error;
        }

        var isP2sh = Has(ScriptFlags.P2SH) && scriptPubKey.IsP2sh;
        if (isP2sh)
        {
            _copy.CopyFrom(Stack);
        }

        error = RunToTrue(scriptPubKey.Memory);
        if (error != ScriptError.OK)
        {
            return error;
        }

        var hadWitness = false;
        if (Has(ScriptFlags.WITNESS) && scriptPubKey.IsWitnessProgram(out var version, out var program))
        {
            hadWitness = true;
            error = scriptSig.IsEmpty
                ? VerifyProgram(version, program, witness, nested: false)
                : ScriptError.WITNESS_MALLEATED;
        }
        else if (isP2sh)
        {
            error = VerifyP2sh(scriptSig, witness, out hadWitness);
        }

        return error != ScriptError.OK ? error : CheckLeftovers(hadWitness, witness);
    }

    private ScriptError CheckLeftovers(bool hadWitness, Witness witness)
    {
        // A witness program leaves its own stack clean, checked where it ran.
        if (Has(ScriptFlags.CLEANSTACK) && !hadWitness && Stack.Count != 1)
        {
            return ScriptError.CLEANSTACK;
        }

        return Has(ScriptFlags.WITNESS) && !hadWitness && !witness.IsEmpty
            ? ScriptError.WITNESS_UNEXPECTED
            : ScriptError.OK;
    }

    private ScriptError VerifyP2sh(Script scriptSig, Witness witness, out bool hadWitness)
    {
        hadWitness = false;
        if (!scriptSig.IsPushOnly)
        {
            return ScriptError.SIG_PUSHONLY;
        }

        Stack.CopyFrom(_copy);

        // OP_HASH160 and OP_EQUAL were true of it, so there is one.
        var redeem = new Script(Stack.TopMemory());
        Stack.Pop();
        var error = RunToTrue(redeem.Memory);
        if (error != ScriptError.OK || !Has(ScriptFlags.WITNESS)
            || !redeem.IsWitnessProgram(out var version, out var program))
        {
            return error;
        }

        hadWitness = true;
        return IsOnlyPush(scriptSig.Span, redeem.Span)
            ? VerifyProgram(version, program, witness, nested: true)
            : ScriptError.WITNESS_MALLEATED_P2SH;
    }

    private static bool IsOnlyPush(ReadOnlySpan<byte> scriptSig, ReadOnlySpan<byte> data) =>
        scriptSig.Length == data.Length + 1 && scriptSig[0] == data.Length && scriptSig[1..].SequenceEqual(data);

    private ScriptError VerifyProgram(int version, ReadOnlyMemory<byte> program, Witness witness, bool nested)
    {
        if (version == 0)
        {
            return program.Length switch
            {
                20 => VerifyKeyHash(program.Span, witness),
                32 => VerifyScriptHash(program.Span, witness),
                _ => ScriptError.WITNESS_PROGRAM_WRONG_LENGTH,
            };
        }

        if (version == 1 && program.Length == 32 && !nested)
        {
            return Has(ScriptFlags.TAPROOT) ? VerifyTaproot(program.Span, witness) : ScriptError.OK;
        }

        if (version == 1 && !nested && program.Span is [0x4e, 0x73])
        {
            return ScriptError.OK;
        }

        return Has(ScriptFlags.DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM)
            ? ScriptError.DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM
            : ScriptError.OK;
    }

    private ScriptError VerifyKeyHash(ReadOnlySpan<byte> program, Witness witness)
    {
        if (witness.Count != 2)
        {
            return ScriptError.WITNESS_PROGRAM_MISMATCH;
        }

        program.CopyTo(_keyHashScript.AsSpan(3));
        return RunWitness(_keyHashScript, witness, 2, SignatureVersion.WitnessV0);
    }

    private ScriptError VerifyScriptHash(ReadOnlySpan<byte> program, Witness witness)
    {
        if (witness.IsEmpty)
        {
            return ScriptError.WITNESS_PROGRAM_WITNESS_EMPTY;
        }

        var script = witness.Items[^1];
        Span<byte> hash = stackalloc byte[Hash256.Length];
        Hashes.Sha256(script.Span, hash);
        return hash.SequenceEqual(program)
            ? RunWitness(script, witness, witness.Count - 1, SignatureVersion.WitnessV0)
            : ScriptError.WITNESS_PROGRAM_MISMATCH;
    }

    private ScriptError VerifyTaproot(ReadOnlySpan<byte> program, Witness witness)
    {
        if (witness.IsEmpty)
        {
            return ScriptError.WITNESS_PROGRAM_WITNESS_EMPTY;
        }

        var items = witness.Items;
        var count = items.Length;
        Hash256? annex = null;
        if (count >= 2 && items[^1].Span is [AnnexTag, ..])
        {
            count--;
            annex = AnnexHash(items[count].Span);
        }

        if (count == 1)
        {
            _machine.Signatures.Taproot.BeginKeyPath(annex);
            return _machine.Signatures.Taproot.CheckKeyPath(items[0].Span, program);
        }

        var script = items[count - 2];
        var control = items[count - 1].Span;
        if (control.Length is < ControlBaseLength or > ControlBaseLength + ControlNodeLength * Taproot.MaxDepth
            || (control.Length - ControlBaseLength) % ControlNodeLength != 0)
        {
            return ScriptError.TAPROOT_WRONG_CONTROL_SIZE;
        }

        var leafVersion = (byte)(control[0] & 0xfe);
        var leaf = Taproot.LeafHash(new Script(script), leafVersion);
        if (!Taproot.IsCommitted(program, control, leaf))
        {
            return ScriptError.WITNESS_PROGRAM_MISMATCH;
        }

        if (leafVersion != Taproot.TapscriptLeafVersion)
        {
            return Has(ScriptFlags.DISCOURAGE_UPGRADABLE_TAPROOT_VERSION)
                ? ScriptError.DISCOURAGE_UPGRADABLE_TAPROOT_VERSION
                : ScriptError.OK;
        }

        _machine.Signatures.Taproot.BeginTapscript(
            new TaprootSpend(annex, leaf), items[count - 1][1..ControlBaseLength],
            (long)witness.SerializedLength + TaprootSignatures.WeightOfSignature);
        return RunTapscript(script, witness, count - 2);
    }

    private ScriptError RunTapscript(ReadOnlyMemory<byte> script, Witness witness, int items)
    {
        var reader = new ScriptReader(script.Span);
        while (reader.TryRead(out var opcode, out _))
        {
            if (SuccessOpcodes.Contains(opcode, _flags))
            {
                return Has(ScriptFlags.DISCOURAGE_OP_SUCCESS) ? ScriptError.DISCOURAGE_OP_SUCCESS : ScriptError.OK;
            }
        }

        if (reader.Failed)
        {
            return ScriptError.BAD_OPCODE;
        }

        return items > ScriptMachine.MaxStackItems
            ? ScriptError.STACK_SIZE
            : RunWitness(script, witness, items, SignatureVersion.Tapscript);
    }

    private ScriptError RunWitness(
        ReadOnlyMemory<byte> script, Witness witness, int items, SignatureVersion version)
    {
        Stack.Reset();
        foreach (var item in witness.Items.AsSpan(0, items))
        {
            if (item.Length > Script.MaxElementSize)
            {
                return ScriptError.PUSH_SIZE;
            }

            Stack.Push(item);
        }

        var error = _machine.Run(script, version);
        if (error != ScriptError.OK)
        {
            return error;
        }

        // Implied for witnesses, whatever the flags.
        if (Stack.Count != 1)
        {
            return ScriptError.CLEANSTACK;
        }

        return Stack.IsTrue(1) ? ScriptError.OK : ScriptError.EVAL_FALSE;
    }

    private ScriptError RunToTrue(ReadOnlyMemory<byte> script)
    {
        var error = _machine.Run(script, SignatureVersion.Base);
        if (error != ScriptError.OK)
        {
            return error;
        }

        return Stack.Count > 0 && Stack.IsTrue(1) ? ScriptError.OK : ScriptError.EVAL_FALSE;
    }

    private bool Has(ScriptFlags flag) => (_flags & flag) != 0;

    private static Hash256 AnnexHash(ReadOnlySpan<byte> annex)
    {
        var bytes = new PooledBytes(annex.Length + 9);
        bytes.VarBytes(annex);
        return bytes.Sha256();
    }
}
