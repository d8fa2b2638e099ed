using System.Buffers.Binary;
using System.Numerics;

namespace Market.Bitcoin;

/// <summary>RIPEMD-160, which the framework no longer has.</summary>
internal static class Ripemd160
{
    private const int BlockLength = 64;

    private static ReadOnlySpan<byte> LeftWords =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8,
        3, 10, 14, 4, 9, 15, 8, 1, 2, 7, 0, 6, 13, 11, 5, 12,
        1, 9, 11, 10, 0, 8, 12, 4, 13, 3, 7, 15, 14, 5, 6, 2,
        4, 0, 5, 9, 7, 12, 2, 10, 14, 1, 3, 8, 11, 6, 15, 13,
    ];

    private static ReadOnlySpan<byte> RightWords =>
    [
        5, 14, 7, 0, 9, 2, 11, 4, 13, 6, 15, 8, 1, 10, 3, 12,
        6, 11, 3, 7, 0, 13, 5, 10, 14, 15, 8, 12, 4, 9, 1, 2,
        15, 5, 1, 3, 7, 14, 6, 9, 11, 8, 12, 2, 10, 0, 4, 13,
        8, 6, 4, 1, 3, 11, 15, 0, 5, 12, 2, 13, 9, 7, 10, 14,
        12, 15, 10, 4, 1, 5, 8, 7, 6, 2, 13, 14, 0, 3, 9, 11,
    ];

    private static ReadOnlySpan<byte> LeftShifts =>
    [
        11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8,
        7, 6, 8, 13, 11, 9, 7, 15, 7, 12, 15, 9, 11, 7, 13, 12,
        11, 13, 6, 7, 14, 9, 13, 15, 14, 8, 13, 6, 5, 12, 7, 5,
        11, 12, 14, 15, 14, 15, 9, 8, 9, 14, 5, 6, 8, 6, 5, 12,
        9, 15, 5, 11, 6, 8, 13, 12, 5, 12, 13, 14, 11, 8, 5, 6,
    ];

    private static ReadOnlySpan<byte> RightShifts =>
    [
        8, 9, 9, 11, 13, 15, 15, 5, 7, 7, 8, 11, 14, 14, 12, 6,
        9, 13, 15, 7, 12, 8, 9, 11, 7, 7, 12, 7, 6, 15, 13, 11,
        9, 7, 15, 11, 8, 6, 6, 14, 12, 13, 5, 14, 13, 13, 7, 5,
        15, 5, 8, 11, 14, 14, 6, 14, 6, 9, 12, 9, 12, 5, 15, 8,
        8, 5, 12, 9, 12, 5, 14, 6, 8, 13, 6, 5, 15, 13, 11, 11,
    ];

    public static void HashData(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        Span<uint> state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
        var rest = data;
        for (; rest.Length >= BlockLength; rest = rest[BlockLength..])
        {
            Compress(state, rest);
        }

        Span<byte> tail = stackalloc byte[2 * BlockLength];
        tail.Clear();
        rest.CopyTo(tail);
        tail[rest.Length] = 0x80;
        var blocks = rest.Length < BlockLength - 8 ? 1 : 2;
        BinaryPrimitives.WriteUInt64LittleEndian(tail[(blocks * BlockLength - 8)..], (ulong)data.Length * 8);
        for (var i = 0; i < blocks; i++)
        {
            Compress(state, tail[(i * BlockLength)..]);
        }

        for (var i = 0; i < 5; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(destination[(4 * i)..], state[i]);
        }
    }

    private static void Compress(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> words = stackalloc uint[16];
        for (var i = 0; i < 16; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(block[(4 * i)..]);
        }

        var left = new Line(state);
        var right = left;
        left.Round<Xor>(words, 0, LeftWords, LeftShifts, 0);
        left.Round<Choose>(words, 16, LeftWords, LeftShifts, 0x5a827999);
        left.Round<OrNot>(words, 32, LeftWords, LeftShifts, 0x6ed9eba1);
        left.Round<ChooseByThird>(words, 48, LeftWords, LeftShifts, 0x8f1bbcdc);
        left.Round<OrNotThird>(words, 64, LeftWords, LeftShifts, 0xa953fd4e);
        right.Round<OrNotThird>(words, 0, RightWords, RightShifts, 0x50a28be6);
        right.Round<ChooseByThird>(words, 16, RightWords, RightShifts, 0x5c4dd124);
        right.Round<OrNot>(words, 32, RightWords, RightShifts, 0x6d703ef3);
        right.Round<Choose>(words, 48, RightWords, RightShifts, 0x7a6d76e9);
        right.Round<Xor>(words, 64, RightWords, RightShifts, 0);

        var first = state[1] + left.C + right.D;
        state[1] = state[2] + left.D + right.E;
        state[2] = state[3] + left.E + right.A;
        state[3] = state[4] + left.A + right.B;
        state[4] = state[0] + left.B + right.C;
        state[0] = first;
    }

    private interface IMix
    {
        static abstract uint Mix(uint x, uint y, uint z);
    }

    /// <summary>One of the two lines of rounds that a block goes through.</summary>
    private struct Line(ReadOnlySpan<uint> state)
    {
        public uint A = state[0];
        public uint B = state[1];
        public uint C = state[2];
        public uint D = state[3];
        public uint E = state[4];

        // A type for each function lets the compiler put it in place.
        public void Round<T>(
            ReadOnlySpan<uint> words, int from, ReadOnlySpan<byte> order, ReadOnlySpan<byte> shifts, uint constant)
            where T : struct, IMix
        {
            var (a, b, c, d, e) = (A, B, C, D, E);
            for (var i = from; i < from + 16; i++)
            {
                var t = BitOperations.RotateLeft(a + T.Mix(b, c, d) + words[order[i]] + constant, shifts[i]) + e;
                (a, e, d, c, b) = (e, d, BitOperations.RotateLeft(c, 10), b, t);
            }

            (A, B, C, D, E) = (a, b, c, d, e);
        }
    }

    private readonly struct Xor : IMix
    {
        public static uint Mix(uint x, uint y, uint z) => x ^ y ^ z;
    }

    private readonly struct Choose : IMix
    {
        public static uint Mix(uint x, uint y, uint z) => (x & y) | (~x & z);
    }

    private readonly struct OrNot : IMix
    {
        public static uint Mix(uint x, uint y, uint z) => (x | ~y) ^ z;
    }

    private readonly struct ChooseByThird : IMix
    {
        public static uint Mix(uint x, uint y, uint z) => (x & z) | (y & ~z);
    }

    private readonly struct OrNotThird : IMix
    {
        public static uint Mix(uint x, uint y, uint z) => x ^ (y | ~z);
    }
}
