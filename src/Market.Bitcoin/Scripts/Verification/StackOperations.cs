namespace Market.Bitcoin;

/// <summary>Operations that rearrange the stack.</summary>
internal static class StackOperations
{
    /// <summary>OP_TOALTSTACK to OP_TUCK, and OP_SIZE.</summary>
    public static ScriptError Run(Opcode opcode, ScriptStack stack, ScriptStack altStack, bool minimal)
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
        if (stack.Count < needed)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        if (opcode is Opcode.OP_PICK or Opcode.OP_ROLL)
        {
            return PickOrRoll(opcode, stack, minimal);
        }

        if (opcode == Opcode.OP_FROMALTSTACK && altStack.Count < 1)
        {
            return ScriptError.INVALID_ALTSTACK_OPERATION;
        }

        Rearrange(opcode, stack, altStack);
        return ScriptError.OK;
    }

    private static void Rearrange(Opcode opcode, ScriptStack stack, ScriptStack altStack)
    {
        switch (opcode)
        {
            case Opcode.OP_TOALTSTACK:
                altStack.MoveFrom(stack);
                break;
            case Opcode.OP_FROMALTSTACK:
                stack.MoveFrom(altStack);
                break;
            case Opcode.OP_2DROP:
                stack.Pop(2);
                break;
            case Opcode.OP_2DUP:
                PushFromTop(stack, 2, 2);
                break;
            case Opcode.OP_3DUP:
                PushFromTop(stack, 3, 3);
                break;
            case Opcode.OP_2OVER:
                PushFromTop(stack, 4, 2);
                break;
            case Opcode.OP_2ROT:
                stack.Roll(6);
                stack.Roll(6);
                break;
            case Opcode.OP_2SWAP:
                stack.Roll(4);
                stack.Roll(4);
                break;
            case Opcode.OP_IFDUP:
                PushFromTop(stack, 1, stack.IsTrue(1) ? 1 : 0);
                break;
            case Opcode.OP_DEPTH:
                stack.PushNumber(stack.Count);
                break;
            case Opcode.OP_DROP:
                stack.Pop();
                break;
            case Opcode.OP_DUP:
                stack.PushFromTop(1);
                break;
            case Opcode.OP_NIP:
                stack.Remove(2);
                break;
            case Opcode.OP_OVER:
                stack.PushFromTop(2);
                break;
            case Opcode.OP_ROT:
                stack.Roll(3);
                break;
            case Opcode.OP_SWAP:
                stack.Swap(1, 2);
                break;
            case Opcode.OP_TUCK:
                stack.Tuck();
                break;
            default: // OP_SIZE
                stack.PushNumber(stack.Top(1).Length);
                break;
        }
    }

    private static void PushFromTop(ScriptStack stack, int n, int count)
    {
        for (var i = 0; i < count; i++)
        {
            stack.PushFromTop(n);
        }
    }

    private static ScriptError PickOrRoll(Opcode opcode, ScriptStack stack, bool minimal)
    {
        if (!stack.TryNumber(1, minimal, out var n))
        {
            return ScriptError.SCRIPTNUM;
        }

        stack.Pop();
        if (n < 0 || n >= stack.Count)
        {
            return ScriptError.INVALID_STACK_OPERATION;
        }

        if (opcode == Opcode.OP_PICK)
        {
            stack.PushFromTop((int)n + 1);
        }
        else
        {
            stack.Roll((int)n + 1);
        }

        return ScriptError.OK;
    }
}
