using System.Runtime.Intrinsics.X86;
using ArmSha256Instructions = System.Runtime.Intrinsics.Arm.Sha256;

namespace Market.Hashing;

/// <summary>Which kernels this processor has, and the one used when a caller names none.</summary>
/// <remarks>
/// A kernel named explicitly always gives the right answer: where the processor lacks AVX-512, AVX2 stands in for it, and the
/// others run on portable vectors, slowly.
/// The runtime's switches (<c>DOTNET_EnableAVX512=0</c>, <c>DOTNET_EnableAVX2=0</c>) are honoured.
/// </remarks>
public static class HashKernels
{
    /// <summary>The fastest kernel this processor supports: AVX-512, AVX2, Arm SHA-2, then scalar.</summary>
    public static HashKernel Active { get; } = Detect();

    /// <summary>Every kernel, fastest first where supported.</summary>
    public static ReadOnlySpan<HashKernel> All =>
        [HashKernel.Avx512BW, HashKernel.Avx2, HashKernel.ArmSha256, HashKernel.Scalar];

    /// <summary>Whether the processor has the instructions <paramref name="kernel"/> is written for.</summary>
    public static bool IsSupported(HashKernel kernel) => kernel switch
    {
        HashKernel.Scalar => true,
        HashKernel.ArmSha256 => ArmSha256Instructions.IsSupported,
        HashKernel.Avx2 => Avx2.IsSupported,
        HashKernel.Avx512BW => Avx512BW.IsSupported,
        _ => false,
    };

    /// <summary>How many messages <paramref name="kernel"/> hashes side by side.</summary>
    public static int Lanes(HashKernel kernel) => kernel switch
    {
        HashKernel.Avx512BW when Avx512BW.IsSupported => 16,
        HashKernel.Avx512BW or HashKernel.Avx2 => 8,
        _ => 1,
    };

    private static HashKernel Detect()
    {
        foreach (HashKernel kernel in All)
        {
            if (IsSupported(kernel)) return kernel;
        }

        return HashKernel.Scalar;
    }
}
