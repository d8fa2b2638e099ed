using System.Net;
using Market.Bitcoin;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Http;

/// <summary>A chain from several sources: the best of all, every answer, and disagreement in words.</summary>
public sealed class SeveralSourcesTests : IAsyncLifetime
{
    private static readonly Script Miner = Coins.Owner(20);
    private static readonly FollowerOptions Quick = new()
    {
        PollInterval = TimeSpan.FromMilliseconds(300),
        LongestPause = TimeSpan.FromMilliseconds(300),
        Timeout = TimeSpan.FromSeconds(5),
    };

    private readonly ManualClock _clock = new();
    private EmbeddedMainchain _main = null!;
    private ShareNode _one = null!;
    private ShareNode _other = null!;
    private NodeHost _oneHost = null!;
    private NodeHost _otherHost = null!;

    public async ValueTask InitializeAsync()
    {
        _main = await Lab.MainchainAsync(_clock);
        _one = await ShareLab.NodeAsync(_main, _clock);
        _other = await ShareLab.NodeAsync(_main, _clock);
        _oneHost = new NodeHost(new NodeHttpService(_main, _one));
        _otherHost = new NodeHost(new NodeHttpService(_main, _other));
    }

    public async ValueTask DisposeAsync()
    {
        await _oneHost.DisposeAsync();
        await _otherHost.DisposeAsync();
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        await _main.DisposeAsync();
    }

    [Fact]
    public async Task The_best_chain_of_all_is_followed_and_another_branch_is_told()
    {
        await ShareLab.MineAsync(_one, _clock, 3, Miner);
        await ShareLab.MineAsync(_other, _clock, 10, Coins.Owner(21));
        using var one = _oneHost.Client();
        using var other = _otherHost.Client();
        await using var chain = await OpenAsync(one, other);
        await Eventually.TrueAsync(
            async () => (await chain.GetTipAsync()).Id == (await _other.GetTipAsync()).Id, "the better chain");
        await Eventually.TrueAsync(
            async () => await chain.FindDisagreementAsync() is { } words
                && words.Contains(_oneHost.Address.Authority, StringComparison.Ordinal),
            "the other branch to be told");
    }

    [Fact]
    public async Task One_that_is_away_lies_or_hangs_stops_nobody_and_its_answer_is_unknown()
    {
        await ShareLab.MineAsync(_one, _clock, 8, Miner);
        using var one = _oneHost.Client();
        using var away = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{NodeHost.FreePort()}/") };
        using var hanging = new HttpClient(new HangingHandler()) { BaseAddress = new Uri("http://hanging.invalid/") };
        using var lying = new HttpClient(new NonsenseHandler()) { BaseAddress = new Uri("http://lying.invalid/") };
        await using var chain = await OpenAsync(away, hanging, lying, one);
        await chain.WaitLiveAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => (await chain.GetTipAsync()).Id == (await _one.GetTipAsync()).Id, "the honest chain");
        Assert.Null(await chain.FindDisagreementAsync());
        Assert.Single(chain.Sources, source => source.IsCurrent);

        var coin = await Coins.MatureAsync(_one, Miner);
        var result = await chain.BroadcastAsync(Coins.Spend(coin, Coins.Owner(22)));
        Assert.True(result.IsSuccess && result.IsUncertain, string.Join("; ", result.Answers));
        Assert.Equal(4, result.Answers.Length);
        Assert.Single(result.Answers, answer => answer.IsSuccess);

        var refused = await chain.BroadcastAsync(Coins.Spend(new OutPoint(default, 1), new Amount(9_999), Miner));
        Assert.False(refused.IsSuccess);
        Assert.True(refused.IsUncertain);
    }

    [Fact]
    public async Task One_that_hangs_keeps_no_refusal_back_and_of_refusals_the_fee_comes_first()
    {
        using var patience = new CancellationTokenSource(Broadcasts.Longest / 2);
        var result = await Broadcasts.ToAllAsync(
            Coins.Spend(new OutPoint(default, 1), new Amount(9_999), Miner),
            [
                ("hanging", async stop =>
                {
                    await Task.Delay(Timeout.Infinite, stop);
                    throw new ChainUnavailableException("never");
                }),
                Refusing(BroadcastCode.MissingInputs), Refusing(BroadcastCode.ReplacementTooCheap),
            ],
            TimeProvider.System, patience.Token);

        Assert.Equal(BroadcastCode.ReplacementTooCheap, result.Code);
        Assert.True(result.IsUncertain);

        static (string, Func<CancellationToken, ValueTask<BroadcastResult>>) Refusing(BroadcastCode code) =>
            (code.ToString(), _ => ValueTask.FromResult(new BroadcastResult(default, code)));
    }

    [Fact]
    public async Task A_stream_of_events_that_hung_once_is_listened_to_again()
    {
        await ShareLab.MineAsync(_one, _clock, 8, Miner);
        using var http = _oneHost.Client(new HangingOnce());
        http.Timeout = TimeSpan.FromSeconds(2);
        await using var chain = await OpenAsync(http);
        await chain.WaitLiveAsync(TestContext.Current.CancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        var spend = Coins.Spend(await Coins.MatureAsync(_one, Miner), Coins.Owner(22));
        Assert.True((await _one.BroadcastAsync(spend)).IsSuccess);
        await Eventually.TrueAsync(
            async () => (await chain.GetMempoolAsync()).Any(entry => entry.Transaction.Id == spend.Id), "the transaction");
    }

    [Fact]
    public async Task Where_nobody_answers_nothing_is_known()
    {
        using var away = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{NodeHost.FreePort()}/") };
        await using var chain = await OpenAsync(away);
        await Assert.ThrowsAsync<ChainUnavailableException>(
            async () => await chain.BroadcastAsync(Coins.Spend(new OutPoint(default, 1), new Amount(9_999), Miner)));
    }

    [Fact]
    public async Task Two_mainchains_that_differ_disagree_and_the_first_that_answers_is_asked()
    {
        await using var rival = await Lab.MainchainAsync(_clock);
        await rival.MineForkAsync((await rival.GetTipAsync()).Height - 5, 7);
        await using var same = new SeveralMainchain(
            [new NamedMainchain("a", _main), new NamedMainchain("b", _main)], _clock);
        Assert.Null(await same.FindDisagreementAsync());
        Assert.Equal(2, same.Sources.Count(source => source.IsCurrent));

        await using var differing = new SeveralMainchain(
            [new NamedMainchain("a", _main), new NamedMainchain("b", rival)], _clock);
        var words = await differing.FindDisagreementAsync();
        Assert.Contains("a and b disagree", words, StringComparison.Ordinal);
        Assert.Equal(await _main.GetTipAsync(), await differing.GetTipAsync());
    }

    private Task<RemoteSharechain> OpenAsync(params HttpClient[] sources) => RemoteSharechain.OpenAsync(
        sources, SharechainProfiles.P2ShareDevnet, InterpreterRules.Consensus, new MemoryBlockStore(), _main, _clock, Quick);

    private sealed class HangingOnce : DelegatingHandler
    {
        private int _hung;

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.AbsolutePath.EndsWith("/events", StringComparison.Ordinal)
                && Interlocked.Exchange(ref _hung, 1) == 0)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return await base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class HangingHandler : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return new HttpResponseMessage(HttpStatusCode.OK);
        }
    }

    private sealed class NonsenseHandler : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent([1, 2, 3, 4]) });
    }
}
