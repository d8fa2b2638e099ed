namespace Market.Bitcoin;

/// <summary>
/// Runs scripts as Bitcoin Core's EvalScript does. One instance serves one thread, input after input; nothing is
/// allocated for an operation.
/// </summary>
internal sealed partial class Interpreter
{
    private const int MaxOperations = 201;
    private const int MaxStackItems = 1000;
    private const int MaxKeysInMultisig = 20;

    private readonly ScriptStack _altStack = new();
    private ScriptStack _stack = new();
    private ScriptStack _copy = new();

    private SignatureChecker _checker;
    private InputLocks _locks;
    private ScriptFlags _flags;
    private SignatureVersion _version;
    private ReadOnlyMemory<byte> _script;
    private int _position;
    private int _codeStart;
    private int _operations;
    private uint _opcodeIndex;
    private Conditions _conditions;
    private TaprootSpend _spend;
    private long _weightLeft;

    private bool RequireMinimal => (_flags & ScriptFlags.MINIMALDATA) != 0;

    private bool CountsOperations => _version != SignatureVersion.Tapscript;

    private ScriptError Run(ReadOnlyMemory<byte> script, SignatureVersion version)
    {
        (_script, _version) = (script, version);
        (_codeStart, _operations, _opcodeIndex, _conditions) = (0, 0, 0, default);
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

        if (opcode == Opcode.OP_CODESEPARATOR && (Has(ScriptFlags.BIP322)
            || (_version == SignatureVersion.Base && Has(ScriptFlags.CONST_SCRIPTCODE))))
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
            <= Opcode.OP_TUCK or Opcode.OP_SIZE => StackOperation(opcode),
            Opcode.OP_EQUAL or Opcode.OP_EQUALVERIFY => Equal(opcode),
            >= Opcode.OP_1ADD and <= Opcode.OP_WITHIN => Arithmetic(opcode),
            >= Opcode.OP_RIPEMD160 and <= Opcode.OP_HASH256 => Hash(opcode),
            >= Opcode.OP_CODESEPARATOR and <= Opcode.OP_CHECKMULTISIGVERIFY => SignatureOperation(opcode),
            Opcode.OP_CHECKLOCKTIMEVERIFY => CheckLockTime(),
            Opcode.OP_CHECKSEQUENCEVERIFY => CheckSequence(),
            >= Opcode.OP_NOP1 and <= Opcode.OP_NOP10 => UpgradableNop(),
            Opcode.OP_CHECKSIGADD => CheckSigAdd(),
            _ => ScriptError.BAD_OPCODE,
        };
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
                return Verified(ScriptError.VERIFY);
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

    /// <summary>What every ...VERIFY does: the top must be true, and goes.</summary>
    private ScriptError Verified(ScriptError failure)
    {
        if (_stack.Count < 1)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        if (!_stack.IsTrue(1))
        {
            return failure;
        }

        _stack.Pop();
        return ScriptError.OK;
    }

    private ScriptError UpgradableNop() => (_flags & ScriptFlags.DISCOURAGE_UPGRADABLE_NOPS) != 0
        ? ScriptError.DISCOURAGE_UPGRADABLE_NOPS
        : ScriptError.OK;

    private static bool IsDisabled(Opcode opcode) => opcode is >= Opcode.OP_CAT and <= Opcode.OP_RIGHT
        or >= Opcode.OP_INVERT and <= Opcode.OP_XOR or Opcode.OP_2MUL or Opcode.OP_2DIV
        or >= Opcode.OP_MUL and <= Opcode.OP_RSHIFT;

    /// <summary>The branches that are open: how many, and the outermost that is false.</summary>
    private struct Conditions
    {
        private int _size;
        private int _firstFalse; // one more than its place; 0 where all are true

        public readonly bool IsEmpty => _size == 0;

        public readonly bool AllTrue => _firstFalse == 0;

        public void Push(bool value)
        {
            _size++;
            if (_firstFalse == 0 && !value)
            {
                _firstFalse = _size;
            }
        }

        public bool TryPop()
        {
            if (_size == 0)
            {
                return false;
            }

            if (_firstFalse == _size)
            {
                _firstFalse = 0;
            }

            _size--;
            return true;
        }

        public bool TryToggle()
        {
            if (_size == 0)
            {
                return false;
            }

            // Where an outer branch is false this one makes no difference.
            if (_firstFalse == 0)
            {
                _firstFalse = _size;
            }
            else if (_firstFalse == _size)
            {
                _firstFalse = 0;
            }

            return true;
        }
    }
}
