using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Market.Hashing;

/// <summary>The jobs one message at a time. The other kernels give exactly the same bytes.</summary>
[SkipLocalsInit]
internal static unsafe class ScalarKernel
{
    /// <summary>The double hash of a message of 80 bytes.</summary>
    public static void Header(byte* header, byte* hash)
    {
        uint* w = stackalloc uint[16];
        uint* state = stackalloc uint[8];
        Sha256Block.Initialize(state);
        Load(header, w, 16);
        ScalarRounds.Compress(w, state);
        Load(header + 64, w, 4);
        Pad(w, 4, HeaderHasher.HeaderSize);
        ScalarRounds.Compress(w, state);
        Finish(w, state, hash);
    }

    /// <summary>The double hash of a message of 64 bytes, which may be where the hash goes.</summary>
    public static void Pair(byte* pair, byte* hash)
    {
        uint* w = stackalloc uint[16];
        uint* state = stackalloc uint[8];
        Sha256Block.Initialize(state);
        Load(pair, w, 16);
        ScalarRounds.Compress(w, state);
        Pad(w, 0, 64);
        ScalarRounds.Compress(w, state);
        Finish(w, state, hash);
    }

    /// <summary>The single hash of a message of 32 bytes, which may be where the hash goes.</summary>
    public static void Digest(byte* digest, byte* hash)
    {
        uint* w = stackalloc uint[16];
        uint* state = stackalloc uint[8];
        Load(digest, state, 8);
        Finish(w, state, hash);
    }

    /// <summary>Mixes a block of 64 bytes into a state of 8 words.</summary>
    public static void Compress(uint* state, byte* block)
    {
        uint* w = stackalloc uint[16];
        Load(block, w, 16);
        ScalarRounds.Compress(w, state);
    }

    /// <inheritdoc cref="LaneKernels.ScanVersions"/>
    public static long Scan(ScanJob job, uint nonce, long groups, uint* masks)
    {
        const int PerVersion = ScalarRounds.PrepareScanCount;
        uint* u = stackalloc uint[PerVersion * NonceScanner.MaxVersions];
        uint* w = stackalloc uint[16];
        for (int v = 0; v < job.Versions; v++)
        {
            ScalarRounds.PrepareScan(job.Midstates + 8 * v, job.Tail, u + PerVersion * v);
        }

        for (long i = 0; i < groups; i++)
        {
            uint any = 0;
            for (int v = 0; v < job.Versions; v++)
            {
                ScalarRounds.ScanFirst(u + PerVersion * v, BinaryPrimitives.ReverseEndianness((uint)(nonce + i)), w);
                masks[v] = BinaryPrimitives.ReverseEndianness(ScalarRounds.ScanLast(w)) <= job.TargetTop ? 1u : 0u;
                any |= masks[v];
            }

            if (any != 0) return i;
        }

        return groups;
    }

    // Writes the hash of the 8 words in state.
    private static void Finish(uint* w, uint* state, byte* hash)
    {
        for (int i = 0; i < 8; i++) w[i] = state[i];
        Pad(w, 8, 32);
        Sha256Block.Initialize(state);
        ScalarRounds.Compress(w, state);
        Sha256Block.Store(state, hash);
    }

    private static void Pad(uint* w, int words, uint bytes)
    {
        w[words] = 0x80000000;
        for (int i = words + 1; i < 15; i++) w[i] = 0;
        w[15] = bytes * 8;
    }

    private static void Load(byte* bytes, uint* words, int count)
    {
        for (int i = 0; i < count; i++)
        {
            words[i] = BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(bytes + 4 * i));
        }
    }
}
