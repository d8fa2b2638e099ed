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
    private readonly ClosedPort _nobody = new();
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
        _nobody.Dispose();
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
        using var away = new HttpClient { BaseAddress = _nobody.Address };
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
    public async Task An_agent_offers_a_bitcoin_block_to_its_own_mainchain_though_the_market_refuses_hangs_or_is_away()
    {
        using var away = new HttpClient { BaseAddress = _nobody.Address };
        using var hanging = new HttpClient(new HangingHandler()) { BaseAddress = new Uri("http://hanging.invalid/") };
        await using var refuser = new NodeHost(new NodeHttpService(_main, _one), (path, answer) =>
            path.EndsWith("/share", StringComparison.Ordinal)
                ? NodeAnswer.Json(new SubmitPayload("", SubmitCode.Refused, "payout-wrong", "because", null))
                : answer);
        using var refusing = refuser.Client();
        foreach (var market in new[] { away, hanging, refusing })
        {
            await using var chain = await OpenAsync(market);
            var height = (await _main.GetTipAsync()).Height;
            _clock.Advance(TimeSpan.FromSeconds(2));
            var share = ShareLab.Solve(await chain.GetTemplateAsync(Miner));
            using var stop = new CancellationTokenSource();
            var offering = chain.SubmitShareAsync(share, stop.Token).AsTask();
            await Eventually.TrueAsync(async () => (await _main.GetTipAsync()).Height == height + 1, "the block");
            await Eventually.TrueAsync(
                async () => await chain.GetFoundAsync() is [{ Fate: FoundFate.Accepted }, ..], "its fate");
            if (market == refusing)
            {
                var result = await offering;
                Assert.Equal((SubmitCode.Refused, true), (result.Code, result.IsMainBlock));
            }
            else
            {
                await stop.CancelAsync();
                await Assert.ThrowsAnyAsync<Exception>(() => offering);
            }

            // What no node took is not built on.
            Assert.Null(await chain.GetShareAsync(share.Id));
        }
    }

    [Fact]
    public async Task Where_nobody_answers_nothing_is_known()
    {
        using var away = new HttpClient { BaseAddress = _nobody.Address };
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

    [Fact]
    public async Task A_block_goes_to_all_mainchains_at_once_though_the_first_hangs_and_another_takes_none()
    {
        await using var node = await ShareLab.NodeAsync(_main, _clock);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var template = await node.GetTemplateAsync(Miner);
        var block = template.ToMainBlock(ShareLab.Solve(template).Proof.MainHeader);
        var height = (await _main.GetTipAsync()).Height;
        var hanging = new TaskCompletionSource<SubmitResult>();
        await using var several = new SeveralMainchain(
            [
                new NamedMainchain("hangs", new Offered(_main, hanging.Task)),
                new NamedMainchain("takes none", new Offered(_main, null)),
                new NamedMainchain("takes", _main),
            ],
            _clock);
        var offer = several.SubmitBlockAsync(block, TestContext.Current.CancellationToken).AsTask();
        await Eventually.TrueAsync(async () => (await _main.GetTipAsync()).Height == height + 1, "the block");
        Assert.False(offer.IsCompleted);
        hanging.SetException(new ChainUnavailableException("never"));
        Assert.Equal(SubmitCode.Accepted, (await offer).Code);
    }

    private sealed class Offered(IMainchain inner, Task<SubmitResult>? answer) : PassingMainchain(inner)
    {
        public override ValueTask<SubmitResult> SubmitBlockAsync(Block block, CancellationToken cancellation = default) =>
            answer is null ? throw new ChainUnavailableException("none") : new ValueTask<SubmitResult>(answer);
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
