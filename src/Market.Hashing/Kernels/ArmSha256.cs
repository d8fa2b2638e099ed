using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Instructions = System.Runtime.Intrinsics.Arm.Sha256;

namespace Market.Hashing;

/// <summary>Arm's SHA-2 instructions, or what the Arm manual says they do where they are missing.</summary>
internal static class ArmSha256
{
    /// <summary>SHA256H: a to d after four rounds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> HashUpdate1(Vector128<uint> abcd, Vector128<uint> efgh, Vector128<uint> keyed) =>
        Instructions.IsSupported
            ? Instructions.HashUpdate1(abcd, efgh, keyed)
            : FourRounds(abcd, efgh, keyed).Abcd;

    /// <summary>SHA256H2: e to h after four rounds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> HashUpdate2(Vector128<uint> efgh, Vector128<uint> abcd, Vector128<uint> keyed) =>
        Instructions.IsSupported
            ? Instructions.HashUpdate2(efgh, abcd, keyed)
            : FourRounds(abcd, efgh, keyed).Efgh;

    /// <summary>SHA256SU0: each word plus the small sigma 0 of the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> ScheduleUpdate0(Vector128<uint> w0, Vector128<uint> w4) =>
        Instructions.IsSupported
            ? Instructions.ScheduleUpdate0(w0, w4)
            : w0 + Vector128.Create(Sigma0(w0[1]), Sigma0(w0[2]), Sigma0(w0[3]), Sigma0(w4[0]));

    /// <summary>SHA256SU1: the next four words from what SHA256SU0 made of the first and the last eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> ScheduleUpdate1(Vector128<uint> partial, Vector128<uint> w8, Vector128<uint> w12)
    {
        if (Instructions.IsSupported) return Instructions.ScheduleUpdate1(partial, w8, w12);
        uint x0 = partial[0] + w8[1] + Sigma1(w12[2]);
        uint x1 = partial[1] + w8[2] + Sigma1(w12[3]);
        return Vector128.Create(x0, x1, partial[2] + w8[3] + Sigma1(x0), partial[3] + w12[0] + Sigma1(x1));
    }

    private static (Vector128<uint> Abcd, Vector128<uint> Efgh) FourRounds(
        Vector128<uint> abcd, Vector128<uint> efgh, Vector128<uint> keyed)
    {
        (uint a, uint b, uint c, uint d) = (abcd[0], abcd[1], abcd[2], abcd[3]);
        (uint e, uint f, uint g, uint h) = (efgh[0], efgh[1], efgh[2], efgh[3]);
        for (int i = 0; i < 4; i++)
        {
            uint s1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11)
                ^ BitOperations.RotateRight(e, 25);
            uint s0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13)
                ^ BitOperations.RotateRight(a, 22);
            uint t1 = h + s1 + (g ^ (e & (f ^ g))) + keyed[i];
            uint t2 = s0 + ((a & b) | (c & (a | b)));
            (h, g, f, e) = (g, f, e, d + t1);
            (d, c, b, a) = (c, b, a, t1 + t2);
        }

        return (Vector128.Create(a, b, c, d), Vector128.Create(e, f, g, h));
    }

    private static uint Sigma0(uint x) =>
        BitOperations.RotateRight(x, 7) ^ BitOperations.RotateRight(x, 18) ^ (x >> 3);

    private static uint Sigma1(uint x) =>
        BitOperations.RotateRight(x, 17) ^ BitOperations.RotateRight(x, 19) ^ (x >> 10);
}
