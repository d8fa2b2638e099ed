using Market.Chains.Mining;
using Market.Chains.Shares;

namespace Market.Cli.Tests;

public sealed class ChainCommandTests
{
    [Fact]
    public async Task Parameters_are_printed_of_one_design_and_of_all()
    {
        Assert.Equal(0, await MarketProgram.RunAsync(["chain", "params"]));
        Assert.Equal(0, await MarketProgram.RunAsync(["chain", "params", "p2poolv2", "--json"]));
        Assert.Equal(1, await MarketProgram.RunAsync(["chain", "params", "p2nothing"]));
        Assert.Equal(1, await MarketProgram.RunAsync(["chain", "mine", "--sharechain", "p2nothing"]));
        Assert.Equal(1, await MarketProgram.RunAsync(["chain", "mine", "--sharechain", "p2share"]));
        Assert.Equal(1, await MarketProgram.RunAsync(["chain", "mine", "--shares", "0"]));
    }

    [Fact]
    public void Every_design_has_the_same_parameters_and_they_tell_it_from_the_others()
    {
        var names = ShareRows.All[0].Parameters.Select(pair => pair.Key).ToList();

        Assert.All(ShareRows.All, row => Assert.Equal(names, row.Parameters.Select(pair => pair.Key)));
        Assert.Equal(
            ShareRows.All.Length,
            ShareRows.All.DistinctBy(row => string.Join('\n', row.Parameters.Where(pair => pair.Key != "genesis")
                .Select(pair => pair.Value))).Count());
        Assert.Null(ShareRows.Find("P2SHARE"));
    }

    [Fact]
    public async Task A_devnet_is_mined_and_told_share_by_share()
    {
        var told = new List<RowShare>();
        var report = await RowDevnet.MineAsync(
            "p2share-weak-devnet", 4, null, told.Add, TimeProvider.System,
            cancellation: TestContext.Current.CancellationToken);

        Assert.Equal([1, 2, 3, 4], told.Select(share => share.Height));
        Assert.True(report.Accepted >= 4);
        Assert.All(told, share => Assert.InRange(share.Minted, 25 * 100_000_000L, 125 * 100_000_000L));
    }

    [Fact]
    public async Task A_devnet_with_proposed_rules_of_scripts_is_mined_and_its_parameters_name_them()
    {
        var told = new List<RowShare>();
        await RowDevnet.MineAsync(
            "p2share-next-devnet", 2, null, told.Add, TimeProvider.System,
            cancellation: TestContext.Current.CancellationToken);

        Assert.Equal([1, 2], told.Select(share => share.Height));
        var parameters = ShareRows.Find("p2share-next")!.Parameters.ToDictionary();
        Assert.Equal("whole", parameters["enforced"]);
        Assert.Equal("as Bitcoin's, with BIP118, BIP119, BIP347, BIP348, BIP349, BIP446", parameters["scripts"]);
    }
}
