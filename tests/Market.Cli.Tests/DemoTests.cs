using Market.Cli.Up;
using Market.Contracts;

namespace Market.Cli.Tests;

/// <summary>Which sharechains the demo's people trade, in which series, and that those of one go on without another's.</summary>
public sealed class DemoTests
{
    [Theory]
    [InlineData(true, "p2share")]
    [InlineData(true, "p2poolv2", "p2share-k20")]
    [InlineData(false)]
    [InlineData(false, "p2share", "p2share")]
    [InlineData(false, "p2share", "p2pool")]
    [InlineData(false, "../p2share")]
    public void The_demo_runs_where_its_people_can_trade_every_sharechain(bool runs, params string[] sharechains) =>
        Assert.Equal(runs, Demo.AreTraded(sharechains));

    [Fact]
    public void The_demo_trades_shares_that_stay_and_shares_that_expire_unless_others_are_named()
    {
        Assert.Equal(["p2share", "p2poolv2"], UpCommand.SharechainsOf([], hasDemo: true));
        Assert.Equal(["p2poolv2"], UpCommand.SharechainsOf(["p2poolv2"], hasDemo: true));
        Assert.Empty(UpCommand.SharechainsOf([], hasDemo: false));
    }

    [Fact]
    public void People_trade_in_the_oldest_listed_series_and_leave_it_before_it_closes()
    {
        ExpirySeries[] all =
        [
            Series(4, SeriesState.Next, 2_000), Series(3, SeriesState.Listed, 1_600), Series(2, SeriesState.Listed, 1_300),
            Series(1, SeriesState.Closed, 1_000), Series(2, SeriesState.Listed, 9_999) with { Sharechain = "other" },
        ];
        Assert.Equal("P2POOLV2-2-BTC", DemoSeries.Choose(all, "p2poolv2-devnet", 1_270));
        Assert.Equal("P2POOLV2-3-BTC", DemoSeries.Choose(all, "p2poolv2-devnet", 1_271));
        Assert.Equal("P2POOLV2-3-BTC", DemoSeries.Choose(all, "p2poolv2-devnet", 1_590));
        Assert.Null(DemoSeries.Choose([all[0], all[3]], "p2poolv2-devnet", 1_100));
    }

    [Fact]
    public async Task People_who_fail_leave_those_of_other_sharechains_at_work()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var said = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (isWorking, ended) = (false, false);
        var all = Demo.RunAllAsync(
            [
                ("p2share", _ => throw new InvalidOperationException("broken")),
                ("p2poolv2", async cancel =>
                {
                    isWorking = true;
                    await Task.Delay(Timeout.InfiniteTimeSpan, cancel).ContinueWith(_ => ended = true, TaskScheduler.Default);
                    cancel.ThrowIfCancellationRequested();
                }),
            ],
            text => said.TrySetResult(text), stop.Token);

        Assert.Contains("p2share", await said.Task.WaitAsync(stop.Token));
        Assert.False(all.IsCompleted);
        Assert.False(ended);
        await stop.CancelAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => all);
        Assert.True(isWorking && ended);
    }

    private static ExpirySeries Series(int number, SeriesState state, int closes) => new()
    {
        Instrument = $"P2POOLV2-{number}-BTC",
        Sharechain = "p2poolv2-devnet",
        Number = number,
        FirstRoot = number * 300,
        LastRoot = number * 300 + 299,
        State = state,
        Lists = new SeriesMoment { Height = number * 300 + 6 },
        Closes = new SeriesMoment { Height = closes },
    };
}
