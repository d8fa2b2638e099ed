using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Sharechain;

/// <summary>
/// A block of the sharechain: header, proof of its work, the shares that it names, transactions with the sharebase first.
/// Serialized: header, proof, as many uncles as the header names, weak shares (compact size), transactions (compact size).
/// </summary>
/// <param name="Header">What the work commits to.</param>
/// <param name="Proof">The work.</param>
/// <param name="Transactions">The share's own transactions, sharebase first.</param>
public sealed record ShareBlock(ShareHeader Header, WorkProof Proof, ImmutableArray<Transaction> Transactions)
{
    /// <summary>More bytes than this are never read: a byte weighs at least one unit.</summary>
    public const int MostBytes = 1_000_000;

    // Boxed: a reference is written at once, so that no thread ever sees half of an id.
    private object? _id;

    // A copy made with "with" must not keep the id of its original.
    private ShareBlock(ShareBlock original) =>
        (Header, Proof, Transactions, Named) = (original.Header, original.Proof, original.Transactions, original.Named);

    /// <summary>More weak shares than this are never read, whatever the row.</summary>
    public const int MostWeak = 64;

    /// <summary>The shares that it names, in the order of the header's uncles or of its root of weak shares.</summary>
    public ImmutableArray<NamedShare> Named { get; init; } = [];

    /// <summary>What parents, stores and draws name: SHA256d of the header and the mainchain header.</summary>
    public ShareId Id => (ShareId)(_id ??= ShareId.Of(Header, Proof.MainHeader));

    /// <summary>Bytes that are no transactions: header, proof, named shares, counts of weak shares and transactions.</summary>
    public int BaseSize => Header.Length + Proof.Length + Named.Sum(share => share.Length) + 1
        + ByteWriter.CompactSizeLength((ulong)Transactions.Length);

    /// <summary>Its own work and that of the uncles that it names, not of weak shares: what the choice of the best chain counts.
    /// </summary>
    public U256 Work => Header.Version == ShareHeader.WeakVersion
        ? Header.Bits.Work()
        : Named.Aggregate(Header.Bits.Work(), (sum, uncle) => sum + uncle.Header.Bits.Work());

    private int WeakCount => Header.Version == ShareHeader.WeakVersion ? Named.Length : 0;

    /// <summary>Weight units: four a byte outside the transactions, and the transactions' own (BIP141).</summary>
    public long Weight
    {
        get
        {
            var weight = 4L * BaseSize;
            foreach (var transaction in Transactions)
            {
                weight += transaction.Weight;
            }

            return weight;
        }
    }

    /// <summary>Reads a block and nothing else. Scripts are slices of the bytes, which must not change.</summary>
    public static bool TryParse(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out ShareBlock? block, out ParseError error)
    {
        var reader = new ByteReader(bytes);
        if (bytes.Length > MostBytes)
        {
            reader.Fail(ParseError.TooLarge);
        }

        block = Read(ref reader);
        reader.ExpectEnd();
        error = reader.Error;
        if (error != ParseError.None)
        {
            block = null;
        }

        return block is not null;
    }

    /// <summary>Reads a block that other bytes may follow.</summary>
    /// <param name="bytes">Begin with the block.</param>
    /// <param name="block">The block.</param>
    /// <param name="length">Bytes that it has.</param>
    public static bool TryParseStart(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out ShareBlock? block, out int length)
    {
        var reader = new ByteReader(bytes);
        block = Read(ref reader);
        length = reader.Position;
        if (reader.Failed || length > MostBytes)
        {
            block = null;
        }

        return block is not null;
    }

    /// <summary>Reads a block from bytes known to be good.</summary>
    /// <exception cref="FormatException">They are not.</exception>
    public static ShareBlock Parse(ReadOnlyMemory<byte> bytes) => TryParse(bytes, out var block, out var error)
        ? block
        : throw new FormatException($"Not a share block: {error}.");

    /// <summary>A new array of the block's bytes, witnesses included.</summary>
    public byte[] ToArray()
    {
        var writer = new ByteWriter(1024);
        Header.Write(writer);
        Proof.Write(writer);
        foreach (var uncle in Named.AsSpan()[WeakCount..])
        {
            uncle.Write(writer);
        }

        writer.CompactSize((ulong)WeakCount);
        foreach (var weak in Named.AsSpan()[..WeakCount])
        {
            weak.Write(writer);
        }

        writer.CompactSize((ulong)Transactions.Length);
        foreach (var transaction in Transactions)
        {
            transaction.Write(writer);
        }

        return writer.ToArray();
    }

    /// <summary>Equal headers, proofs, named shares and transactions.</summary>
    public bool Equals(ShareBlock? other) => other is not null && Header == other.Header && Proof == other.Proof
        && Transactions == other.Transactions && Named.SequenceEqual(other.Named);

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode();

    private static ShareBlock? Read(ref ByteReader reader)
    {
        var header = ShareHeader.Read(ref reader);
        var proof = header is null ? null : WorkProof.Read(ref reader);
        if (header is null || proof is null)
        {
            return null;
        }

        var named = ImmutableArray.CreateBuilder<NamedShare>();
        ReadNamed(ref reader, header.Uncles.Length, named);
        var weak = reader.ReadCompactSize();
        var isWeak = header.Version == ShareHeader.WeakVersion;
        if (weak > (isWeak ? MostWeak : 0U) || (isWeak && named.Count > 0))
        {
            reader.Fail(ParseError.TooLarge);
            return null;
        }

        ReadNamed(ref reader, (int)weak, named);
        var transactions = reader.Failed ? default : Transaction.ReadList(ref reader);
        return transactions.IsDefault
            ? null
            : new ShareBlock(header, proof, transactions) { Named = named.ToImmutable() };
    }

    private static void ReadNamed(ref ByteReader reader, int count, ImmutableArray<NamedShare>.Builder named)
    {
        for (var i = 0; i < count && NamedShare.Read(ref reader) is { } share; i++)
        {
            named.Add(share);
        }
    }
}
