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

    /// <summary>Takes them apart; null where the body is no such list.</summary>
    public static List<ReadOnlyMemory<byte>>? Split(ReadOnlyMemory<byte> body)
    {
        var reader = new ByteReader(body);
        var items = new List<ReadOnlyMemory<byte>>();
        while (reader.Remaining > 0 && !reader.Failed)
        {
            items.Add(reader.ReadVarBytes());
        }

        return reader.Failed ? null : items;
    }
}
