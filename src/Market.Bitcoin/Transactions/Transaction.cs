using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin;

/// <summary>
/// A transaction, immutable. Scripts and witness items are slices of the bytes it was read from, which are kept as its
/// serialization. Ids are hashed when first asked for.
/// </summary>
public sealed partial class Transaction
{
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

        _witnessSize = HasWitness ? MarkerLength + witnesses : 0;
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

    /// <summary>A copy of the bytes with witness.</summary>
    public byte[] ToArray() => Bytes.ToArray();

    /// <summary>Hexadecimal text with witness.</summary>
    public string ToHex() => Hex.Encode(Bytes.Span);

    /// <summary>The txid.</summary>
    public override string ToString() => Id.ToString();
}
