using Market.Bitcoin;
using Market.Chains.Http;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Http;

/// <summary>The question for unconfirmed transactions on the wire: read as written, bounded, and nothing else.</summary>
public sealed class MempoolPayloadTests
{
    private static readonly TxId Id = new(Hash256.DoubleSha256([1]));

    [Fact]
    public void Is_read_as_it_was_written()
    {
        var query = new MempoolQuery([Coins.Owner(1), Script.Empty], [new OutPoint(Id, 7)], [Id]);
        var read = MempoolPayload.Read(MempoolPayload.Write(query))!;
        Assert.Equal(query.Scripts, read.Scripts);
        Assert.Equal(query.OutPoints, read.OutPoints);
        Assert.Equal(query.Ids, read.Ids);
        Assert.Equal(0, MempoolPayload.Read(MempoolPayload.Write(MempoolQuery.Of()))!.Count);
    }

    [Fact]
    public void A_question_that_is_too_long_is_none_and_neither_is_anything_else()
    {
        var ids = Enumerable.Repeat(Id, MempoolPayload.MostAsked).ToArray();
        var outPoints = Enumerable.Repeat(new OutPoint(Id, 0), MempoolPayload.MostAsked).ToArray();
        Assert.NotNull(MempoolPayload.Read(MempoolPayload.Write(MempoolQuery.Of(ids))));
        Assert.Null(MempoolPayload.Read(MempoolPayload.Write(MempoolQuery.Of([.. ids, Id]))));
        Assert.Null(MempoolPayload.Read(MempoolPayload.Write(new MempoolQuery([Script.Empty], [.. outPoints], []))));
        Assert.Null(MempoolPayload.Read(MempoolPayload.Write(new MempoolQuery([], [.. outPoints], [Id]))));
        Assert.Null(MempoolPayload.Read(ReadOnlyMemory<byte>.Empty));
        Assert.Null(MempoolPayload.Read(new byte[] { 0, 0, 0, 0 }));
        Assert.Null(MempoolPayload.Read(new byte[] { 0xfe, 0xff, 0xff, 0xff, 0x7f }));
    }

    [Fact]
    public void Is_sent_in_parts_where_it_is_long()
    {
        var query = new MempoolQuery(
            [Coins.Owner(1)], [.. Enumerable.Range(0, 5).Select(i => new OutPoint(Id, (uint)i))], [Id]);
        var parts = query.Split(2).ToList();
        Assert.Equal([1, 2, 2, 1, 1], parts.Select(part => part.Count));
        Assert.Equal(query.OutPoints, parts.SelectMany(part => part.OutPoints));
    }
}
