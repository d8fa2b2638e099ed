using System.Collections.Concurrent;
using System.Net;
using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Stratum;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Stratum;

/// <summary>Who is closed and why it is told; and how a server ends.</summary>
public sealed class StratumEndTests : IAsyncLifetime
{
    private static readonly StratumOptions Options = new()
    {
        Listen = new IPEndPoint(IPAddress.Loopback, 0),
        MostASecond = 1_000,
    };

    private readonly ManualClock _clock = new();
    private readonly ConcurrentQueue<string> _told = new();
    private EmbeddedMainchain _main = null!;
    private ShareNode _node = null!;

    public async ValueTask InitializeAsync()
    {
        _main = await Lab.MainchainAsync(_clock, premine: 3);
        _node = await ShareLab.NodeAsync(_main, _clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _main.DisposeAsync();
    }

    [Fact]
    public async Task A_full_port_keeps_the_miner_that_has_results_and_lets_the_next_in()
    {
        await using var server = Begin(Options with { MostConnections = 2 }, _node);
        await using var miner = await StratumClient.MiningAsync(server.EndPoint, AddressOf(1));
        Assert.Equal(0, await miner.SubmitAsync(miner.Wire.Mine(AddressOf(1))));
        await Eventually.TrueAsync(() => server.Totals().Workers[0].Accepted == 1, "the result to be counted");
        await using var silent = await StratumClient.MiningAsync(server.EndPoint, AddressOf(2));
        for (var i = 0; i < 20; i++)
        {
            await using var next = await StratumClient.ConnectAsync(server.EndPoint);
            await next.AskAsync("mining.ping");
        }

        await HearEndAsync(silent);
        Assert.Equal("pong", (await miner.AskAsync("mining.ping")).GetProperty("result").GetString());
        Assert.True(server.Endings[StratumEnd.GaveWay] >= 1);
        Assert.Contains("had no result accepted for the longest", Assert.Single(_told), StringComparison.Ordinal);
        Assert.DoesNotContain(StratumEnd.Full, server.Endings.Keys);
    }

    [Fact]
    public async Task Accepted_results_are_no_lines_of_the_household_and_keep_from_waiting_for_it()
    {
        await using var server = Begin(Options with { MostLinesOfAddress = 1 }, _node);
        await using var miner = await StratumClient.MiningAsync(server.EndPoint, AddressOf(1));
        for (var accepted = 0; accepted <= HouseholdBudget.BurstSeconds;)
        {
            // The clock stands still: whoever has to wait once waits for good. Few are late, since each has the next job first.
            var jobs = miner.Wire.Jobs.Count;
            accepted += await miner.SubmitAsync(miner.Wire.Mine(AddressOf(1))) == 0 ? 1 : 0;
            await miner.HearUntilAsync(() => miner.Wire.Jobs.Count > jobs);
        }

        // Whoever mines does not wait for what its household owes, either.
        for (var i = 0; i < 2 * HouseholdBudget.BurstSeconds; i++)
        {
            Assert.Equal("pong", (await miner.AskAsync("mining.ping")).GetProperty("result").GetString());
        }
    }

    [Fact]
    public async Task A_connection_that_has_only_refused_results_is_read_slowly_and_closed()
    {
        await using var server = Begin(Options, _node);
        await using var junk = await StratumClient.MiningAsync(server.EndPoint, AddressOf(1));
        await using var miner = await StratumClient.MiningAsync(server.EndPoint, AddressOf(2));
        Assert.Equal(2, server.Totals().Connections);
        var line = $$"""{"id":9,"method":"mining.submit","params":["{{AddressOf(1)}}","none","00000000","00000000","00000000"]}"""
            + "\n";
        await junk.SendAsync(string.Concat(Enumerable.Repeat(line, RefusedResults.Most)));
        var seconds = 0;
        await Eventually.TrueAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                seconds++;
                return server.Endings.ContainsKey(StratumEnd.RefusedResults);
            },
            "the end");

        // What its own lines may come at once is used up long before.
        const int slow = (RefusedResults.Most - RefusedResults.ReadAsOthers) * RefusedResults.SlowLines;
        Assert.InRange(seconds, (slow - LineBudget.Burst) / LineBudget.ASecond / 2, int.MaxValue);
        Assert.Equal("pong", (await miner.AskAsync("mining.ping")).GetProperty("result").GetString());
        await Eventually.TrueAsync(() => server.Totals().Connections == 1, "the count");
    }

    [Fact]
    public async Task Why_a_connection_ended_is_counted_and_told_once_a_kind()
    {
        await using var server = Begin(Options with { MostOfAddress = 1 }, _node);
        await using (var one = await StratumClient.ConnectAsync(server.EndPoint))
        {
            await one.AskAsync("mining.ping");
            for (var i = 0; i < 3; i++)
            {
                await using var more = await StratumClient.ConnectAsync(server.EndPoint);
                await HearEndAsync(more);
            }

            await one.SendAsync(string.Concat(Enumerable.Repeat("no\n", Options.Rules.BadLines)));
            await HearEndAsync(one);
        }

        await Eventually.TrueAsync(() => server.Endings.ContainsKey(StratumEnd.BadLines), "the end to be counted");
        await using (var late = await StratumClient.ConnectAsync(server.EndPoint))
        {
            await late.AskAsync("mining.ping");
            await Eventually.TrueAsync(
                () =>
                {
                    _clock.Advance(TimeSpan.FromSeconds(30));
                    return server.Endings.ContainsKey(StratumEnd.NotReady);
                },
                "who says nothing to be closed");
        }

        Assert.Equal((3, 1), (server.Endings[StratumEnd.AddressFull], server.Endings[StratumEnd.BadLines]));
        Assert.Equal(3, _told.Count);
        Assert.Equal(3, _told.Distinct().Count());
    }

    [Fact]
    public async Task A_server_that_stops_hands_in_the_last_shares_and_waits_for_no_miner_that_does_not_read()
    {
        var slow = new SlowBlocks(_main);
        await using var node = await ShareLab.NodeAsync(slow, _clock);
        await using var server = Begin(Options, node);
        await using var deaf = await StratumClient.ConnectAsync(server.EndPoint, receiveBuffer: 2_048);
        await using var miner = await StratumClient.MiningAsync(server.EndPoint, AddressOf(1));
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, await miner.SubmitAsync(miner.Wire.Mine(AddressOf(1))));
        await slow.Came.Task.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);

        // So many answers that some wait for a reader who never comes, and too few for it to be closed.
        await deaf.SendAsync(string.Concat(Enumerable.Repeat("""{"id":1,"method":"mining.dance"}""" + "\n", 1_900)));
        var stopping = server.DisposeAsync().AsTask();
        slow.GoOn.SetResult();
        var passed = TimeSpan.Zero;
        await Eventually.TrueAsync(
            () =>
            {
                // Less in all than sending to the one may take.
                var step = passed < Options.SendPatience / 2 ? TimeSpan.FromMilliseconds(100) : TimeSpan.Zero;
                passed += step;
                _clock.Advance(step);
                return stopping.IsCompleted;
            },
            "the server to be over");
        Assert.Equal(1, (await node.GetTipAsync()).Height);
    }

    private static async Task HearEndAsync(StratumClient miner)
    {
        while (await miner.HearAsync())
        {
            // What was still sent.
        }
    }

    private StratumServer Begin(StratumOptions options, ShareNode shares)
    {
        var server = new StratumServer(shares, _main, options, _clock, told: _told.Enqueue);
        server.Start();
        return server;
    }

    private string AddressOf(int number) =>
        BitcoinAddress.FromScript(Script.P2wsh(Coins.Owner(number)), _node.Network).ToString();

    /// <summary>A mainchain that takes its time with a block.</summary>
    private sealed class SlowBlocks(IMainchain inner) : PassingMainchain(inner)
    {
        public TaskCompletionSource Came { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource GoOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async ValueTask<SubmitResult> SubmitBlockAsync(Block block, CancellationToken cancellation = default)
        {
            Came.TrySetResult();
            await GoOn.Task;
            return await base.SubmitBlockAsync(block, cancellation);
        }
    }
}
