using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Market.Hashing;

/// <summary>Cuts each job into groups of as many messages as a kernel has lanes.</summary>
[SkipLocalsInit]
internal static unsafe class LaneKernels
{
    private const int MaxLanes = 16;

    /// <summary>Double hashes of messages of 80 bytes.</summary>
    public static void Headers(HashKernel kernel, byte* headers, byte* hashes, int count)
    {
        int lanes = HashKernels.Lanes(kernel);
        for (; count >= lanes; count -= lanes, headers += 80L * lanes, hashes += 32L * lanes)
        {
            HeaderGroup(kernel, headers, hashes);
        }

        if (count == 0) return;
        if (count == 1)
        {
            ScalarKernel.Header(headers, hashes);
            return;
        }

        byte* input = stackalloc byte[80 * MaxLanes];
        byte* output = stackalloc byte[32 * MaxLanes];
        Unsafe.CopyBlockUnaligned(input, headers, (uint)(80 * count));
        HeaderGroup(kernel, input, output);
        Unsafe.CopyBlockUnaligned(hashes, output, (uint)(32 * count));
    }

    /// <summary>Double hashes of messages of 64 bytes; the output may be the beginning of the input.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="pairs">The messages.</param>
    /// <param name="hashes">Where the hashes go.</param>
    /// <param name="count">How many messages.</param>
    /// <param name="oddNode">Whether 32 more bytes follow, to be paired with themselves as one more message.</param>
    public static void Pairs(HashKernel kernel, byte* pairs, byte* hashes, int count, bool oddNode = false)
    {
        int lanes = HashKernels.Lanes(kernel);
        for (; count >= lanes; count -= lanes, pairs += 64L * lanes, hashes += 32L * lanes)
        {
            PairGroup(kernel, pairs, hashes);
        }

        int left = count + (oddNode ? 1 : 0);
        if (left == 0) return;
        byte* input = stackalloc byte[64 * MaxLanes];
        byte* output = stackalloc byte[32 * MaxLanes];
        Unsafe.CopyBlockUnaligned(input, pairs, (uint)(64 * count));
        if (oddNode)
        {
            Unsafe.CopyBlockUnaligned(input + 64 * count, pairs + 64 * count, 32);
            Unsafe.CopyBlockUnaligned(input + 64 * count + 32, pairs + 64 * count, 32);
        }

        if (left == 1) ScalarKernel.Pair(input, output);
        else PairGroup(kernel, input, output);
        Unsafe.CopyBlockUnaligned(hashes, output, (uint)(32 * left));
    }

    /// <summary>Single hashes of messages of 32 bytes; the output may be the input.</summary>
    public static void Digests(HashKernel kernel, byte* digests, byte* hashes, int count)
    {
        int lanes = HashKernels.Lanes(kernel);
        for (; count >= lanes; count -= lanes, digests += 32L * lanes, hashes += 32L * lanes)
        {
            DigestGroup(kernel, digests, hashes);
        }

        if (count == 0) return;
        byte* room = stackalloc byte[32 * MaxLanes];
        Unsafe.CopyBlockUnaligned(room, digests, (uint)(32 * count));
        if (count == 1) ScalarKernel.Digest(room, room);
        else DigestGroup(kernel, room, room);
        Unsafe.CopyBlockUnaligned(hashes, room, (uint)(32 * count));
    }

    /// <summary>Mixes blocks of each message of a group into their states.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="state">Word i of lane j is [lanes * i + j].</param>
    /// <param name="blocks">Where each lane's next blocks of 64 bytes are.</param>
    /// <param name="count">How many blocks of each.</param>
    public static void Compress(HashKernel kernel, uint* state, byte** blocks, int count)
    {
        switch (kernel)
        {
            case HashKernel.Avx512BW when Avx512BW.IsSupported:
                Avx512Kernel.Compress(state, blocks, count);
                break;
            case HashKernel.Avx512BW or HashKernel.Avx2:
                Avx2Kernel.Compress(state, blocks, count);
                break;
            case HashKernel.ArmSha256:
                for (int i = 0; i < count; i++) ArmKernel.Compress(state, *blocks + 64L * i);
                break;
            default:
                for (int i = 0; i < count; i++) ScalarKernel.Compress(state, *blocks + 64L * i);
                break;
        }
    }

    /// <summary>Looks for nonces whose hash may meet the target, a group of as many as there are lanes at a time.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="job">The header, its first version and the target.</param>
    /// <param name="nonce">The first nonce.</param>
    /// <param name="groups">How many groups to try.</param>
    /// <param name="masks">Gets a bit for each lane of the group stopped at.</param>
    /// <returns>The first group with a candidate, or <paramref name="groups"/>.</returns>
    public static long Scan(HashKernel kernel, ScanJob job, uint nonce, long groups, uint* masks) => kernel switch
    {
        HashKernel.Avx512BW when Avx512BW.IsSupported => Avx512Kernel.Scan(job, nonce, groups, masks),
        HashKernel.Avx512BW or HashKernel.Avx2 => Avx2Kernel.Scan(job, nonce, groups, masks),
        HashKernel.ArmSha256 => ArmKernel.Scan(job, nonce, groups, masks),
        _ => ScalarKernel.Scan(job, nonce, groups, masks),
    };

    /// <summary>The same under several versions, which share the schedule of the header's second block.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="job">The header, its versions and the target.</param>
    /// <param name="nonce">The first nonce.</param>
    /// <param name="groups">How many groups to try.</param>
    /// <param name="masks">Gets for each version a bit for each lane of the group stopped at.</param>
    /// <returns>The first group with a candidate, or <paramref name="groups"/>.</returns>
    public static long ScanVersions(HashKernel kernel, ScanJob job, uint nonce, long groups, uint* masks) =>
        kernel switch
        {
            HashKernel.Avx512BW when Avx512BW.IsSupported => Avx512Kernel.ScanVersions(job, nonce, groups, masks),
            HashKernel.Avx512BW or HashKernel.Avx2 => Avx2Kernel.ScanVersions(job, nonce, groups, masks),
            HashKernel.ArmSha256 => ArmKernel.Scan(job, nonce, groups, masks),
            _ => ScalarKernel.Scan(job, nonce, groups, masks),
        };

    private static void HeaderGroup(HashKernel kernel, byte* headers, byte* hashes)
    {
        switch (kernel)
        {
            case HashKernel.Avx512BW when Avx512BW.IsSupported:
                Avx512Kernel.Headers(headers, hashes);
                break;
            case HashKernel.Avx512BW or HashKernel.Avx2:
                Avx2Kernel.Headers(headers, hashes);
                break;
            case HashKernel.ArmSha256:
                ArmKernel.Header(headers, hashes);
                break;
            default:
                ScalarKernel.Header(headers, hashes);
                break;
        }
    }

    private static void PairGroup(HashKernel kernel, byte* pairs, byte* hashes)
    {
        switch (kernel)
        {
            case HashKernel.Avx512BW when Avx512BW.IsSupported:
                Avx512Kernel.Pairs(pairs, hashes);
                break;
            case HashKernel.Avx512BW or HashKernel.Avx2:
                Avx2Kernel.Pairs(pairs, hashes);
                break;
            case HashKernel.ArmSha256:
                ArmKernel.Pair(pairs, hashes);
                break;
            default:
                ScalarKernel.Pair(pairs, hashes);
                break;
        }
    }

    private static void DigestGroup(HashKernel kernel, byte* digests, byte* hashes)
    {
        switch (kernel)
        {
            case HashKernel.Avx512BW when Avx512BW.IsSupported:
                Avx512Kernel.Digests(digests, hashes);
                break;
            case HashKernel.Avx512BW or HashKernel.Avx2:
                Avx2Kernel.Digests(digests, hashes);
                break;
            case HashKernel.ArmSha256:
                ArmKernel.Digest(digests, hashes);
                break;
            default:
                ScalarKernel.Digest(digests, hashes);
                break;
        }
    }
}
