using System.Buffers;
using System.Buffers.Binary;
using Market.Hashing;

namespace Market.Bitcoin;

/// <summary>A buffer on rented memory, of a size known beforehand, that is hashed and given back.</summary>
internal ref struct PooledBytes
{
    private readonly byte[] _rented;
    private int _length;

    public PooledBytes(int capacity) => _rented = ArrayPool<byte>.Shared.Rent(capacity);

    public void Byte(byte value) => _rented[_length++] = value;

    public void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_rented.AsSpan(_length), value);
        _length += 4;
    }

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_rented.AsSpan(_length), value);
        _length += 8;
    }

    public void Hash(in Hash256 value)
    {
        value.CopyTo(_rented.AsSpan(_length));
        _length += Hash256.Length;
    }

    public void OutPoint(in OutPoint value)
    {
        Hash(value.TxId.Value);
        UInt32(value.Index);
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        value.CopyTo(_rented.AsSpan(_length));
        _length += value.Length;
    }

    public void CompactSize(int value)
    {
        if (value < 0xfd)
        {
            Byte((byte)value);
            return;
        }

        Byte(value <= 0xffff ? (byte)0xfd : (byte)0xfe);
        BinaryPrimitives.WriteUInt32LittleEndian(_rented.AsSpan(_length), (uint)value);
        _length += value <= 0xffff ? 2 : 4;
    }

    public void VarBytes(ReadOnlySpan<byte> value)
    {
        CompactSize(value.Length);
        Bytes(value);
    }

    public void Output(in TxOut value)
    {
        Int64(value.Value.Sats);
        VarBytes(value.ScriptPubKey.Span);
    }

    /// <summary>SHA256d of what was written; ends the buffer's life.</summary>
    public readonly Hash256 DoubleSha256()
    {
        Span<byte> hash = stackalloc byte[Hash256.Length];
        Sha256d.Hash(_rented.AsSpan(0, _length), hash);
        ArrayPool<byte>.Shared.Return(_rented);
        return new Hash256(hash);
    }

    /// <summary>SHA-256 of what was written; ends the buffer's life.</summary>
    public readonly Hash256 Sha256()
    {
        Span<byte> hash = stackalloc byte[Hash256.Length];
        Sha256Hash.Hash(_rented.AsSpan(0, _length), hash);
        ArrayPool<byte>.Shared.Return(_rented);
        return new Hash256(hash);
    }

    /// <summary>The tagged hash of what was written; ends the buffer's life.</summary>
    public readonly Hash256 Tagged(in TaggedHasher tag)
    {
        var hash = tag.Of(_rented.AsSpan(0, _length));
        ArrayPool<byte>.Shared.Return(_rented);
        return hash;
    }
}
