using System.Collections.Concurrent;
using Market.Bitcoin;
using Market.Chains.Shares;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Shares;

/// <summary>A share that is a mainchain block is offered to the mainchain before all else, and until it answers.</summary>
public sealed class MainBlockOfferTests
{
    private static readonly Script Miner = Coins.Owner(20);
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task The_mainchain_is_asked_before_the_share_is_taken()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        var watched = new Unwilling(main, 0);
        await using var node = await ShareLab.NodeAsync(watched, _clock);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var share = ShareLab.Solve(await node.GetTemplateAsync(Miner));
        watched.Asked = async () => Assert.Null(await node.GetShareAsync(share.Id));
        var result = await node.SubmitShareAsync(share, TestContext.Current.CancellationToken);
        Assert.Equal((SubmitCode.Accepted, SubmitCode.Accepted), (result.Code, result.MainResult!.Code));
        Assert.Equal(1, watched.Times);
    }

    [Fact]
    public async Task A_mainchain_that_gave_no_answer_is_asked_again_at_once()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        var watched = new Unwilling(main, 1);
        await using var node = await ShareLab.NodeAsync(watched, _clock);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var share = ShareLab.Solve(await node.GetTemplateAsync(Miner));
        var result = await node.SubmitShareAsync(share, TestContext.Current.CancellationToken);
        Assert.Equal(SubmitCode.Accepted, result.MainResult!.Code);
        Assert.Equal(2, watched.Times);
    }

    [Fact]
    public async Task While_the_mainchain_is_away_the_share_is_taken_and_the_block_offered_until_it_is_back()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        var height = (await main.GetTipAsync()).Height;
        var watched = new Unwilling(main, 4);
        await using var node = await ShareLab.NodeAsync(watched, _clock);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var share = ShareLab.Solve(await node.GetTemplateAsync(Miner));
        var result = await node.SubmitShareAsync(share, TestContext.Current.CancellationToken);
        Assert.Equal(SubmitCode.Accepted, result.Code);
        Assert.Equal((SubmitCode.Deferred, "away"), (result.MainResult!.Code, result.MainResult.Detail));
        await Eventually.TrueAsync(async () => (await main.GetTipAsync()).Height == height + 1, "the block");
        Assert.Equal(5, watched.Times);
    }

    [Fact]
    public async Task A_block_is_offered_though_whoever_brought_its_share_hangs_up()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        var height = (await main.GetTipAsync()).Height;
        var (asked, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var watched = new Unwilling(main, 2);
        await using var node = await ShareLab.NodeAsync(watched, _clock);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var share = ShareLab.Solve(await node.GetTemplateAsync(Miner));
        using var caller = new CancellationTokenSource();
        watched.Asked = () =>
        {
            asked.TrySetResult();
            return goOn.Task;
        };
        var submitting = node.SubmitShareAsync(share, caller.Token).AsTask();
        await asked.Task;
        await caller.CancelAsync();
        goOn.SetResult();
        await Task.WhenAny(submitting);
        await Eventually.TrueAsync(async () => (await main.GetTipAsync()).Height == height + 1, "the block");
    }

    [Fact]
    public async Task A_block_is_offered_though_the_sharechain_refuses_its_share()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        await using var node = await ShareLab.NodeAsync(main, _clock);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var template = await node.GetTemplateAsync(Miner);

        // Its coinbase pays who is to be paid, and somebody else too.
        var template2 = template with
        {
            MainCoinbase = new Transaction(
                2, template.MainCoinbase.Inputs,
                [
                    template.MainCoinbase.Outputs[0] with { Value = template.MainCoinbase.Outputs[0].Value - new Amount(5_000) },
                    new TxOut(new Amount(5_000), Coins.Owner(8)), .. template.MainCoinbase.Outputs[1..],
                ],
                0),
        };
        var result = await node.SubmitShareAsync(
            ShareLab.Solve(template2.WithExtraNonce(0)), TestContext.Current.CancellationToken);
        Assert.Equal((SubmitCode.Refused, SubmitCode.Accepted), (result.Code, result.MainResult!.Code));
    }

    [Fact]
    public async Task What_states_an_easier_target_than_the_mainchain_s_is_not_offered()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        var watched = new Unwilling(main, 0);
        await using var node = await ShareLab.NodeAsync(watched, _clock);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var template = await node.GetTemplateAsync(Miner);
        var easy = template with { MainHeader = template.MainHeader with { Bits = new CompactTarget(0x2100ffff) } };
        var result = await node.SubmitShareAsync(ShareLab.Solve(easy), TestContext.Current.CancellationToken);
        Assert.Equal(ShareRefusal.MainBits, result.Refusal);
        Assert.Null(result.MainResult);
        var torn = ShareLab.Solve(template);
        var unproved = torn with
        {
            Proof = torn.Proof with
            {
                MainCoinbase = template.WithExtraNonce(9).ToShare(template.MainHeader).Proof.MainCoinbase,
            },
        };
        Assert.Null((await node.SubmitShareAsync(unproved, TestContext.Current.CancellationToken)).MainResult);
        Assert.Equal(0, watched.Times);
    }

    [Fact]
    public async Task What_fails_before_a_block_is_offered_again_is_told_and_keeps_nothing_open()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        await using var node = await ShareLab.NodeAsync(main, _clock);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var template = await node.GetTemplateAsync(Miner);
        var block = template.ToMainBlock(ShareLab.Solve(template).Proof.MainHeader);
        var away = new Unwilling(main, int.MaxValue);
        var failures = new ConcurrentQueue<SupervisedFailure>();
        await using var found = new FoundBlocks(away, null, _ => { }, _clock, _ => { }, failures.Enqueue);
        var offers = new MainBlockOffers(away, new NoTimers(), found, failures.Enqueue, CancellationToken.None);

        Assert.Equal(SubmitCode.Deferred, (await offers.OfferAsync(block, TestContext.Current.CancellationToken)).Code);
        await Eventually.TrueAsync(() => offers.Ended.IsCompletedSuccessfully && !failures.IsEmpty, "the end of it");
        var failure = Assert.Single(failures);
        Assert.Equal((false, "no timers"), (failure.IsPassing, failure.Error.Message));
    }

    private sealed class NoTimers : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            throw new InvalidOperationException("no timers");
    }

    /// <summary>Gives no answer so many times.</summary>
    private sealed class Unwilling(IMainchain inner, int times) : PassingMainchain(inner)
    {
        private readonly IMainchain _inner = inner;
        private int _times;

        public int Times => Volatile.Read(ref _times);

        public Func<Task> Asked { get; set; } = () => Task.CompletedTask;

        public override async ValueTask<SubmitResult> SubmitBlockAsync(Block block, CancellationToken cancellation = default)
        {
            await Asked();
            cancellation.ThrowIfCancellationRequested();
            return Interlocked.Increment(ref _times) <= times
                ? throw new ChainUnavailableException("away")
                : await _inner.SubmitBlockAsync(block, cancellation);
        }
    }
}
