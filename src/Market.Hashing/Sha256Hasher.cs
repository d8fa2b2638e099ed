using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Market.Hashing;

/// <summary>SHA-256 over bytes that come in pieces. A value: a copy goes its own way; nothing is allocated.</summary>
/// <remarks>The default value is a hasher that has seen nothing. Finishing does not change it.</remarks>
public unsafe struct Sha256Hasher
{
    private Words _state;
    private Block _pending;
    private long _length;

    /// <summary>A hasher that goes on from <paramref name="midstate"/>.</summary>
    public Sha256Hasher(in Sha256Midstate midstate)
    {
        midstate.CopyWords(_state);
        _length = midstate.Blocks * Sha256Block.BlockSize;
    }

    /// <summary>How many bytes have been appended (those of the midstate included).</summary>
    public readonly long Length => _length;

    /// <summary>Adds <paramref name="data"/> to the message.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        if (_length == 0) Sha256Constants.InitialState.CopyTo(_state);
        int filled = (int)(_length % Sha256Block.BlockSize);
        _length += data.Length;
        Span<byte> pending = _pending;
        fixed (Words* state = &_state)
        {
            if (filled > 0)
            {
                int take = Math.Min(Sha256Block.BlockSize - filled, data.Length);
                data[..take].CopyTo(pending[filled..]);
                data = data[take..];
                if (filled + take < Sha256Block.BlockSize) return;
                fixed (byte* p = pending) Sha256Block.Compress((uint*)state, p);
            }

            int blocks = data.Length / Sha256Block.BlockSize;
            fixed (byte* p = data) Sha256Block.Compress((uint*)state, p, blocks);
            data[(blocks * Sha256Block.BlockSize)..].CopyTo(pending);
        }
    }

    /// <summary>Writes the SHA-256 of everything appended.</summary>
    /// <param name="destination">At least 32 bytes.</param>
    [SkipLocalsInit]
    public readonly void Finish(Span<byte> destination)
    {
        Span<byte> digest = destination[..Sha256Hash.Size];
        Words state = _state;
        if (_length == 0) Sha256Constants.InitialState.CopyTo(state);

        byte* last = stackalloc byte[2 * Sha256Block.BlockSize];
        int filled = (int)(_length % Sha256Block.BlockSize);
        int blocks = Sha256Padding.WriteTail(((ReadOnlySpan<byte>)_pending)[..filled], _length, last);
        Sha256Block.Compress((uint*)&state, last, blocks);
        fixed (byte* p = digest) Sha256Block.Store((uint*)&state, p);
    }

    /// <summary>Writes the SHA-256 of the SHA-256 of everything appended, Bitcoin's double hash.</summary>
    /// <param name="destination">At least 32 bytes.</param>
    public readonly void FinishDouble(Span<byte> destination)
    {
        Span<byte> digest = destination[..Sha256Hash.Size];
        Finish(digest);
        fixed (byte* p = digest) Sha256Padding.HashDigest(p, p);
    }

    [InlineArray(8)]
    private struct Words
    {
        private uint _first;
    }

    [InlineArray(Sha256Block.BlockSize)]
    private struct Block
    {
        private byte _first;
    }
}

/// <summary>The end of a message: a one bit, zeros, and the length in bits (FIPS 180-4, 5.1.1).</summary>
internal static unsafe class Sha256Padding
{
    /// <summary>How many blocks of 64 bytes a padded message of <paramref name="length"/> bytes takes.</summary>
    public static long BlockCount(long length) => (length + 9 + 63) / Sha256Block.BlockSize;

    /// <summary>Writes the unfinished last block with its padding; returns how many blocks that makes, 1 or 2.</summary>
    /// <param name="tail">The bytes after the last whole block: 0 to 63.</param>
    /// <param name="length">The whole message's length in bytes.</param>
    /// <param name="blocks">Room for 128 bytes.</param>
    public static int WriteTail(ReadOnlySpan<byte> tail, long length, byte* blocks)
    {
        int count = tail.Length < 56 ? 1 : 2;
        Span<byte> all = new(blocks, count * Sha256Block.BlockSize);
        all[tail.Length..].Clear();
        tail.CopyTo(all);
        all[tail.Length] = 0x80;
        BinaryPrimitives.WriteUInt64BigEndian(all[^8..], (ulong)length * 8);
        return count;
    }

    /// <summary>Writes the SHA-256 of the 32 bytes at <paramref name="digest"/>; the two may be the same.</summary>
    public static void HashDigest(byte* digest, byte* destination)
    {
        if (System.Runtime.Intrinsics.Arm.Sha256.IsSupported) ArmKernel.Digest(digest, destination);
        else ScalarKernel.Digest(digest, destination);
    }
}
