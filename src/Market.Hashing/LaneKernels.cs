using System.Runtime.CompilerServices;

namespace Market.Hashing;

/// <summary>Sends each job to a kernel.</summary>
[SkipLocalsInit]
internal static unsafe class LaneKernels
{
    /// <summary>Double hashes of messages of 80 bytes.</summary>
    public static void Headers(HashKernel kernel, byte* headers, byte* hashes, int count)
    {
        _ = kernel;
        ScalarKernel.Headers(headers, hashes, count);
    }

    /// <summary>Double hashes of messages of 64 bytes; the output may be the beginning of the input.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="pairs">The messages.</param>
    /// <param name="hashes">Where the hashes go.</param>
    /// <param name="count">How many messages.</param>
    /// <param name="oddNode">Whether 32 more bytes follow, to be paired with themselves as one more message.</param>
    public static void Pairs(HashKernel kernel, byte* pairs, byte* hashes, int count, bool oddNode = false)
    {
        _ = kernel;
        byte* odd = stackalloc byte[64];
        if (oddNode)
        {
            Unsafe.CopyBlockUnaligned(odd, pairs + 64L * count, 32);
            Unsafe.CopyBlockUnaligned(odd + 32, odd, 32);
        }

        ScalarKernel.Pairs(pairs, hashes, count);
        if (oddNode) ScalarKernel.Pairs(odd, hashes + 32L * count, 1);
    }
}
