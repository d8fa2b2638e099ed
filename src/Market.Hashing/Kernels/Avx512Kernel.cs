using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Market.Hashing;

/// <summary>The jobs on sixteen messages at a time.</summary>
[SkipLocalsInit]
internal static unsafe class Avx512Kernel
{
    public const int Lanes = 16;

    private const int ScanWords = Avx512Rounds.PrepareScanCount;
    private const int ScanRoundsWords = Avx512Rounds.PrepareScanRoundsCount;
    private const int ScanScheduleWords = Avx512Rounds.PrepareScanScheduleCount;

    /// <summary>Double hashes of 16 messages of 80 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Headers(byte* headers, byte* hashes)
    {
        byte* room = stackalloc byte[24 * 64 + 64];
        Vector512<uint>* w = Align(room);
        Vector512<uint>* state = w + 16;
        Load16(headers, 80, w);
        Load16(headers + 32, 80, w + 8);
        Avx512Rounds.First(w, state);

        // Words 12 to 19 are read for the last four, so that nothing behind the last header is.
        Load16(headers + 48, 80, w + 4);
        for (int i = 0; i < 4; i++) w[i] = w[i + 8];
        Avx512Rounds.HeaderTail(w, state);
        Finish(state, hashes);
    }

    /// <summary>Double hashes of 16 messages of 64 bytes. All are read before anything is written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pairs(byte* pairs, byte* hashes)
    {
        byte* room = stackalloc byte[24 * 64 + 64];
        Vector512<uint>* w = Align(room);
        Vector512<uint>* state = w + 16;
        Load16(pairs, 64, w);
        Load16(pairs + 32, 64, w + 8);
        Avx512Rounds.First(w, state);
        Avx512Rounds.PairTail(state);
        Finish(state, hashes);
    }

    /// <summary>Single hashes of 16 messages of 32 bytes. All are read before anything is written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Digests(byte* digests, byte* hashes)
    {
        byte* room = stackalloc byte[8 * 64 + 64];
        Vector512<uint>* w = Align(room);
        Load16(digests, 32, w);
        Finish(w, hashes);
    }

    /// <summary>Mixes blocks of each of 16 messages into 16 states.</summary>
    /// <param name="state">Word i of lane j is state[16 * i + j].</param>
    /// <param name="blocks">Where the 16 messages' next blocks of 64 bytes are.</param>
    /// <param name="count">How many blocks of each.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress(uint* state, byte** blocks, int count)
    {
        byte* room = stackalloc byte[16 * 64 + 64];
        Vector512<uint>* w = Align(room);
        for (long at = 0; at < 64L * count; at += 64)
        {
            Load(blocks, at, (Vector256<uint>*)w);
            Load(blocks + 8, at, (Vector256<uint>*)w + 1);
            Load(blocks, at + 32, (Vector256<uint>*)(w + 8));
            Load(blocks + 8, at + 32, (Vector256<uint>*)(w + 8) + 1);
            Avx512Rounds.Compress(w, (Vector512<uint>*)state);
        }
    }

    /// <inheritdoc cref="LaneKernels.Scan"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long Scan(ScanJob job, uint nonce, long groups, uint* masks)
    {
        byte* room = stackalloc byte[(ScanWords + 16) * 64 + 64];
        Vector512<uint>* u = Align(room);
        Vector512<uint>* w = u + ScanWords;
        Avx512Rounds.PrepareScan(job.Midstates, job.Tail, u);
        Vector512<uint> nonces = Vector512.Create(nonce) + Vector512<uint>.Indices;
        Vector512<uint> top = Vector512.Create(job.TargetTop);
        for (long i = 0; i < groups; i++)
        {
            Avx512Rounds.ScanFirst(u, SwapBytes(nonces), w);
            masks[0] = Mask(Avx512Rounds.ScanLast(w), top);
            if (masks[0] != 0) return i;
            nonces += Vector512.Create((uint)Lanes);
        }

        return groups;
    }

    /// <inheritdoc cref="LaneKernels.ScanVersions"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long ScanVersions(ScanJob job, uint nonce, long groups, uint* masks)
    {
        int versions = job.Versions;
        byte* room = stackalloc byte[
            (16 + 64 + ScanScheduleWords + ScanRoundsWords * NonceScanner.MaxVersions) * 64 + 64];
        Vector512<uint>* w = Align(room);
        Vector512<uint>* keyed = w + 16;
        Vector512<uint>* u = keyed + 64;
        Vector512<uint>* rounds = u + ScanScheduleWords;
        Avx512Rounds.PrepareScanSchedule(job.Midstates, job.Tail, u);
        for (int v = 0; v < versions; v++)
        {
            Avx512Rounds.PrepareScanRounds(job.Midstates + 8 * v, job.Tail, rounds + ScanRoundsWords * v);
        }

        Vector512<uint> nonces = Vector512.Create(nonce) + Vector512<uint>.Indices;
        Vector512<uint> top = Vector512.Create(job.TargetTop);
        for (long i = 0; i < groups; i++)
        {
            uint any = 0;
            Avx512Rounds.ScanSchedule(u, SwapBytes(nonces), w, keyed);
            for (int v = 0; v < versions; v++)
            {
                Vector512<uint>* own = rounds + ScanRoundsWords * v;
                Avx512Rounds.ScanRounds(own, keyed, w);
                masks[v] = Mask(Avx512Rounds.ScanLast(w), top);
                any |= masks[v];
            }

            if (any != 0) return i;
            nonces += Vector512.Create((uint)Lanes);
        }

        return groups;
    }

    private static uint Mask(Vector512<uint> lastWords, Vector512<uint> top) =>
        (uint)Vector512.LessThanOrEqual(SwapBytes(lastWords), top).ExtractMostSignificantBits();

    private static Vector512<uint> SwapBytes(Vector512<uint> x) =>
        Vector512.Create(Lanes8.SwapBytes(x.GetLower()), Lanes8.SwapBytes(x.GetUpper()));

    private static void Load16(byte* first, int stride, Vector512<uint>* w)
    {
        Lanes8.Load8(first, stride, (Vector256<uint>*)w, 2);
        Lanes8.Load8(first + 8 * stride, stride, (Vector256<uint>*)w + 1, 2);
    }

    private static void Finish(Vector512<uint>* state, byte* hashes)
    {
        Avx512Rounds.Digest(state, state);
        Lanes8.Store8((Vector256<uint>*)state, 2, hashes);
        Lanes8.Store8((Vector256<uint>*)state + 1, 2, hashes + 8 * 32);
    }

    private static void Load(byte** blocks, long at, Vector256<uint>* w) => Lanes8.Load8(
        blocks[0] + at, blocks[1] + at, blocks[2] + at, blocks[3] + at,
        blocks[4] + at, blocks[5] + at, blocks[6] + at, blocks[7] + at, w, 2);

    private static Vector512<uint>* Align(byte* room) => (Vector512<uint>*)(((nuint)room + 63) & ~(nuint)63);
}
