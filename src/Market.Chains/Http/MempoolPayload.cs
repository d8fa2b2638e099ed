using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Chains.Http;

/// <summary>
/// A question for unconfirmed transactions as bytes: three lists, each with its count (CompactSize) in front: scripts
/// (each with its length), outputs (id and index, 36 bytes), ids (32 bytes, as hashed).
/// </summary>
public static class MempoolPayload
{
    /// <summary>Things asked for in one request.</summary>
    public const int MostAsked = MempoolQuery.MostAtOnce;

    /// <summary>Writes it.</summary>
    public static byte[] Write(MempoolQuery query)
    {
        var writer = new ByteWriter(1024).CompactSize((ulong)query.Scripts.Length);
        foreach (var script in query.Scripts)
        {
            writer.VarBytes(script.Span);
        }

        writer.CompactSize((ulong)query.OutPoints.Length);
        foreach (var outPoint in query.OutPoints)
        {
            writer.Hash256(outPoint.TxId.Value).UInt32(outPoint.Index);
        }

        writer.CompactSize((ulong)query.Ids.Length);
        foreach (var id in query.Ids)
        {
            writer.Hash256(id.Value);
        }

        return writer.ToArray();
    }

    /// <summary>Reads it; null where the bytes are no such question, or one of more than <see cref="MostAsked"/> things.</summary>
    public static MempoolQuery? Read(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        var (scripts, outPoints, ids) = (new List<Script>(), new List<OutPoint>(), new List<TxId>());
        var left = MostAsked;
        for (var count = reader.ReadCount(1); count > 0 && left > 0; (count, left) = (count - 1, left - 1))
        {
            scripts.Add(new Script(reader.ReadVarBytes().ToArray()));
        }

        for (var count = reader.ReadCount(OutPoint.Length); count > 0 && left > 0; (count, left) = (count - 1, left - 1))
        {
            outPoints.Add(new OutPoint(new TxId(reader.ReadHash256()), reader.ReadUInt32()));
        }

        for (var count = reader.ReadCount(Hash256.Length); count > 0 && left > 0; (count, left) = (count - 1, left - 1))
        {
            ids.Add(new TxId(reader.ReadHash256()));
        }

        // Of a question that is too long the rest is left over, which is no end either.
        reader.ExpectEnd();
        return reader.Failed ? null : new MempoolQuery([.. scripts], [.. outPoints], [.. ids]);
    }
}
