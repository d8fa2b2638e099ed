using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Sharechain;

/// <summary>
/// What a share's work commits to. Serialized: version u32, parent 32, uncles (compact size, 32 each), height u32,
/// time u32, bits u32, txRoot 32, witnessRoot 32, and with version 2 weakBits u32, weakRoot 32; integers little-endian, hashes in
/// internal order. A header has no id: a share has one, which commits to its work too (<see cref="ShareId.Of"/>).
/// </summary>
/// <param name="Version">1; 2 where it has the fields of weak shares.</param>
/// <param name="Parent">The share below; zeros in genesis.</param>
/// <param name="Uncles">Blocks off the chain that this one includes, ascending.</param>
/// <param name="Height">Parent's height and one; genesis is 0.</param>
/// <param name="Time">Unix seconds.</param>
/// <param name="Bits">The share's own target.</param>
/// <param name="TxRoot">Merkle root of the txids.</param>
/// <param name="WitnessRoot">Merkle root of the wtxids, the sharebase's as zeros.</param>
public sealed record ShareHeader(
    uint Version,
    ShareId Parent,
    ImmutableArray<ShareId> Uncles,
    uint Height,
    uint Time,
    CompactTarget Bits,
    Hash256 TxRoot,
    Hash256 WitnessRoot)
{
    /// <summary>The version of headers without the fields of weak shares.</summary>
    public const uint PlainVersion = 1;

    /// <summary>The version of headers with them.</summary>
    public const uint WeakVersion = 2;

    private const int WeakLength = 4 + 32;

    /// <summary>More uncles than this are never read, whatever the profile.</summary>
    public const int MostUncles = 3;

    /// <summary>Bytes of a header without uncles.</summary>
    public const int LeastLength = 4 + 32 + 1 + 4 + 4 + 4 + 32 + 32;

    // Boxed: a reference is written at once, so that no thread ever sees half of a hash.
    private object? _commitment;

    // A copy made with "with" must not keep the hash of its original.
    private ShareHeader(ShareHeader original)
    {
        (Version, Parent, Uncles, Height) = (original.Version, original.Parent, original.Uncles, original.Height);
        (Time, Bits, TxRoot, WitnessRoot) = (original.Time, original.Bits, original.TxRoot, original.WitnessRoot);
        (WeakBits, WeakRoot) = (original.WeakBits, original.WeakRoot);
    }

    /// <summary>The target that its miner chose for weak shares; of no meaning but with version 2.</summary>
    public CompactTarget WeakBits { get; init; }

    /// <summary>Merkle root of the ids of the weak shares that the block names, zeros for none; as above.</summary>
    public Hash256 WeakRoot { get; init; }

    /// <summary>SHA256d of the serialized header: what the mainchain coinbase carries.</summary>
    public Hash256 Commitment => (Hash256)(_commitment ??= Hash256.DoubleSha256(ToArray()));

    /// <summary>Serialized length in bytes.</summary>
    public int Length => LeastLength + 32 * Uncles.Length + (HasWeak ? WeakLength : 0);

    private bool HasWeak => Version == WeakVersion;

    /// <summary>Reads a header; the reader holds the error where the result is null.</summary>
    public static ShareHeader? Read(ref ByteReader reader)
    {
        var version = reader.ReadUInt32();
        var parent = new ShareId(reader.ReadHash256());
        var count = reader.ReadCount(32);
        if (count > MostUncles)
        {
            reader.Fail(ParseError.TooLarge);
            return null;
        }

        var uncles = ImmutableArray.CreateBuilder<ShareId>(count);
        for (var i = 0; i < count; i++)
        {
            uncles.Add(new ShareId(reader.ReadHash256()));
        }

        var header = new ShareHeader(
            version, parent, uncles.MoveToImmutable(), reader.ReadUInt32(), reader.ReadUInt32(),
            new CompactTarget(reader.ReadUInt32()), reader.ReadHash256(), reader.ReadHash256());
        if (header.HasWeak)
        {
            header = header with { WeakBits = new CompactTarget(reader.ReadUInt32()), WeakRoot = reader.ReadHash256() };
        }

        if (header.Height > int.MaxValue)
        {
            reader.Fail(ParseError.InvalidValue);
        }

        return reader.Failed ? null : header;
    }

    /// <summary>Reads a header and nothing else.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out ShareHeader? header)
    {
        var reader = new ByteReader(bytes);
        header = Read(ref reader);
        reader.ExpectEnd();
        header = reader.Failed ? null : header;
        return header is not null;
    }

    /// <summary>Writes the header.</summary>
    public void Write(ByteWriter writer)
    {
        writer.UInt32(Version).Hash256(Parent.Value).CompactSize((ulong)Uncles.Length);
        foreach (var uncle in Uncles)
        {
            writer.Hash256(uncle.Value);
        }

        writer.UInt32(Height).UInt32(Time).UInt32(Bits.Bits).Hash256(TxRoot).Hash256(WitnessRoot);
        if (HasWeak)
        {
            writer.UInt32(WeakBits.Bits).Hash256(WeakRoot);
        }
    }

    /// <summary>A new array of the header's bytes.</summary>
    public byte[] ToArray()
    {
        var writer = new ByteWriter(Length);
        Write(writer);
        return writer.ToArray();
    }

    /// <inheritdoc/>
    public bool Equals(ShareHeader? other) => other is not null && Commitment == other.Commitment;

    /// <inheritdoc/>
    public override int GetHashCode() => Commitment.GetHashCode();
}
