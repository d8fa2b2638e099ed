using System.Buffers.Binary;
using Market.Bitcoin;

namespace Market.Chains.Light;

/// <summary>
/// What a block pays and spends, four bytes each: enough to know that a block holds nothing of a script or output, so that a
/// block once read is not fetched again for every address. A match may be chance; that block is then read again.
/// </summary>
internal sealed class BlockDigest
{
    private const uint Spread = 0x9e3779b1;
    private readonly uint[] _marks;

    private BlockDigest(uint[] marks) => _marks = marks;

    /// <summary>Bytes that it takes.</summary>
    public int Size => _marks.Length * sizeof(uint);

    public static BlockDigest Of(Block block)
    {
        var marks = new HashSet<uint>();
        foreach (var transaction in block.Transactions)
        {
            foreach (var output in transaction.Outputs)
            {
                marks.Add(Mark(output.ScriptPubKey));
            }

            foreach (var input in transaction.Inputs)
            {
                marks.Add(Mark(input.PreviousOutput));
            }
        }

        return new BlockDigest([.. marks.Order()]);
    }

    public static BlockDigest Read(ReadOnlySpan<byte> bytes)
    {
        var marks = new uint[bytes.Length / sizeof(uint)];
        for (var i = 0; i < marks.Length; i++)
        {
            marks[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * sizeof(uint))..]);
        }

        return new BlockDigest(marks);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        for (var i = 0; i < _marks.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * sizeof(uint)), _marks[i]);
        }

        return bytes;
    }

    public bool MayPay(Script script) => Array.BinarySearch(_marks, Mark(script)) >= 0;

    public bool MaySpend(OutPoint outPoint) => Array.BinarySearch(_marks, Mark(outPoint)) >= 0;

    private static uint Mark(Script script) => First(Hash256.DoubleSha256(script.Span));

    private static uint Mark(OutPoint outPoint) => First(outPoint.TxId.Value) ^ (outPoint.Index * Spread);

    private static uint First(Hash256 hash)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Length];
        hash.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}
