using static Market.Bitcoin.PrecomputedTransaction;

namespace Market.Bitcoin;

/// <summary>The hashes that signatures before segwit sign.</summary>
internal static class LegacySighashes
{
    /// <summary>As <see cref="PrecomputedTransaction.LegacySighash"/> tells, whose duty the bounds are.</summary>
    public static Hash256 Hash(Transaction transaction, int inputIndex, ReadOnlySpan<byte> scriptCode, uint hashType)
    {
        if (CoversOne(hashType) && inputIndex >= transaction.Outputs.Length)
        {
            Span<byte> one = stackalloc byte[Hash256.Length];
            one.Clear();
            one[0] = 1;
            return new Hash256(one);
        }

        var bytes = new PooledBytes(transaction.StrippedSize + scriptCode.Length + 64);
        bytes.UInt32((uint)transaction.Version);
        WriteInputs(transaction, ref bytes, inputIndex, scriptCode, hashType);
        WriteOutputs(transaction, ref bytes, inputIndex, hashType);
        bytes.UInt32(transaction.LockTime);
        bytes.UInt32(hashType);
        return bytes.DoubleSha256();
    }

    private static void WriteInputs(
        Transaction transaction, ref PooledBytes bytes, int inputIndex, ReadOnlySpan<byte> scriptCode, uint hashType)
    {
        var inputs = transaction.Inputs.AsSpan();
        if (AnyoneCanPay(hashType))
        {
            bytes.CompactSize(1);
            bytes.OutPoint(inputs[inputIndex].PreviousOutput);
            WriteScriptCode(ref bytes, scriptCode);
            bytes.UInt32(inputs[inputIndex].Sequence);
            return;
        }

        var othersKeepSequence = !CoversOne(hashType) && !CoversNone(hashType);
        bytes.CompactSize(inputs.Length);
        for (var i = 0; i < inputs.Length; i++)
        {
            bytes.OutPoint(inputs[i].PreviousOutput);
            if (i == inputIndex)
            {
                WriteScriptCode(ref bytes, scriptCode);
            }
            else
            {
                bytes.CompactSize(0);
            }

            bytes.UInt32(i == inputIndex || othersKeepSequence ? inputs[i].Sequence : 0);
        }
    }

    private static void WriteOutputs(
        Transaction transaction, ref PooledBytes bytes, int inputIndex, uint hashType)
    {
        var outputs = transaction.Outputs.AsSpan();
        if (CoversNone(hashType))
        {
            bytes.CompactSize(0);
            return;
        }

        if (!CoversOne(hashType))
        {
            bytes.CompactSize(outputs.Length);
            foreach (ref readonly var output in outputs)
            {
                bytes.Output(output);
            }

            return;
        }

        // Outputs before the one that is covered are blank: amount -1 and no script. There are no more of them than
        // real ones, which are at least as long, so the buffer holds them.
        bytes.CompactSize(inputIndex + 1);
        for (var i = 0; i < inputIndex; i++)
        {
            bytes.Int64(-1);
            bytes.CompactSize(0);
        }

        bytes.Output(outputs[inputIndex]);
    }

    private static void WriteScriptCode(ref PooledBytes bytes, ReadOnlySpan<byte> script)
    {
        if (script.IndexOf((byte)Opcode.OP_CODESEPARATOR) < 0)
        {
            bytes.VarBytes(script);
            return;
        }

        var separators = 0;
        for (var reader = new ScriptReader(script); reader.TryRead(out var opcode, out _);)
        {
            separators += opcode == Opcode.OP_CODESEPARATOR ? 1 : 0;
        }

        bytes.CompactSize(script.Length - separators);
        var from = 0;
        for (var reader = new ScriptReader(script); reader.TryRead(out var opcode, out _);)
        {
            if (opcode == Opcode.OP_CODESEPARATOR)
            {
                bytes.Bytes(script[from..(reader.Position - 1)]);
                from = reader.Position;
            }
        }

        bytes.Bytes(script[from..]);
    }
}
