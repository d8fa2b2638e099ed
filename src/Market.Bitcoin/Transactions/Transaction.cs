using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Market.Bitcoin.Encoding;
using Market.Hashing;

namespace Market.Bitcoin;

/// <summary>
/// A transaction, immutable. Scripts and witness items are slices of the bytes it was read from, which are kept as its
/// serialization. Ids are hashed when first asked for.
/// </summary>
public sealed class Transaction
{
    private const int LeastBytes = 10;
    private const int EdgeLength = 4;

    // Where it was read from; empty for one made from parts, which is written when first asked for.
    private readonly ReadOnlyMemory<byte> _read;

    // Bytes that the txid does not cover: marker, flag and witnesses.
    private readonly int _witnessSize;
    private byte[]? _written;

    // References are written whole, so at worst two threads work out the same hash.
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
        Inputs = inputs.IsDefault ? [] : inputs;
        Outputs = outputs.IsDefault ? [] : outputs;
        LockTime = lockTime;
        var witnesses = 0;
        foreach (ref readonly var input in inputs.AsSpan())
        {
            HasWitness |= !input.Witness.IsEmpty;
            witnesses += input.Witness.SerializedLength;
        }

        _witnessSize = HasWitness ? TransactionBytes.MarkerLength + witnesses : 0;
    }

    internal Transaction(int version, TxIn[] inputs, TxOut[] outputs, uint lockTime, ReadOnlyMemory<byte> bytes, int witnessSize)
    {
        Version = version;
        Inputs = ImmutableCollectionsMarshal.AsImmutableArray(inputs);
        Outputs = ImmutableCollectionsMarshal.AsImmutableArray(outputs);
        LockTime = lockTime;
        HasWitness = witnessSize != 0;
        _read = bytes;
        _witnessSize = witnessSize;
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
    public TxId Id => new((_txId ??= new CachedHash(HashStripped())).Value);

    /// <summary>SHA256d with witness; equals <see cref="Id"/> where there is none (BIP141).</summary>
    public WTxId WitnessId => new(
        HasWitness ? (_wTxId ??= new CachedHash(Hash256.DoubleSha256(Bytes.Span))).Value : Id.Value);

    /// <summary>Length in bytes without witness.</summary>
    public int StrippedSize => Bytes.Length - _witnessSize;

    /// <summary>Length in bytes with witness.</summary>
    public int TotalSize => Bytes.Length;

    /// <summary>Weight units: three times the stripped size plus the total size (BIP141).</summary>
    public int Weight => StrippedSize * 3 + TotalSize;

    /// <summary>Virtual bytes: a quarter of the weight, rounded up (BIP141).</summary>
    public int VirtualSize => (Weight + 3) / 4;

    private ReadOnlyMemory<byte> Bytes => _read.IsEmpty ? _written ??= TransactionBytes.Write(this) : _read;

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

    /// <summary>Reads a transaction; the reader holds the error where the result is null (BIP144).</summary>
    /// <param name="reader">Where from; its bytes are kept, so they must not change.</param>
    /// <param name="allowWitness">False reads the form without witness only, which may then have no inputs.</param>
    public static Transaction? Read(ref ByteReader reader, bool allowWitness = true) =>
        TransactionBytes.Read(ref reader, allowWitness);

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

    /// <summary>Reads a transaction from bytes known to be good.</summary>
    /// <exception cref="FormatException">They are not.</exception>
    public static Transaction Parse(ReadOnlyMemory<byte> bytes) => TryParse(bytes, out var transaction, out var error)
        ? transaction
        : throw new FormatException($"Not a transaction: {error}.");

    /// <summary>A copy of the bytes with witness.</summary>
    public byte[] ToArray() => Bytes.ToArray();

    /// <summary>Hexadecimal text with witness.</summary>
    public string ToHex() => Hex.Encode(Bytes.Span);

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

    /// <summary>The txid.</summary>
    public override string ToString() => Id.ToString();

    /// <summary>The pieces that the txid covers.</summary>
    /// <param name="start">Where the transaction's bytes begin in the buffer.</param>
    internal HashMessage Stripped(int start)
    {
        var length = Bytes.Length;
        return HasWitness
            ? new HashMessage(
                start, EdgeLength, start + EdgeLength + TransactionBytes.MarkerLength, length - _witnessSize - 2 * EdgeLength,
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
}
