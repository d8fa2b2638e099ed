using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin;

/// <summary>A script tree as a PSBT's output holds it: leaves depth first, each with its depth (BIP371).</summary>
public static class PsbtTapTree
{
    /// <summary>Reads a tree; every place of it must be filled.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out TapTree? tree)
    {
        tree = null;
        var reader = new ByteReader(bytes);
        var open = new Stack<(int Depth, TapTree Tree)>();
        while (reader.Remaining > 0)
        {
            var depth = (int)reader.ReadByte();
            var version = reader.ReadByte();
            var script = new Script(reader.ReadVarBytes());
            if (reader.Failed || depth > Taproot.MaxDepth || version % 2 != 0 || version == 0x50)
            {
                return false;
            }

            var node = TapTree.Leaf(script, version);

            // A node whose neighbour is there already joins it one level up.
            while (open.Count > 0 && open.Peek().Depth == depth && depth > 0)
            {
                node = TapTree.Branch(open.Pop().Tree, node);
                depth--;
            }

            if (open.Count > 0 && (open.Peek().Depth >= depth || depth == 0))
            {
                return false;
            }

            open.Push((depth, node));
        }

        if (open.Count != 1 || open.Peek().Depth != 0)
        {
            return false;
        }

        tree = open.Pop().Tree;
        return true;
    }

    /// <summary>Writes a tree.</summary>
    public static byte[] Write(TapTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        var writer = new ByteWriter();
        foreach (var leaf in tree.Leaves)
        {
            writer.Byte((byte)leaf.Path.Length).Byte(leaf.Version).VarBytes(leaf.Script.Span);
        }

        return writer.ToArray();
    }
}
