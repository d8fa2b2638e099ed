using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Market.Hashing;

/// <summary>The jobs one message at a time. The other kernels give exactly the same bytes.</summary>
[SkipLocalsInit]
internal static unsafe class ScalarKernel
{
    /// <summary>Double hashes of <paramref name="count"/> messages of 80 bytes.</summary>
    public static void Headers(byte* headers, byte* hashes, int count)
    {
        uint* state = stackalloc uint[8];
        byte* tail = stackalloc byte[2 * Sha256Block.BlockSize];
        byte* digest = stackalloc byte[Sha256Hash.Size];
        for (int i = 0; i < count; i++, headers += 80, hashes += 32)
        {
            Sha256Block.Initialize(state);
            Sha256Block.Compress(state, headers);
            Sha256Padding.WriteTail(new ReadOnlySpan<byte>(headers + 64, 16), 80, tail);
            Sha256Block.Compress(state, tail);
            Sha256Block.Store(state, digest);
            Sha256Padding.HashDigest(digest, hashes);
        }
    }

    /// <summary>Double hashes of <paramref name="count"/> messages of 64 bytes.</summary>
    public static void Pairs(byte* pairs, byte* hashes, int count)
    {
        uint* state = stackalloc uint[8];
        byte* tail = stackalloc byte[2 * Sha256Block.BlockSize];
        byte* digest = stackalloc byte[Sha256Hash.Size];
        Sha256Padding.WriteTail([], 64, tail);
        for (int i = 0; i < count; i++, pairs += 64, hashes += 32)
        {
            Sha256Block.Initialize(state);
            Sha256Block.Compress(state, pairs);
            Sha256Block.Compress(state, tail);
            Sha256Block.Store(state, digest);
            Sha256Padding.HashDigest(digest, hashes);
        }
    }

    /// <summary>Single hashes of <paramref name="count"/> messages of 32 bytes.</summary>
    public static void Digests(byte* digests, byte* hashes, int count)
    {
        for (int i = 0; i < count; i++) Sha256Padding.HashDigest(digests + 32 * i, hashes + 32 * i);
    }

    /// <summary>The double hash of a header, as a 256-bit little-endian number's bytes.</summary>
    /// <param name="midstate">The state after the header's first 64 bytes.</param>
    /// <param name="tail">The header's last 16 bytes padded to a block; the nonce in it is overwritten.</param>
    /// <param name="nonce">The nonce.</param>
    /// <param name="hash">Room for 32 bytes.</param>
    public static void HeaderWithNonce(uint* midstate, byte* tail, uint nonce, byte* hash)
    {
        uint* state = stackalloc uint[8];
        Unsafe.CopyBlockUnaligned(state, midstate, 32);
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(tail + 12, 4), nonce);
        Sha256Block.Compress(state, tail);
        Sha256Block.Store(state, hash);
        Sha256Padding.HashDigest(hash, hash);
    }
}
