using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Market.Hashing;

/// <summary>SHA-256's state and its compression function, one block at a time (FIPS 180-4, 6.2).</summary>
internal static unsafe class Sha256Block
{
    public const int BlockSize = 64;

    /// <summary>Sets <paramref name="state"/> (8 words) to the initial state.</summary>
    public static void Initialize(uint* state) => Sha256Constants.InitialState.CopyTo(new Span<uint>(state, 8));

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
    public static void Compress(uint* state, byte* block)
    {
        if (System.Runtime.Intrinsics.Arm.Sha256.IsSupported) ArmKernel.Compress(state, block);
        else ScalarKernel.Compress(state, block);
    }
}
