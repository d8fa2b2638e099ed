using System.Collections.Immutable;
using System.Security.Cryptography;
using Market.Bitcoin;
using Market.Bitcoin.Watching;
using Market.Chains.Mainchain;
using Market.Chains.Watching;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Watching;

public sealed class ChainWatcherTests : IAsyncLifetime
{
    private static readonly byte[] Preimage = [.. Enumerable.Range(0, 32).Select(n => (byte)n)];
    private readonly ManualClock _clock = new();
    private EmbeddedMainchain _chain = null!;
    private UnspentOutput[] _coins = [];

    public async ValueTask InitializeAsync()
    {
        _chain = await Lab.MainchainAsync(_clock, premine: 110);
        _coins = [.. (await _chain.GetCoinsAsync(Lab.Treasury)).Where(coin => coin.IsSpendable(100))];
    }

    public ValueTask DisposeAsync() => _chain.DisposeAsync();

    [Fact]
    public async Task Sees_a_payment_waiting_confirmed_undone_and_confirmed_again()
    {
        var script = Coins.Owner(30);
        await using var watcher = new ChainWatcher(_chain, TimeProvider.System);
        var watched = watcher.OpenWatch();
        await using var events = new Told(watcher);
        watched.Watch(script, 0);
        var payment = Coins.Spend(_coins[0], script);
        await _chain.BroadcastAsync(payment);
        var waiting = await NextAsync<WatchEvent.Funded>(events);
        Assert.Equal((payment.Id, null), (waiting.OutPoint.TxId, waiting.Block));
        Assert.Equal(payment.Outputs[0].Value, waiting.Amount);

        var below = (await _chain.GetTipAsync()).Height;
        await _chain.MineAsync(1);
        var confirmed = await NextAsync<WatchEvent.Funded>(events);
        Assert.Equal((await _chain.GetTipAsync()).Ref, confirmed.Block);
        await MovedToAsync(events, await _chain.GetTipAsync());

        // Its block leaves the chain, and it waits once more.
        await _chain.MineForkAsync(below, 2);
        Assert.Equal(waiting, await NextAsync<WatchEvent.Funded>(events));
        await MovedToAsync(events, await _chain.GetTipAsync());
        await _chain.MineAsync(1);
        Assert.Equal((await _chain.GetTipAsync()).Ref, (await NextAsync<WatchEvent.Funded>(events)).Block);

        // This time the branch spends the coin otherwise: the payment is gone for good.
        await _chain.MineForkAsync(below, 4, first: [Coins.Spend(_coins[0], Coins.Owner(31), fee: 5_000)]);
        var gone = await NextAsync<WatchEvent.FundingGone>(events);
        Assert.Equal(new WatchEvent.FundingGone(script, confirmed.OutPoint), gone);
    }

    [Fact]
    public async Task Takes_the_preimage_from_the_mempool()
    {
        // Anybody who shows 32 bytes may spend: OP_SIZE 32 OP_EQUALVERIFY OP_SHA256 hash OP_EQUAL.
        var hash = SHA256.HashData(Preimage);
        var locked = new Script((byte[])[0x82, 0x01, 0x20, 0x88, 0xa8, 0x20, .. hash, 0x87]);
        var script = Script.P2wsh(locked);
        var funding = Coins.Spend(_coins[0], script);
        await _chain.BroadcastAsync(funding);
        await _chain.MineAsync(3);
        await using var watcher = new ChainWatcher(_chain, TimeProvider.System);
        var watched = watcher.OpenWatch();
        await using var events = new Told(watcher);
        watched.Watch(script, 105);
        var funded = await NextAsync<WatchEvent.Funded>(events);
        Assert.Equal(funding.Id, funded.OutPoint.TxId);

        var claim = new Transaction(
            2,
            [
                new TxIn(
                    funded.OutPoint, Script.Empty, TxIn.ReplaceableSequence,
                    new Witness(Preimage, locked.ToArray())),
            ],
            [new TxOut(new Amount(funded.Amount.Sats - 1_000), Coins.Owner(32))],
            0);
        Assert.Equal(BroadcastCode.Accepted, (await _chain.BroadcastAsync(claim)).Code);
        var seen = await NextAsync<WatchEvent.Spent>(events);
        Assert.Null(seen.Block);
        Assert.Equal(Preimage, seen.FindPreimage(hash));
        Assert.Null(seen.FindPreimage(SHA256.HashData(hash)));
        await _chain.MineAsync(1);
        Assert.Equal((await _chain.GetTipAsync()).Ref, (await NextAsync<WatchEvent.Spent>(events)).Block);

        await _chain.MineForkAsync((await _chain.GetTipAsync()).Height - 1, 2);
        Assert.Equal(seen, await NextAsync<WatchEvent.Spent>(events));
    }

    [Fact]
    public async Task Tells_of_a_spend_that_was_replaced()
    {
        await using var watcher = new ChainWatcher(_chain, TimeProvider.System);
        var watched = watcher.OpenWatch();
        await using var events = new Told(watcher);
        watched.Watch(_coins[0].OutPoint, 0);
        var first = Coins.Spend(_coins[0], Coins.Owner(33), sequence: TxIn.ReplaceableSequence);
        await _chain.BroadcastAsync(first);
        Assert.Equal(first.Id, (await NextAsync<WatchEvent.Spent>(events)).Spender.Id);
        var second = Coins.Spend(_coins[0], Coins.Owner(34), fee: 9_000, sequence: TxIn.ReplaceableSequence);
        await _chain.BroadcastAsync(second);
        Assert.Equal(first.Id, (await NextAsync<WatchEvent.SpendGone>(events)).Spender);
        Assert.Equal(second.Id, (await NextAsync<WatchEvent.Spent>(events)).Spender.Id);
    }

    [Fact]
    public async Task Tells_of_a_payment_that_went_away_just_as_the_chain_moved()
    {
        var script = Coins.Owner(39);
        var below = (await _chain.GetTipAsync()).Height;
        var payment = Coins.Spend(_coins[0], script);
        await _chain.BroadcastAsync(payment);
        await _chain.MineAsync(1);
        var moved = false;
        await using var watcher = new ChainWatcher(new MovingChain(_chain, MoveAsync), TimeProvider.System);
        var watched = watcher.OpenWatch();
        await using var events = new Told(watcher);
        watched.Watch(script, below);
        Assert.Equal(payment.Id, (await NextAsync<WatchEvent.Funded>(events)).OutPoint.TxId);

        await _chain.MineForkAsync(below, 2, first: [Coins.Spend(_coins[0], Coins.Owner(40), fee: 5_000)]);
        Assert.Equal(payment.Id, (await NextAsync<WatchEvent.FundingGone>(events)).OutPoint.TxId);
        Assert.True(moved);

        // The branch spends the coin otherwise, and its next block comes while the watcher looks.
        async Task MoveAsync()
        {
            if (!moved && (await _chain.GetTipAsync()).Height == below + 2)
            {
                moved = true;
                await _chain.MineAsync(1);
            }
        }
    }

    [Fact]
    public async Task Looks_back_to_the_end_though_the_chain_does_not_answer_for_a_while()
    {
        var script = Coins.Owner(43);
        var below = (await _chain.GetTipAsync()).Height;
        var payment = Coins.Spend(_coins[0], script);
        await _chain.BroadcastAsync(payment);
        await _chain.MineAsync(4);
        var failing = new FailingChain(_chain);
        await using var watcher = new ChainWatcher(failing, TimeProvider.System);
        var watched = watcher.OpenWatch();
        await using var events = new Told(watcher);
        await MovedToAsync(events, await _chain.GetTipAsync());

        failing.Left = 3;
        watched.Watch(script, below);
        Assert.Equal(payment.Id, (await NextAsync<WatchEvent.Funded>(events)).OutPoint.TxId);
        Assert.Equal(0, failing.Left);
    }

    [Fact]
    public async Task A_bug_is_told_to_every_reader_and_whoever_reads_again_is_shown_what_comes()
    {
        var broken = new BrokenChain(_chain);
        await using var watcher = new ChainWatcher(broken, TimeProvider.System);
        var watched = watcher.OpenWatch();
        watched.Watch(Coins.Owner(37), 0);
        broken.IsBroken = true;
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await foreach (var _ in watcher.ReadAsync(TestContext.Current.CancellationToken)) watcher.LookNow();
        });

        broken.IsBroken = false;
        await using var events = new Told(watcher);
        var payment = Coins.Spend(_coins[0], Coins.Owner(37));
        await _chain.BroadcastAsync(payment);
        Assert.Equal(payment.Id, (await NextAsync<WatchEvent.Funded>(events)).OutPoint.TxId);
    }

    [Fact]
    public async Task Forgets_what_it_is_told_to()
    {
        await using var watcher = new ChainWatcher(_chain, TimeProvider.System);
        var watched = watcher.OpenWatch();
        await using var events = new Told(watcher);
        watched.Watch(Coins.Owner(37), 0);
        watched.Watch(Coins.Owner(38), 0);
        await MovedToAsync(events, await _chain.GetTipAsync());
        watched.Unwatch(Coins.Owner(37));
        await _chain.BroadcastAsync(Coins.Spend(_coins[0], Coins.Owner(37)));
        await _chain.BroadcastAsync(Coins.Spend(_coins[1], Coins.Owner(38)));
        Assert.Equal(Coins.Owner(38), (await NextAsync<WatchEvent.Funded>(events)).Script);
    }

    [Fact]
    public async Task What_two_readers_want_is_watched_until_neither_does()
    {
        await using var watcher = new ChainWatcher(_chain, TimeProvider.System);
        var (first, second) = (watcher.OpenWatch(), watcher.OpenWatch());
        await using var events = new Told(watcher);
        foreach (var coin in _coins.Take(2))
        {
            first.Watch(coin.OutPoint, 0);
            first.Watch(coin.OutPoint, 0);
            second.Watch(coin.OutPoint, 0);
        }

        // What one says twice, or never asked for, takes nothing from the other.
        await MovedToAsync(events, await _chain.GetTipAsync());
        first.Unwatch(_coins[0].OutPoint);
        first.Unwatch(_coins[0].OutPoint);
        watcher.OpenWatch().Unwatch(_coins[0].OutPoint);
        second.Unwatch(_coins[1].OutPoint);
        first.Unwatch(_coins[1].OutPoint);
        await _chain.BroadcastAsync(Coins.Spend(_coins[1], Coins.Owner(38)));
        await _chain.BroadcastAsync(Coins.Spend(_coins[0], Coins.Owner(37)));
        Assert.Equal(_coins[0].OutPoint, (await NextAsync<WatchEvent.Spent>(events)).OutPoint);
    }

    [Fact]
    public async Task Forgets_it_in_a_look_that_is_underway_too()
    {
        ChainFollower follower = null!;
        follower = new ChainFollower(new MovingChain(_chain, () =>
        {
            follower.Unwatch(Coins.Owner(37));
            return Task.CompletedTask;
        }));
        follower.Watch(Coins.Owner(37), 0);
        follower.Watch(Coins.Owner(38), 0);
        await _chain.BroadcastAsync(Coins.Spend(_coins[0], Coins.Owner(37)));
        await _chain.BroadcastAsync(Coins.Spend(_coins[1], Coins.Owner(38)));
        var look = await follower.PollAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Coins.Owner(38), Assert.Single(look.Events.OfType<WatchEvent.Funded>()).Script);
    }

    private static Task<T> NextAsync<T>(Told events)
        where T : WatchEvent => events.HearAsync<T>();

    private static Task MovedToAsync(Told events, ChainHead head) => events.SkipToAsync(head);

    /// <summary>
    /// What a watcher tells, an event after the other, from before anything is watched: a reader that only comes at its first
    /// question may have missed the one event that it waits for.
    /// </summary>
    private sealed class Told : IAsyncDisposable
    {
        private const int MostLooks = 60;

        private readonly IAsyncEnumerator<FollowResult> _looks;
        private readonly Task<bool> _first;
        private bool _hasFirst;
        private readonly Queue<WatchEvent> _events = [];

        public Told(ChainWatcher watcher)
        {
            _looks = watcher.ReadAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
            _first = _looks.MoveNextAsync().AsTask();
        }

        public async Task<T> HearAsync<T>()
            where T : WatchEvent
        {
            for (var looks = 0; ; looks++)
            {
                while (_events.TryDequeue(out var happened))
                {
                    if (happened is T wanted)
                    {
                        return wanted;
                    }

                    Assert.IsType<WatchEvent.TipMoved>(happened);
                }

                Assert.True(looks < MostLooks, $"no {typeof(T).Name} was told");
                await LookAsync();
            }
        }

        public async Task SkipToAsync(ChainHead head)
        {
            for (var looks = 0; (await LookAsync()).Head != head; looks++)
            {
                Assert.True(looks < MostLooks, $"the watcher did not come to {head}");
                _events.Clear();
            }

            _events.Clear();
        }

        public async ValueTask DisposeAsync()
        {
            // An enumerator may not be let go while it is asked.
            await _first;
            await _looks.DisposeAsync();
        }

        private async Task<FollowResult> LookAsync()
        {
            var next = _hasFirst ? _looks.MoveNextAsync().AsTask() : _first;
            _hasFirst = true;
            Assert.True(await next.WaitAsync(Eventually.Patience));
            foreach (var happened in _looks.Current.Events)
            {
                _events.Enqueue(happened);
            }

            return _looks.Current;
        }
    }

    /// <summary>Does not give a few blocks that it is asked for.</summary>
    private sealed class FailingChain(IChain inner) : PassingChain(inner)
    {
        public int Left { get; set; }

        public override ValueTask<ChainBlock?> GetBlockAsync(Hash256 id, CancellationToken cancellation = default) =>
            Left-- > 0 ? throw new ChainUnavailableException("away") : Pass(id, cancellation);

        private ValueTask<ChainBlock?> Pass(Hash256 id, CancellationToken cancellation)
        {
            Left = 0;
            return base.GetBlockAsync(id, cancellation);
        }
    }

    /// <summary>Answers as no node should.</summary>
    private sealed class BrokenChain(IChain inner) : PassingChain(inner)
    {
        public volatile bool IsBroken;

        public override ValueTask<ImmutableArray<Transaction>> FindUnconfirmedAsync(
            MempoolQuery query, CancellationToken cancellation = default) => IsBroken
            ? throw new InvalidOperationException("a bug")
            : base.FindUnconfirmedAsync(query, cancellation);
    }

    /// <summary>Something happens right after the mempool was asked for.</summary>
    private sealed class MovingChain(IChain inner, Func<Task> happens) : PassingChain(inner)
    {
        public override async ValueTask<ImmutableArray<Transaction>> FindUnconfirmedAsync(
            MempoolQuery query, CancellationToken cancellation = default)
        {
            var found = await base.FindUnconfirmedAsync(query, cancellation);
            await happens();
            return found;
        }
    }
}
