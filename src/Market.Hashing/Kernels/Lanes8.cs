using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Market.Hashing;

/// <summary>Turns eight messages' words into eight lanes of vectors, and back.</summary>
internal static unsafe class Lanes8
{
    /// <summary>Swaps the bytes of each word: SHA-256 reads and writes big-endian.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> SwapBytes(Vector256<uint> x)
    {
        Vector256<byte> order = Vector256.Create(
            (byte)3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12,
            19, 18, 17, 16, 23, 22, 21, 20, 27, 26, 25, 24, 31, 30, 29, 28);
        return Vector256.Shuffle(x.AsByte(), order).AsUInt32();
    }

    /// <summary>Transposes the 8 by 8 words of rows[0] to rows[7] in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(
        ref Vector256<uint> r0, ref Vector256<uint> r1, ref Vector256<uint> r2, ref Vector256<uint> r3,
        ref Vector256<uint> r4, ref Vector256<uint> r5, ref Vector256<uint> r6, ref Vector256<uint> r7)
    {
        // Pairs of rows, then quarters, then halves.
        Vector256<ulong> a0 = Low32(r0, r1), a1 = High32(r0, r1), a2 = Low32(r2, r3), a3 = High32(r2, r3);
        Vector256<ulong> a4 = Low32(r4, r5), a5 = High32(r4, r5), a6 = Low32(r6, r7), a7 = High32(r6, r7);
        Vector256<uint> b0 = Low64(a0, a2), b1 = High64(a0, a2), b2 = Low64(a1, a3), b3 = High64(a1, a3);
        Vector256<uint> b4 = Low64(a4, a6), b5 = High64(a4, a6), b6 = Low64(a5, a7), b7 = High64(a5, a7);
        r0 = LowHalves(b0, b4);
        r1 = LowHalves(b1, b5);
        r2 = LowHalves(b2, b6);
        r3 = LowHalves(b3, b7);
        r4 = HighHalves(b0, b4);
        r5 = HighHalves(b1, b5);
        r6 = HighHalves(b2, b6);
        r7 = HighHalves(b3, b7);
    }

    /// <summary>Reads 8 words at each of 8 places, big-endian, as 8 vectors: out[word] has a lane for each place.</summary>
    /// <param name="p0">The first place.</param>
    /// <param name="stride">The distance between places in bytes.</param>
    /// <param name="step">The distance between the vectors written: 1, or 2 to fill halves of wider ones.</param>
    /// <param name="output">Where the vectors go.</param>
    public static void Load8(byte* p0, int stride, Vector256<uint>* output, int step)
    {
        byte* p1 = p0 + stride, p2 = p1 + stride, p3 = p2 + stride, p4 = p3 + stride;
        byte* p5 = p4 + stride, p6 = p5 + stride, p7 = p6 + stride;
        Load8(p0, p1, p2, p3, p4, p5, p6, p7, output, step);
    }

    /// <summary>The same from 8 places named one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load8(
        byte* p0, byte* p1, byte* p2, byte* p3, byte* p4, byte* p5, byte* p6, byte* p7,
        Vector256<uint>* output, int step)
    {
        Vector256<uint> r0 = Row(p0), r1 = Row(p1), r2 = Row(p2), r3 = Row(p3);
        Vector256<uint> r4 = Row(p4), r5 = Row(p5), r6 = Row(p6), r7 = Row(p7);
        Transpose(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
        output[0] = r0;
        output[step] = r1;
        output[2 * step] = r2;
        output[3 * step] = r3;
        output[4 * step] = r4;
        output[5 * step] = r5;
        output[6 * step] = r6;
        output[7 * step] = r7;
    }

    /// <summary>Writes 8 digests of 32 bytes end to end from 8 vectors of words.</summary>
    public static void Store8(Vector256<uint>* digest, int step, byte* output)
    {
        Vector256<uint> r0 = digest[0], r1 = digest[step], r2 = digest[2 * step], r3 = digest[3 * step];
        Vector256<uint> r4 = digest[4 * step], r5 = digest[5 * step], r6 = digest[6 * step], r7 = digest[7 * step];
        Transpose(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
        Vector256<uint>* rows = (Vector256<uint>*)output;
        rows[0] = SwapBytes(r0);
        rows[1] = SwapBytes(r1);
        rows[2] = SwapBytes(r2);
        rows[3] = SwapBytes(r3);
        rows[4] = SwapBytes(r4);
        rows[5] = SwapBytes(r5);
        rows[6] = SwapBytes(r6);
        rows[7] = SwapBytes(r7);
    }

    private static Vector256<uint> Row(byte* p) => SwapBytes(Unsafe.ReadUnaligned<Vector256<uint>>(p));

    private static Vector256<ulong> Low32(Vector256<uint> x, Vector256<uint> y) => Avx2.IsSupported
        ? Avx2.UnpackLow(x, y).AsUInt64()
        : Vector256.Create(x[0], y[0], x[1], y[1], x[4], y[4], x[5], y[5]).AsUInt64();

    private static Vector256<ulong> High32(Vector256<uint> x, Vector256<uint> y) => Avx2.IsSupported
        ? Avx2.UnpackHigh(x, y).AsUInt64()
        : Vector256.Create(x[2], y[2], x[3], y[3], x[6], y[6], x[7], y[7]).AsUInt64();

    private static Vector256<uint> Low64(Vector256<ulong> x, Vector256<ulong> y) => Avx2.IsSupported
        ? Avx2.UnpackLow(x, y).AsUInt32()
        : Vector256.Create(x[0], y[0], x[2], y[2]).AsUInt32();

    private static Vector256<uint> High64(Vector256<ulong> x, Vector256<ulong> y) => Avx2.IsSupported
        ? Avx2.UnpackHigh(x, y).AsUInt32()
        : Vector256.Create(x[1], y[1], x[3], y[3]).AsUInt32();

    private static Vector256<uint> LowHalves(Vector256<uint> x, Vector256<uint> y) => Avx2.IsSupported
        ? Avx2.Permute2x128(x, y, 0x20)
        : Vector256.Create(x.GetLower(), y.GetLower());

    private static Vector256<uint> HighHalves(Vector256<uint> x, Vector256<uint> y) => Avx2.IsSupported
        ? Avx2.Permute2x128(x, y, 0x31)
        : Vector256.Create(x.GetUpper(), y.GetUpper());
}
