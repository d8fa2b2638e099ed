using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet;

/// <summary>A script tree as a PSBT's output holds it: leaves depth first, each with its depth (BIP371).</summary>
public static class PsbtTapTree
{
    /// <summary>More leaves than this are not read into a tree: in one each holds a path of up to 4 KB.</summary>
    public const int MaxLeaves = 1 << 14;

    /// <summary>Tells whether bytes are a tree of which every place is filled, of however many leaves.</summary>
    public static bool IsValid(ReadOnlyMemory<byte> bytes) => Walk(bytes, null);

    /// <summary>Reads a tree; every place of it must be filled.</summary>
    /// <param name="bytes">The value of the field.</param>
    /// <param name="tree">The tree; null also where it has more than <see cref="MaxLeaves"/>.</param>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out TapTree? tree)
    {
        tree = null;
        var trees = new Stack<TapTree>();
        if (!Walk(bytes, null, MaxLeaves) || !Walk(bytes, trees))
        {
            return false;
        }

        tree = trees.Pop();
        return true;
    }

    // A node whose neighbour is there already joins it one level up; at the end the root alone is left.
    private static bool Walk(ReadOnlyMemory<byte> bytes, Stack<TapTree>? trees, int maxLeaves = int.MaxValue)
    {
        var reader = new ByteReader(bytes);
        var open = new Stack<int>();
        for (var leaves = 0; reader.Remaining > 0; leaves++)
        {
            var depth = (int)reader.ReadByte();
            var version = reader.ReadByte();
            var script = new Script(reader.ReadVarBytes());
            if (reader.Failed || leaves == maxLeaves || depth > Taproot.MaxDepth || version % 2 != 0 || version == 0x50)
            {
                return false;
            }

            trees?.Push(TapTree.Leaf(script, version));
            for (; depth > 0 && open.TryPeek(out var last) && last == depth; depth--)
            {
                open.Pop();
                if (trees?.Pop() is { } right)
                {
                    trees.Push(TapTree.Branch(trees.Pop(), right));
                }
            }

            if (open.TryPeek(out var above) && (above >= depth || depth == 0))
            {
                return false;
            }

            open.Push(depth);
        }

        return open.Count == 1 && open.Peek() == 0;
    }
}
