using System.Buffers.Binary;
using Market.Bitcoin.Encoding;

namespace Market.Fuzzing;

/// <summary>Changes inputs at random, from a seed that replays.</summary>
public sealed class Mutator(FuzzTarget target, int seed)
{
    /// <summary>Longer inputs are cut.</summary>
    public const int MaxLength = 64 * 1024;

    private const int MaxChanges = 6;
    private const int FreshOnceIn = 16;
    private const int ArbitraryOnceIn = 32;

    private static readonly ulong[] Numbers =
    [
        0, 1, 2, 0x7f, 0x80, 0xfc, 0xfd, 0xff, 0x100, 0x7fff, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
        0x1_0000_0000, long.MaxValue, ulong.MaxValue,
    ];

    private readonly Random _random = new(seed);
    private readonly RandomValues _values = new(seed);

    /// <summary>The next input: mostly one of the corpus with some changes.</summary>
    public byte[] Next(IReadOnlyList<byte[]> corpus)
    {
        if (corpus.Count == 0 || _random.Next(ArbitraryOnceIn) == 0)
        {
            return _values.Bytes(_random.Next(1 << _random.Next(10)));
        }

        var bytes = new List<byte>(
            _random.Next(FreshOnceIn) == 0 ? target.Fresh(_values) : corpus[_random.Next(corpus.Count)]);
        for (var changes = _random.Next(1, MaxChanges); changes > 0; changes--)
        {
            Change(bytes, corpus[_random.Next(corpus.Count)]);
        }

        var changed = bytes.Count > MaxLength ? bytes.GetRange(0, MaxLength).ToArray() : [.. bytes];
        return target.Repair is { } repair && _random.Next(2) == 0 ? repair(changed) : changed;
    }

    private void Change(List<byte> bytes, byte[] other)
    {
        var at = bytes.Count == 0 ? 0 : _random.Next(bytes.Count);
        switch (_random.Next(10))
        {
            case 0 when bytes.Count > 0:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when bytes.Count > 0:
                bytes[at] = (byte)_random.Next(256);
                break;
            case 2 when bytes.Count > 0:
                bytes[at] += (byte)(_random.Next(2) == 0 ? 1 : 0xff);
                break;
            case 3 when target.Words.Count > 0:
                bytes.InsertRange(at, target.Words[_random.Next(target.Words.Count)]);
                break;
            case 4:
                bytes.RemoveRange(at, Math.Min(bytes.Count - at, _random.Next(1, 1 << _random.Next(1, 8))));
                break;
            case 5:
                var from = _random.Next(other.Length + 1);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(other.Length - from, _random.Next(80))).ToArray());
                break;
            case 6:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, _random.Next(1, 60))));
                break;
            case 7:
                Overwrite(bytes, at);
                break;
            case 8 when bytes.Count > 0:
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other.AsSpan(Math.Min(at, other.Length)).ToArray());
                break;
            default:
                bytes.InsertRange(at, CompactSize(Numbers[_random.Next(Numbers.Length)]));
                break;
        }
    }

    // A number of 1, 2, 4 or 8 bytes over what is there.
    private void Overwrite(List<byte> bytes, int at)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, Numbers[_random.Next(Numbers.Length)]);
        var length = Math.Min(1 << _random.Next(4), bytes.Count - at);
        for (var i = 0; i < length; i++)
        {
            bytes[at + i] = number[i];
        }
    }

    private static byte[] CompactSize(ulong number) => new ByteWriter(9).CompactSize(number).ToArray();
}
