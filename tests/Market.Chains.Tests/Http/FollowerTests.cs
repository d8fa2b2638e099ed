using System.Net;
using Market.Bitcoin;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Mining;
using Market.Chains.Storage;
using Market.Chains.Tests.Mainchain;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Http;

public sealed class FollowerTests : ServedChains
{
    private static readonly Script Miner = Coins.Owner(20);
    private static readonly FollowerOptions Quick = new()
    {
        PollInterval = TimeSpan.FromMilliseconds(500),
        LongestPause = TimeSpan.FromMilliseconds(500),
    };

    [Fact]
    public async Task Validates_both_chains_anew_and_keeps_up_through_reorganisations()
    {
        await ShareLab.MineAsync(Shares, Clock, 10, Miner);
        using var http = Host.Client();
        await using var main = await MainAsync(http);
        await using var shares = await SharesAsync(http, main);
        await main.WaitLiveAsync(TestContext.Current.CancellationToken);
        await shares.WaitLiveAsync(TestContext.Current.CancellationToken);
        await SameAsync(main, shares);

        await ShareLab.MineAsync(Shares, Clock, 3, Miner);
        await Main.MineForkAsync((await Main.GetTipAsync()).Height - 5, 7);
        await SameAsync(main, shares);
        Assert.Equal(0, main.Status.RefusedBlocks);
    }

    [Fact]
    public async Task Finds_a_transaction_that_waits_beyond_all_that_a_server_lists()
    {
        // One transaction with an output for each that is to wait.
        const int many = NodeHttpService.MostMempool + 3;
        var coin = await Coins.MatureAsync(Main, Lab.Treasury);
        var each = new Amount(coin.Output.Value.Sats / (many + 1));
        var source = Coins.Spend(
            [(coin.OutPoint, coin.Output.Value)], [.. Enumerable.Repeat(new TxOut(each, Lab.Treasury), many)]);
        Assert.Equal(BroadcastCode.Accepted, (await Main.BroadcastAsync(source)).Code);
        await Main.MineAsync(1);
        var waiting = new List<Transaction>();
        for (var i = 0; i < many; i++)
        {
            waiting.Add(Coins.Spend(new OutPoint(source.Id, (uint)i), each, i < many - 3 ? Coins.Owner(3) : Coins.Owner(40 + i)));
            await Main.BroadcastAsync(waiting[^1]);
        }

        using var http = Host.Client();
        await using var main = await MainAsync(http);
        await main.WaitLiveAsync(TestContext.Current.CancellationToken);
        Assert.Null(await main.FindTransactionAsync(waiting[^3].Id));
        await FindsAsync(MempoolQuery.Of(waiting[^3].Id), waiting[^3]);
        await FindsAsync(MempoolQuery.Spending(waiting[^2].Inputs[0].PreviousOutput), waiting[^2]);
        await FindsAsync(MempoolQuery.Paying(waiting[^1].Outputs[0].ScriptPubKey), waiting[^1]);

        async Task FindsAsync(MempoolQuery query, Transaction expected) =>
            Assert.Equal(expected.Id, Assert.Single(await main.FindUnconfirmedAsync(query)).Id);
    }

    [Fact]
    public async Task What_is_known_here_answers_while_the_server_does_not()
    {
        var host = new NodeHost(new NodeHttpService(Main, Shares));
        using var http = host.Client();
        await using var main = await MainAsync(http);
        await main.WaitLiveAsync(TestContext.Current.CancellationToken);
        var payment = Coins.Spend(await Coins.MatureAsync(main, Lab.Treasury), Coins.Owner(4));
        await main.BroadcastAsync(payment);
        await host.DisposeAsync();
        Assert.Equal(payment.Id, Assert.Single(await main.FindUnconfirmedAsync(MempoolQuery.Paying(Coins.Owner(4)))).Id);
    }

    [Fact]
    public async Task Hears_of_payments_and_offers_its_own()
    {
        using var http = Host.Client();
        await using var main = await MainAsync(http);
        await main.WaitLiveAsync(TestContext.Current.CancellationToken);
        var coins = await main.GetCoinsAsync(Lab.Treasury);
        var theirs = Coins.Spend(coins[0], Coins.Owner(3));
        await Main.BroadcastAsync(theirs);
        await Eventually.TrueAsync(
            async () => await main.FindTransactionAsync(theirs.Id) is not null, "the payment to be heard of");
        var ours = Coins.Spend(coins[1], Coins.Owner(4));
        Assert.Equal(BroadcastCode.Accepted, (await main.BroadcastAsync(ours)).Code);
        Assert.Equal(BroadcastCode.AlreadyInMempool, (await main.BroadcastAsync(ours)).Code);
        Assert.NotNull(await Main.FindTransactionAsync(ours.Id));
        Assert.Equal(
            BroadcastCode.MissingInputs,
            (await main.BroadcastAsync(Coins.Spend(new OutPoint(default, 1), new Amount(9_999), Miner))).Code);
        await Main.MineAsync(1);
        await Eventually.TrueAsync(
            async () => await main.FindTransactionAsync(ours.Id) is { Confirmations: 1 }, "the confirmation");
    }

    [Fact]
    public async Task A_follower_mines_for_itself()
    {
        using var http = Host.Client();
        await using var main = await MainAsync(http);
        await using var shares = await SharesAsync(http, main);
        await main.WaitLiveAsync(TestContext.Current.CancellationToken);
        await shares.WaitLiveAsync(TestContext.Current.CancellationToken);
        await using (var miner = new ShareMiner(shares, Miner, new MinerOptions(), main))
        {
            miner.Start();
            await Eventually.TrueAsync(() => miner.Report.Accepted >= 3, "three shares");
        }

        Assert.True((await Shares.GetTipAsync()).Height >= 3);
        Assert.NotEmpty(await Shares.GetCoinsAsync(Miner));
        Assert.NotEmpty(await Main.GetCoinsAsync(Miner));
        await SameAsync(main, shares);
    }

    [Fact]
    public async Task Refuses_the_invalid_block_of_a_lying_server()
    {
        var lie = await EmbeddedMainchainTests.BuildAsync(Main, extra: 1);
        using var http = Host.Client(new LyingHandler(lie));
        await using var main = await MainAsync(http);
        await Eventually.TrueAsync(() => main.Status.RefusedBlocks > 0, "the lie to be found out");
        Assert.Contains("bad-cb-amount", main.Status.LastError, StringComparison.Ordinal);
        Assert.False(main.Status.IsLive);
        Assert.Equal(await Main.GetTipAsync(), await main.GetTipAsync());
        Assert.Equal(Main.StateHash(), main.StateHash());
    }

    [Fact]
    public async Task Goes_on_when_its_server_comes_back()
    {
        using var gate = new GateHandler();
        using var http = Host.Client(gate);
        await using var main = await MainAsync(http);
        await main.WaitLiveAsync(TestContext.Current.CancellationToken);
        gate.IsShut = true;
        await Eventually.TrueAsync(() => !main.Status.IsLive, "the loss to be noticed");
        Assert.Contains("Is it running?", main.Status.LastError, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ChainUnavailableException>(async () =>
            await main.BroadcastAsync(Coins.Spend(new OutPoint(default, 1), new Amount(9_999), Miner)));
        await Main.MineAsync(2);
        gate.IsShut = false;
        await Eventually.TrueAsync(
            async () => (await main.GetTipAsync()).Id == (await Main.GetTipAsync()).Id, "the new blocks");
    }

    [Fact]
    public async Task A_mempool_that_cannot_be_read_ends_neither_the_stream_nor_the_chain()
    {
        using var handler = new NoMempool();
        using var http = Host.Client(handler);
        await using var main = await MainAsync(http);
        await main.WaitLiveAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => handler.Refused > 1, "the mempool to be asked for");
        var coins = await Coins.MatureAsync(Main, Lab.Treasury);
        var payment = Coins.Spend(coins, Coins.Owner(3));
        Assert.Equal(BroadcastCode.Accepted, (await Main.BroadcastAsync(payment)).Code);
        await Eventually.TrueAsync(async () => await main.FindTransactionAsync(payment.Id) is not null, "the event of it");
        Assert.True(main.Status.IsLive);

        // And once it can be read, it is.
        Assert.Equal(1, handler.Streams);
        handler.IsShut = false;
        var asked = handler.Refused;
        await Main.MineAsync(1);
        await Eventually.TrueAsync(() => handler.Served > 0, "the mempool");
        Assert.Equal(1, handler.Streams);
        Assert.True(asked > 1);
    }

    [Fact]
    public async Task Outlives_whatever_is_thrown_and_says_so()
    {
        using var folder = new TempFolder();
        using var gate = new GateHandler { Thrown = new InvalidOperationException("not on any list") };
        using var http = Host.Client(gate);
        var main = await RemoteMainchain.OpenAsync(
            http, MainParameters.Regtest, InterpreterRules.Consensus, FileBlockStore.Open(folder["main"]), Clock, Quick);
        await main.WaitLiveAsync(TestContext.Current.CancellationToken);
        gate.IsShut = true;
        await Main.MineAsync(1);
        await Eventually.TrueAsync(() => !main.Status.IsLive, "the fault to be told of");
        Assert.Contains("not on any list", main.Status.LastError, StringComparison.Ordinal);

        // Its own cancellation alone ends it.
        gate.Thrown = new OperationCanceledException("somebody else's");
        await Eventually.TrueAsync(() => gate.Throws > 4, "more tries");
        gate.IsShut = false;
        await Main.MineAsync(1);
        await Eventually.TrueAsync(
            async () => (await main.GetTipAsync()).Id == (await Main.GetTipAsync()).Id && main.Status.IsLive, "the new blocks");
        await main.DisposeAsync();
        FileBlockStore.Open(folder["main"]).Dispose();
    }

    private Task<RemoteMainchain> MainAsync(HttpClient http) => RemoteMainchain.OpenAsync(
        http, MainParameters.Regtest, InterpreterRules.Consensus, new MemoryBlockStore(), Clock, Quick);

    private Task<RemoteSharechain> SharesAsync(HttpClient http, IMainchain main) => RemoteSharechain.OpenAsync(
        http, SharechainProfiles.P2ShareDevnet, InterpreterRules.Consensus, new MemoryBlockStore(), main, Clock,
        Quick);

    private async Task SameAsync(RemoteMainchain main, RemoteSharechain shares)
    {
        await Eventually.TrueAsync(
            async () => (await main.GetTipAsync()).Id == (await Main.GetTipAsync()).Id, "the mainchain's tip");
        await Eventually.TrueAsync(
            async () => (await shares.GetTipAsync()).Id == (await Shares.GetTipAsync()).Id, "the sharechain's tip");
        Assert.Equal(Main.StateHash(), main.StateHash());
        Assert.Equal(Shares.StateHash(), shares.StateHash());
    }

    /// <summary>Tells of a block that breaks a rule as if it were the tip.</summary>
    private sealed class LyingHandler(Block lie) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            var uri = request.RequestUri!.ToString();
            var extra = uri.Contains("mainchain/headers", StringComparison.Ordinal) ? lie.Header.ToArray()
                : uri.Contains("mainchain/blocks", StringComparison.Ordinal) ? lie.ToArray() : null;
            if (extra is not null)
            {
                var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
                response.Content = new ByteArrayContent([.. body, .. NodeFrames.Join([extra])]);
            }

            return response;
        }
    }

    private sealed class NoMempool : DelegatingHandler
    {
        private int _refused;
        private int _served;
        private int _streams;

        public bool IsShut { get; set; } = true;

        public int Refused => Volatile.Read(ref _refused);

        public int Served => Volatile.Read(ref _served);

        public int Streams => Volatile.Read(ref _streams);

        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.AbsolutePath;
            if (path.EndsWith("/events", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _streams);
            }

            if (!path.EndsWith("/mempool", StringComparison.Ordinal))
            {
                return base.SendAsync(request, cancellationToken);
            }

            if (!IsShut)
            {
                Interlocked.Increment(ref _served);
                return base.SendAsync(request, cancellationToken);
            }

            // Whole, and larger than a follower reads.
            Interlocked.Increment(ref _refused);
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new ByteArrayContent(new byte[17 * 1024 * 1024]),
            });
        }
    }

    private sealed class GateHandler : DelegatingHandler
    {
        private int _throws;

        public bool IsShut { get; set; }

        public Exception Thrown { get; set; } = new HttpRequestException("shut");

        public int Throws => Volatile.Read(ref _throws);

        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (IsShut)
            {
                Interlocked.Increment(ref _throws);
                throw Thrown;
            }

            return base.SendAsync(request, cancellationToken);
        }
    }
}
