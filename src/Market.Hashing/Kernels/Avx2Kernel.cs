using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Market.Hashing;

/// <summary>The jobs on eight messages at a time.</summary>
[SkipLocalsInit]
internal static unsafe class Avx2Kernel
{
    public const int Lanes = 8;

    /// <summary>Double hashes of 8 messages of 80 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Headers(byte* headers, byte* hashes)
    {
        byte* room = stackalloc byte[32 * 32 + 64];
        Vector256<uint>* w = Align(room);
        Vector256<uint>* state = w + 16;
        Lanes8.Load8(headers, 80, w, 1);
        Lanes8.Load8(headers + 32, 80, w + 8, 1);
        Avx2Rounds.First(w, state);

        // Words 12 to 19 are read for the last four, so that nothing behind the last header is.
        Lanes8.Load8(headers + 48, 80, w + 4, 1);
        for (int i = 0; i < 4; i++) w[i] = w[i + 8];
        Avx2Rounds.HeaderTail(w, state);
        Finish(state, hashes);
    }

    /// <summary>Double hashes of 8 messages of 64 bytes. All are read before anything is written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pairs(byte* pairs, byte* hashes)
    {
        byte* room = stackalloc byte[32 * 32 + 64];
        Vector256<uint>* w = Align(room);
        Vector256<uint>* state = w + 16;
        Lanes8.Load8(pairs, 64, w, 1);
        Lanes8.Load8(pairs + 32, 64, w + 8, 1);
        Avx2Rounds.First(w, state);
        Avx2Rounds.PairTail(state);
        Finish(state, hashes);
    }

    /// <summary>Single hashes of 8 messages of 32 bytes. All are read before anything is written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Digests(byte* digests, byte* hashes)
    {
        byte* room = stackalloc byte[16 * 32 + 64];
        Vector256<uint>* w = Align(room);
        Lanes8.Load8(digests, 32, w, 1);
        Finish(w, hashes);
    }

    /// <summary>Mixes blocks of each of 8 messages into 8 states.</summary>
    /// <param name="state">Word i of lane j is state[8 * i + j].</param>
    /// <param name="blocks">Where the 8 messages' next blocks of 64 bytes are.</param>
    /// <param name="count">How many blocks of each.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress(uint* state, byte** blocks, int count)
    {
        byte* room = stackalloc byte[16 * 32 + 64];
        Vector256<uint>* w = Align(room);
        for (long at = 0; at < 64L * count; at += 64)
        {
            Load(blocks, at, w);
            Load(blocks, at + 32, w + 8);
            Avx2Rounds.Compress(w, (Vector256<uint>*)state);
        }
    }

    /// <inheritdoc cref="LaneKernels.Scan"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long Scan(ScanJob job, uint nonce, long groups, uint* masks)
    {
        byte* room = stackalloc byte[(Avx2Rounds.PrepareScanCount + 16) * 32 + 64];
        Vector256<uint>* u = Align(room);
        Vector256<uint>* w = u + Avx2Rounds.PrepareScanCount;
        Avx2Rounds.PrepareScan(job.Midstates, job.Tail, u);
        Vector256<uint> nonces = Vector256.Create(nonce) + Vector256<uint>.Indices;
        Vector256<uint> top = Vector256.Create(job.TargetTop);
        for (long i = 0; i < groups; i++)
        {
            Avx2Rounds.ScanFirst(u, Lanes8.SwapBytes(nonces), w);
            masks[0] = Mask(Avx2Rounds.ScanLast(w), top);
            if (masks[0] != 0) return i;
            nonces += Vector256.Create((uint)Lanes);
        }

        return groups;
    }

    /// <inheritdoc cref="LaneKernels.ScanVersions"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long ScanVersions(ScanJob job, uint nonce, long groups, uint* masks)
    {
        const int PerVersion = Avx2Rounds.PrepareScanRoundsCount;
        const int Shared = Avx2Rounds.PrepareScanScheduleCount + 16 + 64;
        int versions = job.Versions;
        byte* room = stackalloc byte[(Shared + PerVersion * NonceScanner.MaxVersions) * 32 + 64];
        Vector256<uint>* w = Align(room);
        Vector256<uint>* keyed = w + 16;
        Vector256<uint>* u = keyed + 64;
        Vector256<uint>* rounds = u + Avx2Rounds.PrepareScanScheduleCount;
        Avx2Rounds.PrepareScanSchedule(job.Midstates, job.Tail, u);
        for (int v = 0; v < versions; v++)
        {
            Avx2Rounds.PrepareScanRounds(job.Midstates + 8 * v, job.Tail, rounds + PerVersion * v);
        }

        Vector256<uint> nonces = Vector256.Create(nonce) + Vector256<uint>.Indices;
        Vector256<uint> top = Vector256.Create(job.TargetTop);
        for (long i = 0; i < groups; i++)
        {
            uint any = 0;
            Avx2Rounds.ScanSchedule(u, Lanes8.SwapBytes(nonces), w, keyed);
            for (int v = 0; v < versions; v++)
            {
                Avx2Rounds.ScanRounds(rounds + PerVersion * v, keyed, w);
                masks[v] = Mask(Avx2Rounds.ScanLast(w), top);
                any |= masks[v];
            }

            if (any != 0) return i;
            nonces += Vector256.Create((uint)Lanes);
        }

        return groups;
    }

    // The hash is a little-endian number of big-endian words: its top 32 bits are the last word with bytes swapped.
    private static uint Mask(Vector256<uint> lastWords, Vector256<uint> top) =>
        Vector256.LessThanOrEqual(Lanes8.SwapBytes(lastWords), top).ExtractMostSignificantBits();

    // The state's 8 words are the second message, and the 8 behind them room for its schedule.
    private static void Finish(Vector256<uint>* state, byte* hashes)
    {
        Avx2Rounds.Digest(state, state);
        Lanes8.Store8(state, 1, hashes);
    }

    private static void Load(byte** blocks, long at, Vector256<uint>* w) => Lanes8.Load8(
        blocks[0] + at, blocks[1] + at, blocks[2] + at, blocks[3] + at,
        blocks[4] + at, blocks[5] + at, blocks[6] + at, blocks[7] + at, w, 1);

    private static Vector256<uint>* Align(byte* room) => (Vector256<uint>*)(((nuint)room + 63) & ~(nuint)63);
}
