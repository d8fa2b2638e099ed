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
        var tally = await RowDevnet.MineAsync(
            new RowRun("p2share-weak-devnet") { Shares = 4 }, told.Add, TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal([1, 2, 3, 4], told.Select(share => share.Height).Take(4));
        Assert.True(tally.Shares >= 4);
        Assert.All(told, share => Assert.InRange(share.Minted, 25 * 100_000_000L, 125 * 100_000_000L));
        Assert.Equal((0, 0, 0, 0), (tally.Uncles, tally.Expired, tally.Frozen, tally.LateWorks));
    }

    // On rows whose shares do not change hands, and on those of whole shares, sharebases carry it. How soon there are coins to pay
    // with and a lost block to register is luck: it is mined until both are seen, by a height at which they long must have been.
    [Theory]
    [InlineData("p2share-devnet", true)]
    [InlineData("p2pool-devnet", false)]
    [InlineData("p2share-join-devnet", true)]
    public async Task A_devnet_s_miners_pay_each_other_and_register_late_work_and_all_is_counted(string row, bool isPaid)
    {
        var told = new List<RowShare>();
        var clock = new FasterClock(TimeProvider.System, 20);
        var begun = clock.GetTimestamp();
        var tally = await RowDevnet.MineAsync(
            new RowRun(row)
            {
                Shares = 1_000,
                Miners = 2,
                HasTraffic = true,
                Until = _ => told.Exists(share => share.LateWorks > 0) && told.Exists(share => share.Transactions > 0) == isPaid,
            },
            told.Add, clock, TestContext.Current.CancellationToken);

        Assert.Equal(isPaid, tally.Transactions > 0);
        Assert.True(tally.Transactions >= told.Sum(share => share.Transactions));
        Assert.True(tally.LateWorks > 0);
        Assert.InRange(tally.Payees, 1, 2);
        Assert.InRange(tally.Seconds, 0, clock.GetElapsedTime(begun).TotalSeconds);
        Assert.True(tally.Shares >= told[^1].Height);
        Assert.True(tally.Hashes > 0 && tally.Outputs > 0 && tally.Supply > 0 && tally.Bytes > 0);
    }

    [Fact]
    public async Task A_devnet_ends_when_its_time_is_over_by_its_own_clock()
    {
        var tally = await RowDevnet.MineAsync(
            new RowRun("p2share-devnet") { For = TimeSpan.FromSeconds(20) }, _ => { }, new FasterClock(TimeProvider.System, 20),
            TestContext.Current.CancellationToken);
        Assert.True(tally.Seconds >= 20);
        foreach (var wrong in new[] { "--minutes 0", "--speed 0", "--speed 21", "--miners 0", "--miners 9" })
        {
            Assert.Equal(1, await MarketProgram.RunAsync(["chain", "mine", .. wrong.Split(' ')]));
        }
    }

    [Fact]
    public async Task A_devnet_with_proposed_rules_of_scripts_is_mined_and_its_parameters_name_them()
    {
        var told = new List<RowShare>();
        await RowDevnet.MineAsync(
            new RowRun("p2share-next-devnet") { Shares = 2 }, told.Add, TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal([1, 2], told.Select(share => share.Height).Take(2));
        var parameters = ShareRows.Find("p2share-next")!.Parameters.ToDictionary();
        Assert.Equal("whole", parameters["enforced"]);
        Assert.Equal("as Bitcoin's, with BIP118, BIP119, BIP347, BIP348, BIP349, BIP446", parameters["scripts"]);
    }
}
