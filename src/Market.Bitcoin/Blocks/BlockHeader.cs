using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin;

/// <summary>A Bitcoin block header of 80 bytes.</summary>
/// <param name="Version">Version bits (BIP9, BIP320).</param>
/// <param name="Previous">The parent block.</param>
/// <param name="MerkleRoot">Merkle root of the txids.</param>
/// <param name="Time">Unix seconds.</param>
/// <param name="Bits">The target in compact form.</param>
/// <param name="Nonce">What miners change.</param>
public sealed record BlockHeader(
    int Version, BlockId Previous, Hash256 MerkleRoot, uint Time, CompactTarget Bits, uint Nonce)
{
    /// <summary>Serialized length in bytes.</summary>
    public const int Length = 80;

    private CachedHash? _id;

    // A copy made with "with" must not keep the id of its original.
    private BlockHeader(BlockHeader original)
    {
        (Version, Previous, MerkleRoot) = (original.Version, original.Previous, original.MerkleRoot);
        (Time, Bits, Nonce) = (original.Time, original.Bits, original.Nonce);
    }

    /// <summary>SHA256d of the 80 bytes.</summary>
    public BlockId Id
    {
        get
        {
            if (_id is null)
            {
                Span<byte> bytes = stackalloc byte[Length];
                CopyTo(bytes);
                _id = new CachedHash(Hash256.DoubleSha256(bytes));
            }

            return new BlockId(_id.Value);
        }
    }

    /// <summary>
    /// True where the id is at or below the header's own target; whether bits are right is not asked.
    /// </summary>
    public bool MeetsOwnTarget => Bits.IsMetBy(Id.Value);

    /// <summary>Reads 80 bytes; the reader holds the error where the result is null.</summary>
    public static BlockHeader? Read(ref ByteReader reader)
    {
        var version = reader.ReadInt32();
        var previous = new BlockId(reader.ReadHash256());
        var header = new BlockHeader(
            version, previous, reader.ReadHash256(), reader.ReadUInt32(), new CompactTarget(reader.ReadUInt32()),
            reader.ReadUInt32());
        return reader.Failed ? null : header;
    }

    /// <summary>Reads exactly 80 bytes.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out BlockHeader? header)
    {
        var reader = new ByteReader(bytes);
        header = Read(ref reader);
        reader.ExpectEnd();
        if (reader.Failed)
        {
            header = null;
        }

        return header is not null;
    }

    /// <summary>Writes 80 bytes.</summary>
    public void Write(ByteWriter writer) => writer.Int32(Version).Hash256(Previous.Value).Hash256(MerkleRoot)
        .UInt32(Time).UInt32(Bits.Bits).UInt32(Nonce);

    /// <summary>Writes 80 bytes to a span.</summary>
    public void CopyTo(Span<byte> destination)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(destination, Version);
        Previous.Value.CopyTo(destination[4..]);
        MerkleRoot.CopyTo(destination[36..]);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(destination[68..], Time);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(destination[72..], Bits.Bits);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(destination[76..], Nonce);
    }

    /// <summary>A new array of the 80 bytes.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        CopyTo(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public bool Equals(BlockHeader? other) => other is not null && Id == other.Id;

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode();
}
