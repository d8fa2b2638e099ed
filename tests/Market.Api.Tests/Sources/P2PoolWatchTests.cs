using Market.Api.Analytics;
using Market.Chains.P2PoolV2;
using Market.Contracts;
using Market.Testing.Chains;
using Market.Testing.Chains.P2PoolV2;
using Microsoft.Extensions.Logging.Abstractions;

namespace Market.Api.Tests.Sources;

/// <summary>The worker that reads a p2poolv2 node: what it says of the node in every state, and that a hint wakes it.</summary>
public sealed class P2PoolWatchTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hint_is_enough_for_a_look_and_no_look_comes_without_one_before_its_time()
    {
        var clock = new ManualClock();
        await using var node = new PoolHost(PoolChain.Played(60, clock.Now));
        using var watch = WatchOf(node.Address, clock);
        await watch.StartAsync(Cancel);
        await Eventually.TrueAsync(() => watch.Sight.State == SourceState.Live && node.Said.Count == 1, "it reads and listens");
        node.Chain = PoolChain.Played(61, clock.Now.AddSeconds(10));
        // What the hint says is not believed: the height is asked for.
        await node.HintAsync("""{"topic":"Share","data":{"height":70}}""");
        await Eventually.TrueAsync(() => watch.Sight.Read!.View.Height == 61, "it looks again");
        Assert.Equal(2, node.Asked.Count(path => path == "/chain_info"));
        await watch.StopAsync(Cancel);
    }

    [Fact]
    public async Task Each_trouble_has_its_state_and_the_last_figures_stay_until_it_is_over()
    {
        var clock = new ManualClock();
        await using var node = new PoolHost(PoolChain.Played(60, clock.Now));
        using var watch = WatchOf(node.Address, clock, TimeSpan.FromMilliseconds(20));
        Assert.Equal(SourceState.Reading, watch.Sight.State);
        node.Alter = _ => PoolAnswer.Of("{}", 401);
        await watch.StartAsync(Cancel);
        await Eventually.TrueAsync(() => watch.Sight.State == SourceState.Denied, "the sign-in is refused");
        Assert.Null(watch.Sight.Read);
        node.Alter = _ => null;
        await Eventually.TrueAsync(() => watch.Sight.State == SourceState.Live, "it reads");
        Assert.Null(watch.Sight.Reason);
        foreach (var (answer, state) in new[]
        {
            (PoolAnswer.Of("", 500), SourceState.Away), (PoolAnswer.Of("no"), SourceState.Nonsense),
            (PoolAnswer.Cut, SourceState.Away),
        })
        {
            node.Alter = path => path == "ws" ? null : answer;
            await Eventually.TrueAsync(() => watch.Sight.State == state, $"the node is {state}");
            var since = watch.Sight.Since;
            Assert.StartsWith("The p2poolv2 node could not be read: ", watch.Sight.Reason, StringComparison.Ordinal);
            Assert.Equal(60, watch.Sight.Read!.View.Height);
            clock.Advance(TimeSpan.FromSeconds(7));
            Assert.Equal(since, watch.Sight.Since);
        }

        node.Alter = _ => null;
        node.Chain = PoolChain.Played(64, clock.Now.AddSeconds(19));
        await Eventually.TrueAsync(() => watch.Sight is { State: SourceState.Live, Read.View.Height: 64 }, "it reads again");
        await watch.StopAsync(Cancel);
    }

    [Theory]
    [InlineData(P2PoolVersion.BeforeV014)]
    [InlineData(P2PoolVersion.SinceV014)]
    public async Task Recorded_answers_make_a_window(P2PoolVersion version)
    {
        var chain = PoolChain.Recorded(version);
        await using var node = new PoolHost(chain);
        using var watch = WatchOf(node.Address, new ManualClock(chain.Time));
        await watch.StartAsync(Cancel);
        await Eventually.TrueAsync(() => watch.Sight.State == SourceState.Live, "it reads");
        var (view, window) = (watch.Sight.Read!.View, watch.Sight.Read.Window);
        Assert.Equal(version, view.Version);
        Assert.Equal((14, 1, true), (window.Shares, window.Uncles, window.IsWhole));
        // Four miners of the chain, and the one of the uncle; the one of seven shares has half.
        Assert.Equal(5, window.Holders.Length);
        Assert.InRange(window.Top(1), 0.45, 0.5);
        Assert.Equal(version == P2PoolVersion.SinceV014 ? (int?)4 : null, window.Owners);
        // Eight intervals tell of no hashrate, and so of no worth.
        Assert.Null(window.Value);
        await watch.StopAsync(Cancel);
    }

    private static P2PoolWatch WatchOf(Uri address, ManualClock clock, TimeSpan? poll = null) => new(
        P2PoolOptions.Of(address) with
        {
            PollInterval = poll ?? TimeSpan.FromHours(12),
            ShortestPause = TimeSpan.FromMilliseconds(10),
        },
        clock, NullLogger<P2PoolWatch>.Instance);
}
