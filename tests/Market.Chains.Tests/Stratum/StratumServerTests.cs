using System.Net;
using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Stratum;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Stratum;

/// <summary>The server on real sockets.</summary>
public sealed class StratumServerTests : IAsyncLifetime
{
    private static readonly StratumOptions Options = new()
    {
        Listen = new IPEndPoint(IPAddress.Loopback, 0),
        MostASecond = 1_000,
    };

    private readonly ManualClock _clock = new();
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
    public async Task Miners_of_several_addresses_earn_shares_and_find_blocks()
    {
        await using var server = Begin(Options);
        await using var one = await StratumClient.MiningAsync(server.EndPoint, AddressOf(1) + ".rig");
        await using var two = await StratumClient.MiningAsync(server.EndPoint, AddressOf(2));
        for (var round = 1; round <= 3; round++)
        {
            foreach (var (miner, user) in new[] { (one, AddressOf(1) + ".rig"), (two, AddressOf(2)) })
            {
                var (height, jobs) = ((await _node.GetTipAsync()).Height, miner.Wire.Jobs.Count);
                var below = (await _main.GetTipAsync()).Height;
                _clock.Advance(TimeSpan.FromSeconds(2));
                Assert.Equal(0, await miner.SubmitAsync(miner.Wire.Mine(user, $"{round:x8}")));
                await Eventually.TrueAsync(
                    async () => (await _node.GetTipAsync()).Height == height + 1 && (await _main.GetTipAsync()).Height == below + 1,
                    "the share, and the block that it is");

                // Both chains moved on: everybody has new work.
                await NewestWork.HearAsync(one, server, ScriptOf(1), _node, _main);
                await NewestWork.HearAsync(two, server, ScriptOf(2), _node, _main);
                Assert.True(miner.Wire.Job.Clean);
                Assert.True(miner.Wire.Jobs.Count > jobs);
            }
        }

        Assert.Equal(3, (await _node.GetCoinsAsync(ScriptOf(1))).Length);
        Assert.Equal(3, (await _node.GetCoinsAsync(ScriptOf(2))).Length);
        await Eventually.TrueAsync(() => server.Report().Blocks.Length == 6, "six blocks to be told");
        var report = server.Report();
        Assert.Equal((2, null), (report.Connections, report.Waiting));
        Assert.All(report.Blocks, block => Assert.Equal(SubmitCode.Accepted, block.Result!.Code));
        Assert.All(report.Workers, worker => Assert.Equal((3, 3, 1), (worker.Accepted, worker.Shares, worker.Connections)));
        Assert.Equal(["rig", ""], report.Workers.Select(worker => worker.Name));
    }

    [Fact]
    public async Task Who_asks_about_an_address_is_told_of_its_workers_and_of_no_others()
    {
        await using var server = Begin(Options);
        await using var one = await StratumClient.MiningAsync(server.EndPoint, AddressOf(1) + ".rig");
        await using var two = await StratumClient.MiningAsync(server.EndPoint, AddressOf(2) + ".other");
        _clock.Advance(TimeSpan.FromSeconds(2));
        var found = one.Wire.Mine(AddressOf(1) + ".rig");
        Assert.Equal(0, await one.SubmitAsync(found));
        Assert.Equal(22, await one.SubmitAsync(found));
        await two.SubmitAsync(two.Wire.Mine(AddressOf(2) + ".other", "00000009"));
        await Eventually.TrueAsync(() => server.Report().Blocks.Length > 0, "a block");
        var report = Assert.Single((await AskAsync(AddressOf(1).ToUpperInvariant())).Sharechains);
        var worker = Assert.Single(report.Workers);
        Assert.Equal(("rig", "test/1", 1, 1L), (worker.Name, worker.Agent, worker.Connections, worker.Accepted));
        Assert.Equal(1, Assert.Single(worker.Rejected, each => each.Key == nameof(StratumReject.Duplicate)).Value);
        Assert.Equal(3, worker.Rates.Length);
        Assert.Contains(report.Blocks, block => block.Fate == "accepted");
        Assert.Equal(("p2share-devnet", 1), (report.Sharechain, report.AllWorkers));
        Assert.Empty(Assert.Single((await AskAsync(null)).Sharechains).Workers);
        Assert.Empty(Assert.Single((await AskAsync(AddressOf(3))).Sharechains).Workers);
        Assert.Empty((await AskAsync("nobody")).Sharechains);

        Task<MinersReport> AskAsync(string? address) => StratumQuery.AskAsync(
            "127.0.0.1", server.EndPoint.Port, address, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task An_address_with_more_workers_than_one_answer_holds_is_told_of_all()
    {
        const int connections = 4;
        const int each = 60;
        await using var server = Begin(Options with { Rules = new StratumRules { LeastDifficulty = 1e-12 } });
        for (var i = 0; i < connections; i++)
        {
            await using var miner = await StratumClient.MiningAsync(server.EndPoint, $"{AddressOf(1)}.{i}-0", "d=0.000000000001");
            for (var n = 0; n < each; n++)
            {
                var user = $"{AddressOf(1)}.{i}-{n}";
                await miner.AskAsync("mining.authorize", user);
                var code = 21;
                for (var tries = 0; code == 21; tries++)
                {
                    // Now and then one is a share, which makes the next late. At a clock that stands still difficulty would rise
                    // with every one, until each takes minutes to find.
                    _clock.Advance(TimeSpan.FromSeconds(Vardiff.Aim));
                    code = await miner.SubmitAsync(miner.Wire.Mine(user, $"{(n << 8) + tries:x8}"));
                }

                Assert.Equal(0, code);
            }
        }

        await Eventually.TrueAsync(
            () => server.About(AddressOf(1))!.AllWorkers == connections * each, "the last of them to be counted");
        var report = await StratumQuery.AskAsync(
            "127.0.0.1", server.EndPoint.Port, AddressOf(1), TimeProvider.System, TestContext.Current.CancellationToken);
        var chain = Assert.Single(report.Sharechains);
        Assert.Equal((connections * each, connections * each), (chain.AllWorkers, chain.Workers.Length));
        Assert.Equal(chain.Workers.Length, chain.Workers.DistinctBy(worker => worker.Name).Count());
        var about = server.About(AddressOf(1))!;
        Assert.Equal((MinersReport.PageSize, connections * each), (about.Workers.Length, about.AllWorkers));
    }

    [Fact]
    public async Task Nobody_is_given_work_before_the_sharechain_is_fetched()
    {
        var fetched = new TaskCompletionSource();
        await using var server = Begin(Options, fetched.Task);
        await using var miner = await StratumClient.ConnectAsync(server.EndPoint);
        await miner.AskAsync("mining.subscribe");
        await miner.AskAsync("mining.authorize", AddressOf(1));
        await miner.HearUntilAsync(() => miner.Wire.Messages.Contains("The sharechain is being fetched."));
        Assert.Empty(miner.Wire.Jobs);
        fetched.SetResult();
        await miner.HearUntilAsync(() => miner.Wire.Jobs.Count > 0);
        Assert.Null(server.Report().Waiting);
    }

    [Fact]
    public async Task A_mainchain_that_catches_up_gives_no_work()
    {
        var main = new CatchingUp(_main) { Trouble = "its node is still in its initial download" };
        await using var server = new StratumServer(_node, main, Options, _clock);
        server.Start();
        await using var miner = await StratumClient.ConnectAsync(server.EndPoint);
        await miner.AskAsync("mining.subscribe");
        await miner.AskAsync("mining.authorize", AddressOf(1));
        await miner.HearUntilAsync(() => miner.Wire.Messages.Exists(words => words.Contains("initial download")));
        Assert.Empty(miner.Wire.Jobs);
        main.Trouble = null;
        await miner.HearUntilAsync(() => miner.Wire.Jobs.Count > 0);
    }

    [Fact]
    public async Task What_was_given_is_not_given_again_while_the_mainchain_catches_up()
    {
        var main = new CatchingUp(_main);
        await using var server = new StratumServer(
            _node, main, Options with { Rules = new StratumRules { LeastDifficulty = 1e-12 } }, _clock);
        server.Start();
        await using var miner = await StratumClient.MiningAsync(server.EndPoint, AddressOf(1));
        main.Trouble = "its node is still in its initial download";
        _clock.Advance(Options.Refresh);
        await miner.HearUntilAsync(() => miner.Wire.Messages.Exists(words => words.Contains("initial download")));
        var given = miner.Wire.Jobs.Count;
        await miner.AskAsync("mining.suggest_difficulty", 1e-12);
        await miner.AskAsync("mining.ping");
        Assert.Equal(given, miner.Wire.Jobs.Count);
        main.Trouble = null;
        _clock.Advance(Options.Refresh);
        await miner.HearUntilAsync(() => miner.Wire.Jobs.Count > given);
    }

    [Fact]
    public async Task A_long_line_closes_and_the_refusal_is_still_sent()
    {
        await using var server = Begin(Options);
        await using var miner = await StratumClient.ConnectAsync(server.EndPoint);
        const string request = """{"id":"p","method":"mining.ping"}""";
        await miner.SendAsync(request + new string(' ', (16 * 1024) - request.Length) + "\r\n");
        Assert.True(await miner.HearAsync());
        await miner.SendAsync(new string('x', (16 * 1024) + 1));
        Assert.True(await miner.HearAsync());
        Assert.False(await miner.HearAsync());
        await Eventually.TrueAsync(() => server.Connections == 0, "the connection to be gone");
    }

    [Fact]
    public async Task An_address_may_open_so_many_connections()
    {
        await using var server = Begin(Options with { MostOfAddress = 2 });
        await using var one = await StratumClient.ConnectAsync(server.EndPoint);
        await one.AskAsync("mining.ping");
        await using var two = await StratumClient.ConnectAsync(server.EndPoint);
        await two.AskAsync("mining.ping");
        await using (var three = await StratumClient.ConnectAsync(server.EndPoint))
        {
            Assert.False(await three.HearAsync());
        }

        await one.DisposeAsync();
        await Eventually.TrueAsync(() => server.Connections == 1, "one to have left");
        await using var four = await StratumClient.ConnectAsync(server.EndPoint);
        await four.AskAsync("mining.ping");
    }

    [Fact]
    public async Task Who_reads_nothing_is_closed_and_nobody_waits_for_it()
    {
        await using var server = Begin(Options with { MostPending = 8 * 1024 });
        await using var slow = await StratumClient.ConnectAsync(server.EndPoint, receiveBuffer: 2_048);
        await using var quick = await StratumClient.MiningAsync(server.EndPoint, AddressOf(1));
        var request = string.Concat(Enumerable.Repeat("""{"id":1,"method":"mining.dance","params":[]}""" + "\n", 200));
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await slow.SendAsync(request);
                }
                catch (IOException)
                {
                    // It is closed.
                }

                return server.Connections == 1;
            },
            "the slow one to be closed");
        Assert.Equal("pong", (await quick.AskAsync("mining.ping")).GetProperty("result").GetString());
    }

    [Fact]
    public async Task A_thousand_connections_have_the_new_job_and_none_an_old_one_after_it()
    {
        await using var server = Begin(Options);
        var miners = new List<StratumClient>();
        try
        {
            for (var i = 0; i < 1_000; i++)
            {
                miners.Add(await StratumClient.ConnectAsync(server.EndPoint));
            }

            await Task.WhenAll(miners.Select(async (miner, i) =>
            {
                await miner.AskAsync("mining.subscribe");
                await miner.AskAsync("mining.authorize", $"{AddressOf(i % 200)}.{i}");
                await miner.HearUntilAsync(() => miner.Wire.Jobs.Count > 0);
            }));
            var before = miners[0].Wire.Job.Previous;
            Assert.Equal(1_000, miners.Select(miner => Convert.ToHexString(miner.Wire.ExtraNonce1)).Distinct().Count());
            Assert.Equal(200, miners.Select(miner => miner.Wire.Job.Coinbase2).Distinct().Count());
            await _main.MineAsync(1, Coins.Owner(3));
            await Task.WhenAll(miners.Select(miner => miner.HearUntilAsync(() => miner.Wire.Job.Previous != before)));
            Assert.Single(miners.Select(miner => miner.Wire.Job.Previous).Distinct());
            Assert.All(miners, miner => Assert.True(miner.Wire.Job.Clean));
        }
        finally
        {
            foreach (var miner in miners)
            {
                await miner.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task While_all_are_given_work_whoever_asks_is_answered()
    {
        await HoldingTurnsAsync(async (miners, release) =>
        {
            // The same Bitcoin tip: work made anew may wait for others.
            var before = miners[0].Wire.Jobs.Count;
            _clock.Advance(Options.Refresh);
            await Eventually.TrueAsync(
                async () =>
                {
                    await Task.WhenAll(miners.Select(async miner => await miner.AskAsync("mining.ping")));
                    return miners.Count(miner => miner.Wire.Jobs.Count > before) >= StratumTour.Slice;
                },
                "new work for some");

            // Between two slices: the first have the new job, the others do not, and all are answered, a result among them.
            await Task.WhenAll(miners.Select(async miner => await miner.AskAsync("mining.ping")));
            Assert.Equal(StratumTour.Slice, miners.Count(miner => miner.Wire.Jobs.Count > before));
            var (late, number) = miners.Select((miner, i) => (miner, i)).First(each => each.miner.Wire.Jobs.Count == before);
            Assert.Equal(0, await late.SubmitAsync(late.Wire.Mine($"{AddressOf(number)}.{number}")));
            release();
            await Task.WhenAll(miners.Select(miner => miner.HearUntilAsync(() => miner.Wire.Jobs.Count > before)));
        });
    }

    [Fact]
    public async Task Work_on_a_new_bitcoin_tip_waits_for_nobody()
    {
        await HoldingTurnsAsync(async (miners, _) =>
        {
            var before = miners[0].Wire.Job.Previous;
            await _main.MineAsync(1, Coins.Owner(3));
            await Task.WhenAll(miners.Select(miner => miner.HearUntilAsync(() => miner.Wire.Job.Previous != before)));
        });
    }

    /// <summary>More miners than are given work in one go, at a server whose turns for others last until released.</summary>
    private async Task HoldingTurnsAsync(Func<List<StratumClient>, Action, Task> act)
    {
        const int count = StratumTour.Slice + 8;
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isArmed = false;
        await using var server = new StratumServer(_node, _main, Options, _clock)
        {
            Turn = async () => await (Volatile.Read(ref isArmed) ? held.Task : Task.CompletedTask),
        };
        server.Start();
        var miners = new List<StratumClient>();
        try
        {
            for (var i = 0; i < count; i++)
            {
                miners.Add(await StratumClient.MiningAsync(server.EndPoint, $"{AddressOf(i)}.{i}"));
            }

            Volatile.Write(ref isArmed, true);
            await act(miners, held.SetResult);
        }
        finally
        {
            held.TrySetResult();
            foreach (var miner in miners)
            {
                await miner.DisposeAsync();
            }
        }
    }

    private StratumServer Begin(StratumOptions options, Task? synced = null)
    {
        var server = new StratumServer(_node, _main, options, _clock, synced);
        server.Start();
        return server;
    }

    private static Script ScriptOf(int number) => Script.P2wsh(Coins.Owner(number));

    private string AddressOf(int number) => BitcoinAddress.FromScript(ScriptOf(number), _node.Network).ToString();

    private sealed class CatchingUp(IMainchain inner) : PassingMainchain(inner)
    {
        public string? Trouble { get; set; }

        public override ValueTask<string?> GetTroubleAsync(CancellationToken cancellation = default) =>
            ValueTask.FromResult(Trouble);
    }
}
