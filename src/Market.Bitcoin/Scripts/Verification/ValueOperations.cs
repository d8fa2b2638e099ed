namespace Market.Bitcoin;

/// <summary>Operations on what items say: bytes that are compared and hashed, and numbers.</summary>
internal static class ValueOperations
{
    /// <summary>OP_EQUAL and OP_EQUALVERIFY.</summary>
    public static ScriptError Equal(Opcode opcode, ScriptStack stack)
    {
        if (stack.Count < 2)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        var equal = stack.Top(1).SequenceEqual(stack.Top(2));
        stack.Pop(2);
        stack.PushBool(equal);
        return opcode == Opcode.OP_EQUALVERIFY ? stack.PopTrue(ScriptError.EQUALVERIFY) : ScriptError.OK;
    }

    /// <summary>OP_CAT (BIP347).</summary>
    public static ScriptError Concatenate(ScriptStack stack)
    {
        if (stack.Count < 2)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        if (stack.Top(2).Length + stack.Top(1).Length > Script.MaxElementSize)
        {
            return ScriptError.PUSH_SIZE;
        }

        stack.Concatenate();
        return ScriptError.OK;
    }

    /// <summary>OP_1ADD to OP_WITHIN.</summary>
    public static ScriptError Arithmetic(Opcode opcode, ScriptStack stack, bool minimal)
    {
        var operands = opcode switch
        {
            Opcode.OP_WITHIN => 3,
            >= Opcode.OP_ADD => 2,
            _ => 1,
        };
        if (stack.Count < operands)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        long third = 0;
        long second = 0;
        if (!stack.TryNumber(1, minimal, out var first)
            || (operands > 1 && !stack.TryNumber(2, minimal, out second))
            || (operands > 2 && !stack.TryNumber(3, minimal, out third)))
        {
            return ScriptError.SCRIPTNUM;
        }

        stack.Pop(operands);
        if (operands == 1)
        {
            stack.PushNumber(Unary(opcode, first));
            return ScriptError.OK;
        }

        if (operands == 3)
        {
            stack.PushBool(second <= third && third < first);
            return ScriptError.OK;
        }

        stack.PushNumber(Binary(opcode, second, first));
        return opcode == Opcode.OP_NUMEQUALVERIFY ? stack.PopTrue(ScriptError.NUMEQUALVERIFY) : ScriptError.OK;
    }

    /// <summary>OP_RIPEMD160 to OP_HASH256.</summary>
    public static ScriptError Hash(Opcode opcode, ScriptStack stack)
    {
        if (stack.Count < 1)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        Span<byte> hash = stackalloc byte[32];
        var item = stack.Top(1);
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

        stack.Pop();
        stack.PushCopy(hash[..length]);
        return ScriptError.OK;
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
}
