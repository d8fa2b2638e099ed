namespace Market.Bitcoin;

/// <summary>
/// The machine that runs one script after another on a stack, as Bitcoin Core's EvalScript does. One instance serves one
/// thread; nothing is allocated for an operation.
/// </summary>
internal sealed class ScriptMachine
{
    /// <summary>Operations that a script before tapscript may run.</summary>
    public const int MaxOperations = 201;

    /// <summary>Items that both stacks may hold together.</summary>
    public const int MaxStackItems = 1000;

    private readonly ScriptStack _altStack = new();
    private readonly ScriptStack _stack = new();
    private readonly SignatureOperations _signatures;
    private readonly TemplateOperations _templates;

    private InputLocks _locks;
    private ScriptFlags _flags;
    private SignatureVersion _version;
    private ReadOnlyMemory<byte> _script;
    private int _position;
    private int _operations;
    private uint _opcodeIndex;
    private Conditions _conditions;

    public ScriptMachine() => (_signatures, _templates) = (new SignatureOperations(_stack), new TemplateOperations(_stack));

    /// <summary>What scripts take from and leave behind.</summary>
    public ScriptStack Stack => _stack;

    /// <summary>The operations that check signatures.</summary>
    public SignatureOperations Signatures => _signatures;

    private bool RequireMinimal => (_flags & ScriptFlags.MINIMALDATA) != 0;

    private bool CountsOperations => _version != SignatureVersion.Tapscript;

    /// <summary>Begins an input.</summary>
    public void BeginInput(PrecomputedTransaction transaction, int inputIndex, ScriptFlags flags, SignatureCache? cache)
    {
        _locks = new InputLocks(transaction.Transaction, inputIndex);
        _flags = flags;
        _signatures.BeginInput(new SignatureChecker(transaction, inputIndex, cache), flags);
        _templates.BeginInput(transaction, inputIndex, flags);
    }

    /// <summary>Forgets the input: nothing of it is kept alive.</summary>
    public void EndInput()
    {
        _stack.Reset();
        _altStack.Reset();
        _signatures.End();
        _templates.End();
        (_script, _locks) = (default, default);
    }

    /// <summary>Runs a script on what the stack holds.</summary>
    public ScriptError Run(ReadOnlyMemory<byte> script, SignatureVersion version)
    {
        (_script, _version) = (script, version);
        (_operations, _opcodeIndex, _conditions) = (0, 0, default);
        _signatures.BeginScript(script, version);
        _altStack.Reset();
        if (CountsOperations && script.Length > Script.MaxSize)
        {
            return ScriptError.SCRIPT_SIZE;
        }

        var reader = new ScriptReader(script.Span);
        for (; !reader.AtEnd; _opcodeIndex++)
        {
            if (!reader.TryRead(out var opcode, out var data))
            {
                return ScriptError.BAD_OPCODE;
            }

            _position = reader.Position;
            var error = Step(opcode, data);
            if (error != ScriptError.OK)
            {
                return error;
            }

            if (_stack.Count + _altStack.Count > MaxStackItems)
            {
                return ScriptError.STACK_SIZE;
            }
        }

        return _conditions.IsEmpty ? ScriptError.OK : ScriptError.UNBALANCED_CONDITIONAL;
    }

    private ScriptError Step(Opcode opcode, ReadOnlySpan<byte> data)
    {
        var executes = _conditions.AllTrue;
        if (data.Length > Script.MaxElementSize)
        {
            return ScriptError.PUSH_SIZE;
        }

        if (CountsOperations && opcode > Opcode.OP_16 && ++_operations > MaxOperations)
        {
            return ScriptError.OP_COUNT;
        }

        if (IsDisabled(opcode))
        {
            return ScriptError.DISABLED_OPCODE;
        }

        if (opcode == Opcode.OP_CODESEPARATOR && ((_flags & ScriptFlags.BIP322) != 0
            || (_version == SignatureVersion.Base && (_flags & ScriptFlags.CONST_SCRIPTCODE) != 0)))
        {
            return ScriptError.OP_CODESEPARATOR;
        }

        if (opcode <= Opcode.OP_PUSHDATA4)
        {
            return executes ? PushData(opcode, data) : ScriptError.OK;
        }

        return executes || opcode is >= Opcode.OP_IF and <= Opcode.OP_ENDIF
            ? Execute(opcode, executes)
            : ScriptError.OK;
    }

    private ScriptError PushData(Opcode opcode, ReadOnlySpan<byte> data)
    {
        if (RequireMinimal && !SignatureEncoding.IsMinimalPush(data, opcode))
        {
            return ScriptError.MINIMALDATA;
        }

        _stack.Push(_script.Slice(_position - data.Length, data.Length));
        return ScriptError.OK;
    }

    private ScriptError Execute(Opcode opcode, bool executes)
    {
        if (opcode is Opcode.OP_1NEGATE or (>= Opcode.OP_1 and <= Opcode.OP_16))
        {
            _stack.PushNumber((int)opcode - (int)Opcode.OP_1 + 1);
            return ScriptError.OK;
        }

        return opcode switch
        {
            <= Opcode.OP_RETURN => Flow(opcode, executes),
            <= Opcode.OP_TUCK or Opcode.OP_SIZE => StackOperations.Run(opcode, _stack, _altStack, RequireMinimal),
            Opcode.OP_EQUAL or Opcode.OP_EQUALVERIFY => ValueOperations.Equal(opcode, _stack),
            >= Opcode.OP_1ADD and <= Opcode.OP_WITHIN => ValueOperations.Arithmetic(opcode, _stack, RequireMinimal),
            >= Opcode.OP_RIPEMD160 and <= Opcode.OP_HASH256 => ValueOperations.Hash(opcode, _stack),
            Opcode.OP_CODESEPARATOR => SeparateCode(),
            Opcode.OP_CHECKSIG or Opcode.OP_CHECKSIGVERIFY => _signatures.CheckSig(opcode),
            Opcode.OP_CHECKMULTISIG or Opcode.OP_CHECKMULTISIGVERIFY => _signatures.CheckMultisig(opcode, ref _operations),
            Opcode.OP_CHECKLOCKTIMEVERIFY => CheckLockTime(),
            Opcode.OP_CHECKSEQUENCEVERIFY => CheckSequence(),
            Opcode.OP_CHECKTEMPLATEVERIFY when (_flags & ScriptFlags.DEFAULT_CHECK_TEMPLATE_VERIFY_HASH) != 0 =>
                _templates.CheckTemplateVerify(),
            >= Opcode.OP_NOP1 and <= Opcode.OP_NOP10 => UpgradableNop(),
            Opcode.OP_CHECKSIGADD => _signatures.CheckSigAdd(),
            _ => _version == SignatureVersion.Tapscript ? Proposed(opcode) : ScriptError.BAD_OPCODE,
        };
    }

    // Of a tapscript that comes to one of these the proposal is active: without it they had made the whole script succeed.
    private ScriptError Proposed(Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.OP_CAT:
                return ValueOperations.Concatenate(_stack);
            case Opcode.OP_CHECKSIGFROMSTACK:
                return _signatures.CheckSigFromStack();
            case Opcode.OP_TEMPLATEHASH:
                return _templates.PushTemplateHash(_signatures.Taproot.AnnexHash);
            case Opcode.OP_INTERNALKEY:
                _stack.Push(_signatures.Taproot.InternalKey);
                return ScriptError.OK;
            default:
                return ScriptError.BAD_OPCODE;
        }
    }

    private ScriptError Flow(Opcode opcode, bool executes)
    {
        switch (opcode)
        {
            case Opcode.OP_NOP:
                return ScriptError.OK;
            case Opcode.OP_IF or Opcode.OP_NOTIF:
                return If(opcode, executes);
            case Opcode.OP_ELSE:
                return _conditions.TryToggle() ? ScriptError.OK : ScriptError.UNBALANCED_CONDITIONAL;
            case Opcode.OP_ENDIF:
                return _conditions.TryPop() ? ScriptError.OK : ScriptError.UNBALANCED_CONDITIONAL;
            case Opcode.OP_VERIFY:
                return _stack.PopTrue(ScriptError.VERIFY);
            case Opcode.OP_RETURN:
                return ScriptError.OP_RETURN;
            default:
                return ScriptError.BAD_OPCODE;
        }
    }

    private ScriptError If(Opcode opcode, bool executes)
    {
        if (!executes)
        {
            _conditions.Push(false);
            return ScriptError.OK;
        }

        if (_stack.Count < 1)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        if (_stack.Top(1) is not ([] or [1]))
        {
            if (_version == SignatureVersion.Tapscript)
            {
                return ScriptError.TAPSCRIPT_MINIMALIF;
            }

            if (_version == SignatureVersion.WitnessV0 && (_flags & ScriptFlags.MINIMALIF) != 0)
            {
                return ScriptError.MINIMALIF;
            }
        }

        _conditions.Push(_stack.IsTrue(1) == (opcode == Opcode.OP_IF));
        _stack.Pop();
        return ScriptError.OK;
    }

    private ScriptError CheckLockTime()
    {
        if ((_flags & ScriptFlags.CHECKLOCKTIMEVERIFY) == 0)
        {
            return ScriptError.OK;
        }

        var error = ReadLock(out var lockTime);
        if (error != ScriptError.OK)
        {
            return error;
        }

        return _locks.CheckLockTime(lockTime) ? ScriptError.OK : ScriptError.UNSATISFIED_LOCKTIME;
    }

    private ScriptError CheckSequence()
    {
        if ((_flags & ScriptFlags.CHECKSEQUENCEVERIFY) == 0)
        {
            return ScriptError.OK;
        }

        var error = ReadLock(out var sequence);
        if (error != ScriptError.OK || InputLocks.IsSequenceDisabled(sequence))
        {
            return error;
        }

        return _locks.CheckSequence(sequence) ? ScriptError.OK : ScriptError.UNSATISFIED_LOCKTIME;
    }

    private ScriptError ReadLock(out long value)
    {
        value = 0;
        if (_stack.Count < 1)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        // Five bytes: four would end in the year 2038.
        if (!ScriptNumber.TryDecode(_stack.Top(1), RequireMinimal, 5, out value))
        {
            return ScriptError.SCRIPTNUM;
        }

        return value < 0 ? ScriptError.NEGATIVE_LOCKTIME : ScriptError.OK;
    }

    private ScriptError SeparateCode()
    {
        _signatures.SeparateCode(_position, _opcodeIndex);
        return ScriptError.OK;
    }

    private ScriptError UpgradableNop() => (_flags & ScriptFlags.DISCOURAGE_UPGRADABLE_NOPS) != 0
        ? ScriptError.DISCOURAGE_UPGRADABLE_NOPS
        : ScriptError.OK;

    private bool IsDisabled(Opcode opcode) => opcode is >= Opcode.OP_SUBSTR and <= Opcode.OP_RIGHT
        or >= Opcode.OP_INVERT and <= Opcode.OP_XOR or Opcode.OP_2MUL or Opcode.OP_2DIV
        or >= Opcode.OP_MUL and <= Opcode.OP_RSHIFT
        || (opcode == Opcode.OP_CAT && _version != SignatureVersion.Tapscript);
}
