using Market.Bitcoin.Encoding;

namespace Market.Bitcoin;

/// <summary>A transaction's bytes (BIP144): read into its parts, and written from them.</summary>
internal static class TransactionBytes
{
    /// <summary>Marker and flag, which stand before the inputs where there is a witness.</summary>
    public const int MarkerLength = 2;

    private const int LeastInputBytes = 41;
    private const int LeastOutputBytes = 9;

    /// <summary>Reads a transaction; the reader holds the error where the result is null (BIP144).</summary>
    /// <param name="reader">Where from; its bytes are kept, so they must not change.</param>
    /// <param name="allowWitness">False reads the form without witness only, which may then have no inputs.</param>
    public static Transaction? Read(ref ByteReader reader, bool allowWitness = true)
    {
        var start = reader.Position;
        var version = reader.ReadInt32();
        var flag = (byte)0;
        if (allowWitness && reader.Peek() == 0 && reader.Peek(1) != 0)
        {
            reader.ReadByte();
            flag = reader.ReadByte();
        }

        var inputs = ReadInputs(ref reader);
        var outputs = ReadOutputs(ref reader);
        var witnessSize = 0;
        if (flag == 1)
        {
            var witnesses = reader.Position;
            ReadWitnesses(ref reader, inputs);
            witnessSize = MarkerLength + reader.Position - witnesses;
        }
        else if (flag != 0)
        {
            reader.Fail(ParseError.UnknownFlag);
        }

        var lockTime = reader.ReadUInt32();

        // Sizes are read in their shortest form only, so what was read is what would be written.
        return reader.Failed
            ? null
            : new Transaction(
                version, inputs, outputs, lockTime, reader.Slice(start, reader.Position), witnessSize);
    }

    /// <summary>Writes a transaction made from parts (BIP144).</summary>
    public static byte[] Write(Transaction transaction)
    {
        var length = 128 + 160 * transaction.Inputs.Length + 40 * transaction.Outputs.Length;
        var writer = new ByteWriter(length).Int32(transaction.Version);
        if (transaction.HasWitness)
        {
            writer.Byte(0).Byte(1);
        }

        writer.CompactSize((ulong)transaction.Inputs.Length);
        foreach (ref readonly var input in transaction.Inputs.AsSpan())
        {
            writer.Hash256(input.PreviousOutput.TxId.Value).UInt32(input.PreviousOutput.Index)
                .VarBytes(input.ScriptSig.Span).UInt32(input.Sequence);
        }

        writer.CompactSize((ulong)transaction.Outputs.Length);
        foreach (ref readonly var output in transaction.Outputs.AsSpan())
        {
            writer.Int64(output.Value.Sats).VarBytes(output.ScriptPubKey.Span);
        }

        if (transaction.HasWitness)
        {
            foreach (ref readonly var input in transaction.Inputs.AsSpan())
            {
                input.Witness.Write(writer);
            }
        }

        return writer.UInt32(transaction.LockTime).ToArray();
    }

    private static TxIn[] ReadInputs(ref ByteReader reader)
    {
        var inputs = new TxIn[reader.ReadCount(LeastInputBytes)];
        for (var i = 0; i < inputs.Length && !reader.Failed; i++)
        {
            inputs[i] = new TxIn(
                reader.ReadOutPoint(), new Script(reader.ReadVarBytes()), reader.ReadUInt32());
        }

        return inputs;
    }

    private static TxOut[] ReadOutputs(ref ByteReader reader)
    {
        var outputs = new TxOut[reader.ReadCount(LeastOutputBytes)];
        for (var i = 0; i < outputs.Length && !reader.Failed; i++)
        {
            outputs[i] = new TxOut(new Amount(reader.ReadInt64()), new Script(reader.ReadVarBytes()));
        }

        return outputs;
    }

    private static void ReadWitnesses(ref ByteReader reader, TxIn[] inputs)
    {
        var any = false;
        for (var i = 0; i < inputs.Length && !reader.Failed; i++)
        {
            var witness = Witness.Read(ref reader);
            any |= !witness.IsEmpty;
            inputs[i] = inputs[i] with { Witness = witness };
        }

        if (!any)
        {
            reader.Fail(ParseError.SuperfluousWitness);
        }
    }
}
