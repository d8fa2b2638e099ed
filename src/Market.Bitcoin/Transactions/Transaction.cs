using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin;

/// <summary>
/// A transaction, immutable. Scripts and witness items are slices of the bytes it was read from. Ids are hashed when
/// first asked for.
/// </summary>
public sealed class Transaction
{
    private const int LeastInputBytes = 41;
    private const int LeastOutputBytes = 9;

    private byte[]? _stripped;
    private byte[]? _full;
    private CachedHash? _txId;
    private CachedHash? _wTxId;

    /// <summary>Makes a transaction from its parts.</summary>
    /// <param name="version">Version; 2 or more enables relative locks (BIP68).</param>
    /// <param name="inputs">Inputs in order.</param>
    /// <param name="outputs">Outputs in order.</param>
    /// <param name="lockTime">nLockTime: a height below 500,000,000, else a time in Unix seconds.</param>
    public Transaction(int version, ImmutableArray<TxIn> inputs, ImmutableArray<TxOut> outputs, uint lockTime)
    {
        Version = version;
        Inputs = inputs;
        Outputs = outputs;
        LockTime = lockTime;
        foreach (ref readonly var input in inputs.AsSpan())
        {
            HasWitness |= !input.Witness.IsEmpty;
        }
    }

    /// <summary>Version.</summary>
    public int Version { get; }

    /// <summary>Inputs in order.</summary>
    public ImmutableArray<TxIn> Inputs { get; }

    /// <summary>Outputs in order.</summary>
    public ImmutableArray<TxOut> Outputs { get; }

    /// <summary>nLockTime: a height below 500,000,000, else a time in Unix seconds.</summary>
    public uint LockTime { get; }

    /// <summary>True where any input has a witness.</summary>
    public bool HasWitness { get; }

    /// <summary>True where the only input names the null outpoint.</summary>
    public bool IsCoinbase => Inputs.Length == 1 && Inputs[0].PreviousOutput.IsNull;

    /// <summary>SHA256d without witness.</summary>
    public TxId Id => new((_txId ??= new CachedHash(Hash256.DoubleSha256(Stripped()))).Value);

    /// <summary>SHA256d with witness; equals <see cref="Id"/> where there is none (BIP141).</summary>
    public WTxId WitnessId => new((_wTxId ??= new CachedHash(HasWitness ? Hash256.DoubleSha256(Full()) : Id.Value)).Value);

    /// <summary>Length in bytes without witness.</summary>
    public int StrippedSize => Stripped().Length;

    /// <summary>Length in bytes with witness.</summary>
    public int TotalSize => Full().Length;

    /// <summary>Weight units: three times the stripped size plus the total size (BIP141).</summary>
    public int Weight => StrippedSize * 3 + TotalSize;

    /// <summary>Virtual bytes: a quarter of the weight, rounded up (BIP141).</summary>
    public int VirtualSize => (Weight + 3) / 4;

    /// <summary>Reads a transaction and nothing else.</summary>
    /// <param name="bytes">Its bytes; kept, so they must not change.</param>
    /// <param name="transaction">The transaction.</param>
    /// <param name="error">Why not.</param>
    public static bool TryParse(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Transaction? transaction, out ParseError error)
    {
        var reader = new ByteReader(bytes);
        transaction = Read(ref reader);
        reader.ExpectEnd();
        error = reader.Error;
        if (error != ParseError.None)
        {
            transaction = null;
        }

        return transaction is not null;
    }

    /// <summary>Reads a transaction from bytes known to be good.</summary>
    /// <exception cref="FormatException">They are not.</exception>
    public static Transaction Parse(ReadOnlyMemory<byte> bytes) => TryParse(bytes, out var transaction, out var error)
        ? transaction
        : throw new FormatException($"Not a transaction: {error}.");

    /// <summary>Reads a transaction; the reader holds the error where the result is null (BIP144).</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="allowWitness">False reads the form without witness only, which may then have no inputs.</param>
    public static Transaction? Read(ref ByteReader reader, bool allowWitness = true)
    {
        var version = reader.ReadInt32();
        var flag = (byte)0;
        if (allowWitness && reader.Peek() == 0 && reader.Peek(1) != 0)
        {
            reader.ReadByte();
            flag = reader.ReadByte();
        }

        var inputs = ReadInputs(ref reader);
        var outputs = ReadOutputs(ref reader);
        if (flag == 1)
        {
            ReadWitnesses(ref reader, inputs);
        }
        else if (flag != 0)
        {
            reader.Fail(ParseError.UnknownFlag);
        }

        var lockTime = reader.ReadUInt32();
        return reader.Failed
            ? null
            : new Transaction(
                version,
                ImmutableCollectionsMarshal.AsImmutableArray(inputs),
                ImmutableCollectionsMarshal.AsImmutableArray(outputs),
                lockTime);
    }

    /// <summary>Writes the transaction (BIP144 where it has a witness).</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="withWitness">False leaves the witness out, as for the txid.</param>
    public void Write(ByteWriter writer, bool withWitness = true) =>
        writer.Bytes(withWitness ? Full() : Stripped());

    /// <summary>A copy of the bytes with witness.</summary>
    public byte[] ToArray() => (byte[])Full().Clone();

    /// <summary>Hexadecimal text with witness.</summary>
    public string ToHex() => Hex.Encode(Full());

    /// <summary>The txid.</summary>
    public override string ToString() => Id.ToString();

    private static TxIn[] ReadInputs(ref ByteReader reader)
    {
        var inputs = new TxIn[reader.ReadCount(LeastInputBytes)];
        for (var i = 0; i < inputs.Length && !reader.Failed; i++)
        {
            var outPoint = new OutPoint(new TxId(reader.ReadHash256()), reader.ReadUInt32());
            inputs[i] = new TxIn(outPoint, new Script(reader.ReadVarBytes()), reader.ReadUInt32());
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
            var items = new ReadOnlyMemory<byte>[reader.ReadCount(1)];
            for (var j = 0; j < items.Length && !reader.Failed; j++)
            {
                items[j] = reader.ReadVarBytes();
            }

            any |= items.Length > 0;
            inputs[i] = inputs[i] with { Witness = new Witness(ImmutableCollectionsMarshal.AsImmutableArray(items)) };
        }

        if (!any)
        {
            reader.Fail(ParseError.SuperfluousWitness);
        }
    }

    private byte[] Stripped() => _stripped ??= Serialize(withWitness: false);

    private byte[] Full() => _full ??= HasWitness ? Serialize(withWitness: true) : Stripped();

    private byte[] Serialize(bool withWitness)
    {
        var writer = new ByteWriter(128 + 160 * Inputs.Length + 40 * Outputs.Length).Int32(Version);
        if (withWitness)
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

        if (withWitness)
        {
            foreach (ref readonly var input in Inputs.AsSpan())
            {
                writer.CompactSize((ulong)input.Witness.Count);
                foreach (var item in input.Witness.Items)
                {
                    writer.VarBytes(item.Span);
                }
            }
        }

        return writer.UInt32(LockTime).ToArray();
    }
}
