using Market.Bitcoin.Encoding;

namespace Market.Chains.Http;

/// <summary>Lists of byte strings in one body: a compact size and the bytes, one after the other.</summary>
public static class NodeFrames
{
    /// <summary>Joins byte strings.</summary>
    public static byte[] Join(IEnumerable<byte[]> items)
    {
        var writer = new ByteWriter(4096);
        foreach (var item in items)
        {
            writer.VarBytes(item);
        }

        return writer.ToArray();
    }

    /// <summary>Takes them apart; null where the body is no such list, or one of more than so many.</summary>
    /// <param name="body">The body.</param>
    /// <param name="most">An empty string takes one byte here and sixteen in memory.</param>
    public static List<ReadOnlyMemory<byte>>? Split(ReadOnlyMemory<byte> body, int most)
    {
        var reader = new ByteReader(body);
        var items = new List<ReadOnlyMemory<byte>>();
        while (reader.Remaining > 0 && !reader.Failed)
        {
            if (items.Count == most)
            {
                return null;
            }

            items.Add(reader.ReadVarBytes());
        }

        return reader.Failed ? null : items;
    }
}
