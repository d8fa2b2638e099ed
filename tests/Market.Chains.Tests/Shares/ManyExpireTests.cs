using Market.Bitcoin;
using Market.Chains.Postgres;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Shares;

/// <summary>More outputs than a record, or a value of a database, holds expire with one share; then another branch wins.</summary>
public sealed class ManyExpireTests(TestPostgres postgres)
{
    private const int Outputs = 100;
    private const int LargestRecord = 8_192;
    private const int LargestValue = 1_000;
    private static readonly Script Miner = Coins.Owner(20);
    private static readonly Script Other = Coins.Owner(21);

    private readonly ManualClock _clock = new();

    [Theory]
    [InlineData("file", false)]
    [InlineData("file", true)]
    [InlineData("postgres", true)]
    public async Task Shares_whose_undo_data_are_in_pieces_are_taken_back(string kind, bool isReopened)
    {
        // Nine blocks are the window, of a row whose sharebases are mature after five.
        var profile = SharechainProfile.Find("p2poolv2-devnet")! with { Payout = new PayoutDesign.Window(10_000_000, 9, 20) };
        using var folder = new TempFolder();
        var database = kind == "postgres" ? await postgres.NewDatabaseAsync() : "";
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var rival = await OpenAsync(profile, main, new MemoryBlockStore());
        var shares = await ShareLab.MineAsync(rival, _clock, 6, Miner);
        var coin = await Coins.MatureAsync(rival, Miner);
        var part = new Amount(coin.Output.Value.Sats / (Outputs + 1));
        var fan = Coins.Spend([(coin.OutPoint, coin.Output.Value)], [.. Enumerable.Repeat(new TxOut(part, Other), Outputs)]);
        Assert.Equal(BroadcastCode.Accepted, (await rival.BroadcastAsync(fan)).Code);
        shares.AddRange(await ShareLab.MineAsync(rival, _clock, 1, Miner));

        var store = Open();
        var node = await OpenAsync(profile, main, store);
        try
        {
            foreach (var share in shares)
            {
                Assert.Equal(SubmitCode.Accepted, (await node.SubmitShareAsync(share)).Code);
            }

            Assert.Equal(Outputs, (await node.GetCoinsAsync(Other)).Length);
            var own = await ShareLab.MineAsync(node, _clock, 5, Coins.Owner(22));
            Assert.Empty(await node.GetCoinsAsync(Other));
            Assert.Contains(own, share => store.GetUndo(share.Id.Value)!.Value.Length > LargestRecord / 2);
            if (isReopened)
            {
                await node.DisposeAsync();
                store = Open();
                node = await OpenAsync(profile, main, store);
            }

            // One of them is spent beside, where it has not expired yet: it has to be there again.
            var moved = Coins.Spend(new OutPoint(fan.Id, 0), part, Coins.Owner(23));
            Assert.Equal(BroadcastCode.Accepted, (await rival.BroadcastAsync(moved)).Code);
            foreach (var share in await ShareLab.MineAsync(rival, _clock, 6, Miner))
            {
                var result = await node.SubmitShareAsync(share);
                Assert.True(result.Code is SubmitCode.Accepted or SubmitCode.SideChain, $"{result.Code}: {result.Detail}");
            }

            Assert.Equal((await rival.GetTipAsync()).Id, (await node.GetTipAsync()).Id);
            Assert.Equal(rival.StateHash(), node.StateHash());
        }
        finally
        {
            await node.DisposeAsync();
        }

        IBlockStore Open() => kind == "file"
            ? FileBlockStore.Open(folder["shares"], RandomAccess.Write, LargestRecord)
            : PostgresBlockStore.Open(database, "shares", LargestValue);
    }

    private Task<ShareNode> OpenAsync(SharechainProfile profile, IMainchain main, IBlockStore store) =>
        ShareNode.OpenAsync(profile, InterpreterRules.Consensus, store, main, _clock);
}
