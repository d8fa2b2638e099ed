using System.Buffers.Binary;
using System.Numerics;

namespace Market.Bitcoin;

/// <summary>
/// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of 64 bits, two rounds a word and four at the end.
/// </summary>
internal static class SipHash
{
    private const int Word = sizeof(ulong);

    /// <summary>The hash of some bytes.</summary>
    /// <param name="first">The key's first eight bytes, little-endian.</param>
    /// <param name="second">The key's last eight bytes, little-endian.</param>
    /// <param name="data">What is hashed.</param>
    public static ulong Hash(ulong first, ulong second, ReadOnlySpan<byte> data)
    {
        var state = new State(first, second);
        var length = (ulong)data.Length;
        for (; data.Length >= Word; data = data[Word..])
        {
            state.Take(BinaryPrimitives.ReadUInt64LittleEndian(data));
        }

        // The last word ends with the length, of which eight bits count.
        var last = length << 56;
        for (var i = 0; i < data.Length; i++)
        {
            last |= (ulong)data[i] << (8 * i);
        }

        state.Take(last);
        return state.Finish();
    }

    private ref struct State(ulong first, ulong second)
    {
        private ulong _v0 = first ^ 0x736f6d6570736575;
        private ulong _v1 = second ^ 0x646f72616e646f6d;
        private ulong _v2 = first ^ 0x6c7967656e657261;
        private ulong _v3 = second ^ 0x7465646279746573;

        public void Take(ulong word)
        {
            _v3 ^= word;
            Round();
            Round();
            _v0 ^= word;
        }

        public ulong Finish()
        {
            _v2 ^= 0xff;
            Round();
            Round();
            Round();
            Round();
            return _v0 ^ _v1 ^ _v2 ^ _v3;
        }

        private void Round()
        {
            _v0 += _v1;
            _v1 = BitOperations.RotateLeft(_v1, 13) ^ _v0;
            _v0 = BitOperations.RotateLeft(_v0, 32);
            _v2 += _v3;
            _v3 = BitOperations.RotateLeft(_v3, 16) ^ _v2;
            _v0 += _v3;
            _v3 = BitOperations.RotateLeft(_v3, 21) ^ _v0;
            _v2 += _v1;
            _v1 = BitOperations.RotateLeft(_v1, 17) ^ _v2;
            _v2 = BitOperations.RotateLeft(_v2, 32);
        }
    }
}
