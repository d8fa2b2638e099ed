using System.Runtime.Intrinsics;

namespace Market.Hashing;

// The library's own text is compiled here, and finds these two before those of System.Runtime.Intrinsics.X86: they stand in
// the namespace that it stands in. So what is tested is the 512-bit kernel to the letter, on a processor without it.

/// <summary>The operations of AVX-512 that the kernels name: exact, slow, and everywhere.</summary>
internal static class Avx512F
{
    private const byte ExclusiveOr = 0x96;
    private const byte Choice = 0xca;
    private const byte Majority = 0xe8;

    public static Vector512<uint> RotateRight(Vector512<uint> value, byte count) =>
        (value >>> count) | (value << (32 - count));

    public static Vector512<uint> TernaryLogic(
        Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, byte control) => control switch
        {
            ExclusiveOr => a ^ b ^ c,
            Choice => c ^ (a & (b ^ c)),
            Majority => (a & b) | (c & (a | b)),
            _ => throw new ArgumentOutOfRangeException(nameof(control)),
        };
}

/// <summary>What the dispatcher asks.</summary>
internal static class Avx512BW
{
    public static bool IsSupported => true;
}
