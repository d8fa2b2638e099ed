using System.Runtime.Intrinsics;

namespace Market.Hashing;

/// <summary>The operations of AVX-512 the kernels name, for machines that lack them: exact and slow.</summary>
internal static class PortableAvx512F
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
