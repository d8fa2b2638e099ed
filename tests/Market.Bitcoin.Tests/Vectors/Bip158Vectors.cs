using System.Text.Json;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Tests;

/// <summary>BIP158's testnet-19.json: filters of real blocks and their headers.</summary>
public sealed class Bip158Vectors
{
    [Fact]
    public void Every_vectors_filter_is_made_read_and_chained_as_stated()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Testing.Vectors.Require("bips/bip-0158/testnet-19.json")));
        var rows = file.RootElement.EnumerateArray().Skip(1).ToList();
        foreach (var row in rows)
        {
            var block = Block.Parse(Hex.Decode(row[2].GetString()!));
            Assert.Equal(row[1].GetString(), block.Id.ToString());
            List<Script> spent = [.. row[3].EnumerateArray().Select(each => Script.FromHex(each.GetString()!))];
            var made = CompactFilter.Of(block, spent);
            Assert.Equal(row[5].GetString(), Hex.Encode(made.Bytes.Span));
            var header = Hash256.Parse(row[6].GetString()!);
            Assert.Equal(header, made.HeaderAfter(Hash256.Parse(row[4].GetString()!)));

            Assert.True(CompactFilter.TryParse(block.Id, Hex.Decode(row[5].GetString()!), out var read, out _));
            Assert.Equal(made.Count, read.Count);
            List<Script> held = [.. CompactFilter.PaidBy(block), .. spent.Where(script => !script.IsEmpty)];
            Assert.All(held, script => Assert.True(read.MayHold(script)));
            Assert.True(read.HoldsAll(held));
            Assert.Equal(held.Count > 0, read.MayHoldAny([.. Strangers(20), .. held]));
            Assert.False(read.MayHoldAny([.. Strangers(20)]));
        }

        Assert.Equal(10, rows.Count);
    }

    // None of them is in a block of the vectors, and no two blocks have one's number by chance.
    private static IEnumerable<Script> Strangers(int count) =>
        Enumerable.Range(0, count).Select(number => Script.P2wsh(new Script(BitConverter.GetBytes(number))));
}
