using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Market.Hashing;

/// <summary>The jobs one message at a time with Arm's SHA-2 instructions, four rounds each.</summary>
[SkipLocalsInit]
internal static unsafe class ArmKernel
{
    /// <summary>The double hash of a message of 80 bytes.</summary>
    public static void Header(byte* header, byte* hash)
    {
        uint* state = stackalloc uint[8];
        byte* tail = stackalloc byte[2 * Sha256Block.BlockSize];
        Sha256Padding.WriteTail(new ReadOnlySpan<byte>(header + 64, 16), 80, tail);
        Sha256Block.Initialize(state);
        Compress(state, header);
        Compress(state, tail);
        Finish(state, hash);
    }

    /// <summary>The double hash of a message of 64 bytes, which may be where the hash goes.</summary>
    public static void Pair(byte* pair, byte* hash)
    {
        uint* state = stackalloc uint[8];
        byte* tail = stackalloc byte[2 * Sha256Block.BlockSize];
        Sha256Padding.WriteTail([], 64, tail);
        Sha256Block.Initialize(state);
        Compress(state, pair);
        Compress(state, tail);
        Finish(state, hash);
    }

    /// <summary>The single hash of a message of 32 bytes, which may be where the hash goes.</summary>
    public static void Digest(byte* digest, byte* hash)
    {
        uint* state = stackalloc uint[8];
        byte* block = stackalloc byte[2 * Sha256Block.BlockSize];
        Sha256Padding.WriteTail(new ReadOnlySpan<byte>(digest, 32), 32, block);
        Sha256Block.Initialize(state);
        Compress(state, block);
        Sha256Block.Store(state, hash);
    }

    /// <inheritdoc cref="LaneKernels.ScanVersions"/>
    public static long Scan(ScanJob job, uint nonce, long groups, uint* masks)
    {
        uint* state = stackalloc uint[8];
        byte* hash = stackalloc byte[32];
        byte* block = stackalloc byte[2 * Sha256Block.BlockSize];
        Span<byte> tail = new(hash, 16);
        for (int i = 0; i < 3; i++) BinaryPrimitives.WriteUInt32BigEndian(tail[(4 * i)..], job.Tail[i]);
        Sha256Padding.WriteTail(tail, HeaderHasher.HeaderSize, block);
        for (long i = 0; i < groups; i++)
        {
            uint any = 0;
            BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(block + 12, 4), (uint)(nonce + i));
            for (int v = 0; v < job.Versions; v++)
            {
                Unsafe.CopyBlockUnaligned(state, job.Midstates + 8 * v, 32);
                Compress(state, block);
                Finish(state, hash);
                uint top = BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(hash + 28, 4));
                masks[v] = top <= job.TargetTop ? 1u : 0u;
                any |= masks[v];
            }

            if (any != 0) return i;
        }

        return groups;
    }

    /// <summary>Mixes a block of 64 bytes into a state of 8 words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress(uint* state, byte* block)
    {
        Vector128<uint>* halves = (Vector128<uint>*)state;
        Vector128<uint> abcd = halves[0], efgh = halves[1];
        Vector128<uint> w0 = Words(block), w1 = Words(block + 16), w2 = Words(block + 32), w3 = Words(block + 48);
        fixed (uint* constants = Sha256Constants.K)
        {
            Vector128<uint>* k = (Vector128<uint>*)constants;
            for (int i = 0; i < 12; i++)
            {
                FourRounds(ref abcd, ref efgh, w0 + k[i]);
                Vector128<uint> next = ArmSha256.ScheduleUpdate1(ArmSha256.ScheduleUpdate0(w0, w1), w2, w3);
                w0 = w1;
                w1 = w2;
                w2 = w3;
                w3 = next;
            }

            FourRounds(ref abcd, ref efgh, w0 + k[12]);
            FourRounds(ref abcd, ref efgh, w1 + k[13]);
            FourRounds(ref abcd, ref efgh, w2 + k[14]);
            FourRounds(ref abcd, ref efgh, w3 + k[15]);
        }

        halves[0] += abcd;
        halves[1] += efgh;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourRounds(ref Vector128<uint> abcd, ref Vector128<uint> efgh, Vector128<uint> keyed)
    {
        Vector128<uint> before = abcd;
        abcd = ArmSha256.HashUpdate1(before, efgh, keyed);
        efgh = ArmSha256.HashUpdate2(efgh, before, keyed);
    }

    private static void Finish(uint* state, byte* hash)
    {
        byte* digest = stackalloc byte[32];
        Sha256Block.Store(state, digest);
        Digest(digest, hash);
    }

    private static Vector128<uint> Words(byte* bytes)
    {
        Vector128<byte> order = Vector128.Create((byte)3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
        return Vector128.Shuffle(Unsafe.ReadUnaligned<Vector128<byte>>(bytes), order).AsUInt32();
    }
}
