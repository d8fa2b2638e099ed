using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Watching;
using Market.Chains.Mainchain;
using Market.Chains.Watching;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Watching;

/// <summary>One look after the other: whole or not at all, whatever the chain does meanwhile.</summary>
public sealed class ChainFollowerTests : IAsyncLifetime
{
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
    public async Task A_look_ends_before_it_returns_where_the_chain_answers_at_once()
    {
        var follower = new ChainFollower(_chain);
        follower.Watch(Coins.Owner(50), 0);
        await _chain.BroadcastAsync(Coins.Spend(_coins[0], Coins.Owner(50)));
        var look = follower.PollAsync();
        Assert.True(look.IsCompletedSuccessfully);
        var result = await look;
        Assert.Equal((await _chain.GetTipAsync()).Ref, result.View.At);
        Assert.Same(result.View, follower.View);
        Assert.Null(Assert.Single(result.View.PaymentsTo(Coins.Owner(50))).Height);
    }

    [Fact]
    public async Task What_is_watched_later_is_found_in_blocks_passed_already_and_only_that_is_told()
    {
        var from = (await _chain.GetTipAsync()).Height + 1;
        var payment = Coins.Spend(_coins[0], Coins.Owner(50));
        await _chain.BroadcastAsync(payment);
        await _chain.MineAsync(3);
        await _chain.BroadcastAsync(Coins.Spend(_coins[1], Coins.Owner(51)));
        await _chain.MineAsync(1);
        var follower = new ChainFollower(_chain);
        follower.Watch(Coins.Owner(51), from);
        Assert.Equal(2, (await follower.PollAsync()).Events.Length);
        Assert.Empty((await follower.PollAsync()).Events);

        follower.Watch(Coins.Owner(50), from);
        follower.Watch(_coins[0].OutPoint, from);
        Assert.Empty(follower.View.PaymentsTo(Coins.Owner(50)));
        var look = await follower.PollAsync();
        Assert.Equal(
            [typeof(WatchEvent.Funded), typeof(WatchEvent.Spent)], look.Events.Select(happened => happened.GetType()));
        Assert.Equal(from, Assert.Single(look.View.PaymentsTo(Coins.Owner(50))).Height);
        var spend = look.View.SpendOf(_coins[0].OutPoint)!;
        Assert.Equal((payment.Id, from), (spend.Spender.Id, spend.Height));

        follower.Unwatch(Coins.Owner(50));
        Assert.Empty((await follower.PollAsync()).View.PaymentsTo(Coins.Owner(50)));
        Assert.Single(follower.View.PaymentsTo(Coins.Owner(51)));
    }

    [Fact]
    public async Task A_look_that_breaks_off_changes_no_view_and_what_it_read_is_not_read_again()
    {
        var failing = new CountingChain(_chain);
        var follower = new ChainFollower(failing);
        follower.Watch(Coins.Owner(50), 0);
        await follower.PollAsync();
        var before = follower.View;
        var below = (await _chain.GetTipAsync()).Height;
        await _chain.BroadcastAsync(Coins.Spend(_coins[0], Coins.Owner(50)));
        await _chain.MineAsync(10);
        (failing.Read, failing.FailsAt) = (0, below + 6);
        await FailsAsync(follower);
        Assert.Same(before, follower.View);
        failing.FailsAt = -1;
        var look = await follower.PollAsync();
        Assert.Equal(11, failing.Read);
        Assert.Equal(below + 1, Assert.Single(look.View.PaymentsTo(Coins.Owner(50))).Height);
        Assert.Single(look.Events.OfType<WatchEvent.Funded>());

        // The same where it looks back: the blocks are those that it knows, and the look goes on where it broke off.
        (failing.Read, failing.FailsAt) = (0, below + 4);
        follower.Watch(Coins.Owner(51), below);
        await FailsAsync(follower);
        failing.FailsAt = -1;
        await follower.PollAsync();
        Assert.Equal(12, failing.Read);
    }

    [Fact]
    public async Task Follows_a_reorganisation_deeper_than_it_remembers()
    {
        var below = (await _chain.GetTipAsync()).Height;
        var follower = new ChainFollower(_chain);
        follower.Watch(Coins.Owner(50), below);
        var payment = Coins.Spend(_coins[0], Coins.Owner(50));
        await _chain.BroadcastAsync(payment);
        await _chain.MineAsync(WatchBook.Remembered + 2);
        Assert.Equal(below + 1, Assert.Single((await follower.PollAsync()).View.PaymentsTo(Coins.Owner(50))).Height);

        await _chain.MineForkAsync(
            below, WatchBook.Remembered + 3, first: [Coins.Spend(_coins[0], Coins.Owner(51), fee: 5_000)]);
        var look = await follower.PollAsync();
        Assert.Empty(look.View.PaymentsTo(Coins.Owner(50)));
        Assert.Contains(look.Events, happened => happened is WatchEvent.FundingGone);
        Assert.True(look.Undone > WatchBook.Remembered - 1);
    }

    [Fact]
    public async Task Tells_how_many_blocks_left_the_chain_though_nothing_is_watched_and_no_block_is_read()
    {
        var counting = new CountingChain(_chain);
        var follower = new ChainFollower(counting);
        Assert.Equal(0, (await follower.PollAsync()).Undone);
        await _chain.MineAsync(3);
        Assert.Equal(0, (await follower.PollAsync()).Undone);
        await _chain.MineForkAsync((await _chain.GetTipAsync()).Height - 2, 3);
        var look = await follower.PollAsync();
        Assert.Equal(2, look.Undone);
        Assert.Equal(new WatchEvent.TipMoved(await _chain.GetTipAsync()), Assert.Single(look.Events));
        Assert.Equal(0, counting.Read);
    }

    [Fact]
    public async Task Ends_with_one_tip_though_the_chain_moves_while_it_looks()
    {
        var below = (await _chain.GetTipAsync()).Height;
        var payment = Coins.Spend(_coins[0], Coins.Owner(50));
        await _chain.BroadcastAsync(payment);
        var moving = new MovingChain(_chain);
        var follower = new ChainFollower(moving);
        follower.Watch(Coins.Owner(50), below);
        moving.Moves = async () =>
        {
            moving.Moves = () => Task.CompletedTask;
            await _chain.MineAsync(1);
        };

        // Seen waiting in the first try, and gone from the mempool into a block that the second one reads.
        var look = await follower.PollAsync();
        Assert.Equal(below + 1, look.Head.Height);
        Assert.Equal(below + 1, Assert.Single(look.View.PaymentsTo(Coins.Owner(50))).Height);

        moving.Moves = () => _chain.MineAsync(1);
        await FailsAsync(follower);
        Assert.Same(look.View, follower.View);
    }

    [Fact]
    public async Task Finds_what_spends_a_payment_that_is_itself_unconfirmed_in_a_mempool_that_nobody_lists()
    {
        var follower = new ChainFollower(new UnlistedChain(_chain));
        follower.Watch(Coins.Owner(50), 0);
        var payment = Coins.Spend(_coins[0], Coins.Owner(50));
        var spend = Coins.Spend(new OutPoint(payment.Id, 0), payment.Outputs[0].Value, Coins.Owner(51));
        await _chain.BroadcastAsync(payment);
        await _chain.BroadcastAsync(spend);
        for (var n = 1; n < _coins.Length; n++)
        {
            await _chain.BroadcastAsync(Coins.Spend(_coins[n], Coins.Owner(60 + n)));
        }

        var look = await follower.PollAsync();
        Assert.Equal(spend.Id, Assert.Single(look.View.PaymentsTo(Coins.Owner(50))).Spend!.Spender.Id);
    }

    /// <summary>A follower that has followed all the way shows what one shows that has just been made.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Shows_what_a_follower_shows_that_reads_all_anew(int seed)
    {
        var random = new Random(seed);
        var follower = new ChainFollower(_chain);
        var watched = new List<int>();
        for (var round = 0; round < 60; round++)
        {
            switch (random.Next(5))
            {
                case 0:
                    watched.Add(50 + watched.Count);
                    follower.Watch(Coins.Owner(watched[^1]), 0);
                    break;
                case 1:
                    var tip = (await _chain.GetTipAsync()).Height;
                    var depth = random.Next(1, Math.Min(5, tip - 108));
                    await _chain.MineForkAsync(tip - depth, depth + 1);
                    break;
                case 2:
                    await _chain.MineAsync(random.Next(1, 3));
                    break;
                default:
                    var coin = _coins[random.Next(_coins.Length)];
                    await _chain.BroadcastAsync(Coins.Spend(
                        coin, Coins.Owner(50 + random.Next(6)), 1_000 * (round + 1), TxIn.ReplaceableSequence));
                    break;
            }

            if (random.Next(2) == 0)
            {
                await follower.PollAsync();
                var fresh = new ChainFollower(_chain);
                watched.ForEach(owner => fresh.Watch(Coins.Owner(owner), 0));
                await fresh.PollAsync();
                Assert.All(watched, owner => Assert.Equal(
                    fresh.View.PaymentsTo(Coins.Owner(owner)), follower.View.PaymentsTo(Coins.Owner(owner))));
            }
        }
    }

    private static Task FailsAsync(ChainFollower follower) =>
        Assert.ThrowsAsync<ChainUnavailableException>(async () => await follower.PollAsync());

    /// <summary>Counts the blocks it gives, and does not give one.</summary>
    private sealed class CountingChain(IChain inner) : PassingChain(inner)
    {
        public int Read { get; set; }

        public int FailsAt { get; set; } = -1;

        public override async ValueTask<ChainBlock?> GetBlockAsync(Hash256 id, CancellationToken cancellation = default)
        {
            Read++;
            var block = await base.GetBlockAsync(id, cancellation);
            return block?.Height == FailsAt ? throw new ChainUnavailableException("away") : block;
        }
    }

    /// <summary>Something happens right after the mempool was asked for.</summary>
    private sealed class MovingChain(IChain inner) : PassingChain(inner)
    {
        public Func<Task> Moves { get; set; } = () => Task.CompletedTask;

        public override async ValueTask<ImmutableArray<Transaction>> FindUnconfirmedAsync(
            MempoolQuery query, CancellationToken cancellation = default)
        {
            var found = await base.FindUnconfirmedAsync(query, cancellation);
            await Moves();
            return found;
        }
    }

    /// <summary>Its mempool is too large to list.</summary>
    private sealed class UnlistedChain(IChain inner) : PassingChain(inner)
    {
        public override ValueTask<ImmutableArray<MempoolEntry>> GetMempoolAsync(
            CancellationToken cancellation = default) => throw new ChainUnavailableException("too large");
    }
}
