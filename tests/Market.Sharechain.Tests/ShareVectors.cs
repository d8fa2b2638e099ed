using System.Text.Json;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Sharechain.Tests;

/// <summary>
/// Our own vectors of what docs/protocol.md says, for second implementations: the ids, commitments and the draw in them were
/// worked out apart from this code.
/// </summary>
public sealed class ShareVectors
{
    private static readonly JsonElement Vectors = JsonDocument.Parse(File.ReadAllText(Path.Combine(
        Testing.Vectors.RepositoryRoot, "tests", "Market.Sharechain.Tests", "share_vectors.json"))).RootElement;

    [Fact]
    public void Every_share_is_taken_under_the_id_that_it_states()
    {
        var lab = Climbed(out var blocks);
        var genesis = Vectors.GetProperty("genesis");
        Assert.Equal(genesis.GetProperty("header").GetString(), Hex.Encode(Lab.Easy.Genesis.ToArray()));
        Assert.Equal(genesis.GetProperty("id").GetString(), Lab.Easy.GenesisId.ToString());
        foreach (var (block, row) in blocks.Zip(Vectors.GetProperty("shares").EnumerateArray()))
        {
            Assert.Equal(row.GetProperty("block").GetString(), Hex.Encode(block.ToArray()));
            Assert.Equal(row.GetProperty("commitment").GetString(), block.Header.Commitment.ToString());
            Assert.Equal(row.GetProperty("id").GetString(), block.Id.ToString());
            Assert.Equal(
                row.GetProperty("pays").EnumerateArray().Select(one => (one[0].GetInt64(), one[1].GetString())),
                block.Proof.MainCoinbase.Outputs.Where(one => one.Value != Amount.Zero)
                    .Select(one => (one.Value.Sats, (string?)one.ScriptPubKey.ToString())));
        }

        var draw = Vectors.GetProperty("draw");
        Assert.Equal(draw.GetProperty("parent").GetString(), lab.State.Tip.ToString());
        Assert.Equal(draw.GetProperty("units").GetInt64(), lab.State.MatureUnits);
        Assert.Equal(draw.GetProperty("unit").GetInt64(), Draws.Unit(lab.State.Tip, 0, lab.State.MatureUnits));
        Assert.Equal(draw.GetProperty("outPoint").GetString(), lab.State.Draw().OutPoint.ToString());
        Assert.Equal(draw.GetProperty("script").GetString(), lab.State.Draw().Payout.ToString());
    }

    [Fact]
    public void Every_altered_share_is_refused_by_the_code_that_it_states()
    {
        var rows = Vectors.GetProperty("refused").EnumerateArray().ToList();
        foreach (var row in rows)
        {
            var lab = Climbed(out _, but: 1);
            Assert.Equal(row.GetProperty("code").GetString(), lab.Submit(Share(row)).Verdict.Refusal.Code());
        }

        Assert.Equal(3, rows.Count);
    }

    private static Lab Climbed(out List<ShareBlock> blocks, int but = 0)
    {
        var lab = new Lab();
        var shares = Vectors.GetProperty("shares").EnumerateArray().ToList();
        blocks = [.. shares.Take(shares.Count - but).Select(Share)];
        foreach (var block in blocks)
        {
            lab.Now = block.Header.Time;
            Assert.Equal(ShareOutcome.NewTip, lab.Submit(block).Outcome);
        }

        return lab;
    }

    private static ShareBlock Share(JsonElement row) =>
        ShareBlock.Parse(Hex.Decode(row.GetProperty("block").GetString()!));
}
