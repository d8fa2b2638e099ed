using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Market.Bitcoin.Encoding;
using Market.Hashing;

namespace Market.Bitcoin;

/// <content>Reading and writing (BIP144).</content>
public sealed partial class Transaction
{
    private const int LeastBytes = 10;

    private const int LeastInputBytes = 41;
    private const int LeastOutputBytes = 9;
    private const int MarkerLength = 2;
    private const int EdgeLength = 4;

    // Where it was read from; empty for one made from parts, which is written when first asked for.
    private readonly ReadOnlyMemory<byte> _read;

    // Bytes that the txid does not cover: marker, flag and witnesses.
    private readonly int _witnessSize;
    private byte[]? _written;

    private Transaction(int version, TxIn[] inputs, TxOut[] outputs, uint lockTime, ReadOnlyMemory<byte> bytes, int witnessSize)
    {
        Version = version;
        Inputs = ImmutableCollectionsMarshal.AsImmutableArray(inputs);
        Outputs = ImmutableCollectionsMarshal.AsImmutableArray(outputs);
        LockTime = lockTime;
        HasWitness = witnessSize != 0;
        _read = bytes;
        _witnessSize = witnessSize;
    }

    private ReadOnlyMemory<byte> Bytes => _read.IsEmpty ? _written ??= Serialize() : _read;

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

    /// <summary>
    /// Reads a count and as many transactions; their ids are hashed in one batch, many times faster than one by one.
    /// The reader holds the error where the result is the default.
    /// </summary>
    /// <param name="reader">Where from; its bytes are kept, so they must not change.</param>
    public static ImmutableArray<Transaction> ReadList(ref ByteReader reader)
    {
        var transactions = new Transaction[reader.ReadCount(LeastBytes)];
        var start = reader.Position;
        for (var i = 0; i < transactions.Length; i++)
        {
            if (Read(ref reader) is not { } transaction)
            {
                return default;
            }

            transactions[i] = transaction;
        }

        if (reader.Failed)
        {
            return default;
        }

        TransactionIds.Hash(reader.Slice(start, reader.Position).Span, transactions);
        return ImmutableCollectionsMarshal.AsImmutableArray(transactions);
    }

    /// <summary>Writes the transaction (BIP144 where it has a witness).</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="withWitness">False leaves the witness out, as for the txid.</param>
    public void Write(ByteWriter writer, bool withWitness = true)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var bytes = Bytes.Span;
        if (withWitness || !HasWitness)
        {
            writer.Bytes(bytes);
            return;
        }

        var stripped = Stripped(0);
        writer.Bytes(bytes.Slice(stripped.HeadStart, stripped.HeadLength))
            .Bytes(bytes.Slice(stripped.BodyStart, stripped.BodyLength))
            .Bytes(bytes.Slice(stripped.TailStart, stripped.TailLength));
    }

    /// <summary>The pieces that the txid covers.</summary>
    /// <param name="start">Where the transaction's bytes begin in the buffer.</param>
    internal HashMessage Stripped(int start)
    {
        var length = Bytes.Length;
        return HasWitness
            ? new HashMessage(
                start, EdgeLength, start + EdgeLength + MarkerLength, length - _witnessSize - 2 * EdgeLength,
                start + length - EdgeLength, EdgeLength)
            : new HashMessage(start, length);
    }

    /// <summary>Takes over ids that were hashed elsewhere: txid, and wtxid where there is a witness.</summary>
    /// <param name="hashes">Begins with this transaction's; moved behind them.</param>
    internal void SetIds(ref Span<Hash256> hashes)
    {
        _txId = new CachedHash(hashes[0]);
        if (HasWitness)
        {
            _wTxId = new CachedHash(hashes[1]);
        }

        hashes = hashes[(HasWitness ? 2 : 1)..];
    }

    private Hash256 HashStripped()
    {
        var bytes = Bytes.Span;
        if (!HasWitness)
        {
            return Hash256.DoubleSha256(bytes);
        }

        var stripped = Stripped(0);
        Sha256Hasher hasher = default;
        hasher.Append(bytes.Slice(stripped.HeadStart, stripped.HeadLength));
        hasher.Append(bytes.Slice(stripped.BodyStart, stripped.BodyLength));
        hasher.Append(bytes.Slice(stripped.TailStart, stripped.TailLength));
        Span<byte> hash = stackalloc byte[Hash256.Length];
        hasher.FinishDouble(hash);
        return new Hash256(hash);
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

    private byte[] Serialize()
    {
        var writer = new ByteWriter(128 + 160 * Inputs.Length + 40 * Outputs.Length).Int32(Version);
        if (HasWitness)
        {
            writer.Byte(0).Byte(1);
        }

        writer.CompactSize((ulong)Inputs.Length);
        foreach (ref readonly var input in Inputs.AsSpan())
        {
            writer.Hash256(input.PreviousOutput.TxId.Value).UInt32(input.PreviousOutput.Index)
                .VarBytes(input.ScriptSig.Span).UInt32(input.Sequence);
        }

        writer.CompactSize((ulong)Outputs.Length);
        foreach (ref readonly var output in Outputs.AsSpan())
        {
            writer.Int64(output.Value.Sats).VarBytes(output.ScriptPubKey.Span);
        }

        if (HasWitness)
        {
            foreach (ref readonly var input in Inputs.AsSpan())
            {
                input.Witness.Write(writer);
            }
        }

        return writer.UInt32(LockTime).ToArray();
    }
}
