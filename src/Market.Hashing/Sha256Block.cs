using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Market.Hashing;

/// <summary>SHA-256's constants and its compression function, one block at a time (FIPS 180-4, 5.3.3 and 6.2.2).</summary>
internal static unsafe class Sha256Block
{
    public const int BlockSize = 64;

    /// <summary>The 64 round constants.</summary>
    public static ReadOnlySpan<uint> K =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <summary>The initial state.</summary>
    public static ReadOnlySpan<uint> InitialState =>
    [
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    ];

    /// <summary>Sets <paramref name="state"/> (8 words) to the initial state.</summary>
    public static void Initialize(uint* state) => InitialState.CopyTo(new Span<uint>(state, 8));

    /// <summary>Writes <paramref name="state"/> (8 words) as the 32 bytes of a digest, big-endian words.</summary>
    public static void Store(uint* state, byte* digest)
    {
        for (int i = 0; i < 8; i++)
        {
            Unsafe.WriteUnaligned(digest + 4 * i, BinaryPrimitives.ReverseEndianness(state[i]));
        }
    }

    /// <summary>Mixes <paramref name="count"/> blocks of 64 bytes into <paramref name="state"/> (8 words).</summary>
    public static void Compress(uint* state, byte* blocks, int count)
    {
        for (; count > 0; count--, blocks += BlockSize) Compress(state, blocks);
    }

    /// <summary>Mixes one block of 64 bytes into <paramref name="state"/> (8 words).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Compress(uint* state, byte* block)
    {
        uint* w = stackalloc uint[64];
        for (int t = 0; t < 16; t++)
        {
            w[t] = BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(block + 4 * t));
        }

        for (int t = 16; t < 64; t++)
        {
            uint x = w[t - 15];
            uint y = w[t - 2];
            uint s0 = BitOperations.RotateRight(x, 7) ^ BitOperations.RotateRight(x, 18) ^ (x >> 3);
            uint s1 = BitOperations.RotateRight(y, 17) ^ BitOperations.RotateRight(y, 19) ^ (y >> 10);
            w[t] = w[t - 16] + s0 + w[t - 7] + s1;
        }

        uint a = state[0], b = state[1], c = state[2], d = state[3];
        uint e = state[4], f = state[5], g = state[6], h = state[7];
        fixed (uint* k = K)
        {
            for (int t = 0; t < 64; t++)
            {
                uint s1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11)
                    ^ BitOperations.RotateRight(e, 25);
                uint t1 = h + s1 + (g ^ (e & (f ^ g))) + k[t] + w[t];
                uint s0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13)
                    ^ BitOperations.RotateRight(a, 22);
                uint t2 = s0 + ((a & b) | (c & (a | b)));
                h = g;
                g = f;
                f = e;
                e = d + t1;
                d = c;
                c = b;
                b = a;
                a = t1 + t2;
            }
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }
}
