namespace Market.Bitcoin;

/// <content>Operations on the stack, on numbers and hashes.</content>
internal sealed partial class Interpreter
{
    private ScriptError StackOperation(Opcode opcode)
    {
        var needed = opcode switch
        {
            Opcode.OP_DEPTH => 0,
            Opcode.OP_FROMALTSTACK => 0,
            Opcode.OP_2DROP or Opcode.OP_2DUP or Opcode.OP_NIP or Opcode.OP_OVER or Opcode.OP_SWAP or Opcode.OP_TUCK
                or Opcode.OP_PICK or Opcode.OP_ROLL => 2,
            Opcode.OP_3DUP or Opcode.OP_ROT => 3,
            Opcode.OP_2OVER or Opcode.OP_2SWAP => 4,
            Opcode.OP_2ROT => 6,
            _ => 1,
        };
        if (_stack.Count < needed)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        if (opcode is Opcode.OP_PICK or Opcode.OP_ROLL)
        {
            return PickOrRoll(opcode);
        }

        if (opcode == Opcode.OP_FROMALTSTACK && _altStack.Count < 1)
        {
            return ScriptError.INVALID_ALTSTACK_OPERATION;
        }

        Rearrange(opcode);
        return ScriptError.OK;
    }

    private void Rearrange(Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.OP_TOALTSTACK:
                _altStack.MoveFrom(_stack);
                break;
            case Opcode.OP_FROMALTSTACK:
                _stack.MoveFrom(_altStack);
                break;
            case Opcode.OP_2DROP:
                _stack.Pop(2);
                break;
            case Opcode.OP_2DUP:
                PushFromTop(2, 2);
                break;
            case Opcode.OP_3DUP:
                PushFromTop(3, 3);
                break;
            case Opcode.OP_2OVER:
                PushFromTop(4, 2);
                break;
            case Opcode.OP_2ROT:
                _stack.Roll(6);
                _stack.Roll(6);
                break;
            case Opcode.OP_2SWAP:
                _stack.Roll(4);
                _stack.Roll(4);
                break;
            case Opcode.OP_IFDUP:
                PushFromTop(1, _stack.IsTrue(1) ? 1 : 0);
                break;
            case Opcode.OP_DEPTH:
                _stack.PushNumber(_stack.Count);
                break;
            case Opcode.OP_DROP:
                _stack.Pop();
                break;
            case Opcode.OP_DUP:
                _stack.PushFromTop(1);
                break;
            case Opcode.OP_NIP:
                _stack.Remove(2);
                break;
            case Opcode.OP_OVER:
                _stack.PushFromTop(2);
                break;
            case Opcode.OP_ROT:
                _stack.Roll(3);
                break;
            case Opcode.OP_SWAP:
                _stack.Swap(1, 2);
                break;
            case Opcode.OP_TUCK:
                _stack.Tuck();
                break;
            default: // OP_SIZE
                _stack.PushNumber(_stack.Top(1).Length);
                break;
        }
    }

    private void PushFromTop(int n, int count)
    {
        for (var i = 0; i < count; i++)
        {
            _stack.PushFromTop(n);
        }
    }

    private ScriptError PickOrRoll(Opcode opcode)
    {
        if (!TryNumber(1, out var n))
        {
            return ScriptError.SCRIPTNUM;
        }

        _stack.Pop();
        if (n < 0 || n >= _stack.Count)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        if (opcode == Opcode.OP_PICK)
        {
            _stack.PushFromTop((int)n + 1);
        }
        else
        {
            _stack.Roll((int)n + 1);
        }

        return ScriptError.OK;
    }

    private ScriptError Equal(Opcode opcode)
    {
        if (_stack.Count < 2)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        var equal = _stack.Top(1).SequenceEqual(_stack.Top(2));
        _stack.Pop(2);
        _stack.PushBool(equal);
        return opcode == Opcode.OP_EQUALVERIFY ? Verified(ScriptError.EQUALVERIFY) : ScriptError.OK;
    }

    private ScriptError Arithmetic(Opcode opcode)
    {
        var operands = opcode switch
        {
            Opcode.OP_WITHIN => 3,
            >= Opcode.OP_ADD => 2,
            _ => 1,
        };
        if (_stack.Count < operands)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        long third = 0;
        long second = 0;
        if (!TryNumber(1, out var first)
            || (operands > 1 && !TryNumber(2, out second)) || (operands > 2 && !TryNumber(3, out third)))
        {
            return ScriptError.SCRIPTNUM;
        }

        _stack.Pop(operands);
        if (operands == 1)
        {
            _stack.PushNumber(Unary(opcode, first));
            return ScriptError.OK;
        }

        if (operands == 3)
        {
            _stack.PushBool(second <= third && third < first);
            return ScriptError.OK;
        }

        _stack.PushNumber(Binary(opcode, second, first));
        return opcode == Opcode.OP_NUMEQUALVERIFY ? Verified(ScriptError.NUMEQUALVERIFY) : ScriptError.OK;
    }

    private static long Unary(Opcode opcode, long a) => opcode switch
    {
        Opcode.OP_1ADD => a + 1,
        Opcode.OP_1SUB => a - 1,
        Opcode.OP_NEGATE => -a,
        Opcode.OP_ABS => Math.Abs(a),
        Opcode.OP_NOT => a == 0 ? 1 : 0,
        _ => a != 0 ? 1 : 0, // OP_0NOTEQUAL
    };

    private static long Binary(Opcode opcode, long a, long b) => opcode switch
    {
        Opcode.OP_ADD => a + b,
        Opcode.OP_SUB => a - b,
        Opcode.OP_MIN => Math.Min(a, b),
        Opcode.OP_MAX => Math.Max(a, b),
        _ => Compare(opcode, a, b) ? 1 : 0,
    };

    private static bool Compare(Opcode opcode, long a, long b) => opcode switch
    {
        Opcode.OP_BOOLAND => a != 0 && b != 0,
        Opcode.OP_BOOLOR => a != 0 || b != 0,
        Opcode.OP_NUMEQUAL or Opcode.OP_NUMEQUALVERIFY => a == b,
        Opcode.OP_NUMNOTEQUAL => a != b,
        Opcode.OP_LESSTHAN => a < b,
        Opcode.OP_GREATERTHAN => a > b,
        Opcode.OP_LESSTHANOREQUAL => a <= b,
        _ => a >= b, // OP_GREATERTHANOREQUAL
    };

    private ScriptError Hash(Opcode opcode)
    {
        if (_stack.Count < 1)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        Span<byte> hash = stackalloc byte[32];
        var item = _stack.Top(1);
        var length = opcode is Opcode.OP_SHA256 or Opcode.OP_HASH256 ? 32 : 20;
        switch (opcode)
        {
            case Opcode.OP_RIPEMD160:
                Hashes.Ripemd160(item, hash);
                break;
            case Opcode.OP_SHA1:
                Hashes.Sha1(item, hash);
                break;
            case Opcode.OP_SHA256:
                Hashes.Sha256(item, hash);
                break;
            case Opcode.OP_HASH160:
                Hashes.Hash160(item, hash);
                break;
            default:
                Hashes.Hash256(item, hash);
                break;
        }

        _stack.Pop();
        _stack.PushCopy(hash[..length]);
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

    private bool TryNumber(int n, out long value) =>
        ScriptNumber.TryDecode(_stack.Top(n), RequireMinimal, ScriptNumber.DefaultMaxLength, out value);
}
