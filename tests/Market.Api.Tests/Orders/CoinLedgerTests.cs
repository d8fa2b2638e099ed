using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains;

namespace Market.Api.Tests.Orders;

/// <summary>What of a coin is promised, over all instruments.</summary>
public sealed class CoinLedgerTests
{
    private const string First = "A-BTC", Second = "B-BTC", Ann = "ann", Bob = "bob";
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(50);
    private static readonly PromisedCoin Coin = CoinOf(1), Change = CoinOf(2);
    private readonly CoinLedger _ledger = new();

    private static PromisedCoin CoinOf(byte id) =>
        new("devnet", new OutPoint(new TxId(new Hash256([.. Enumerable.Repeat(id, Hash256.Length)])), 0));

    private static ProvedCoin Proved(PromisedCoin coin, string key = Ann, long value = 100) =>
        new(coin, ChainKind.Mainchain, key, value, Script.Empty, Now, Now.AddDays(1));

    private long Draw(string instrument, long own, long wanted, string key = Ann) =>
        _ledger.Draw(instrument, Coin, key, own, wanted, Now);

    [Fact]
    public void Parts_of_a_coin_are_no_more_than_it_holds_over_all_instruments()
    {
        Assert.True(_ledger.TryProve(Proved(Coin)));
        Assert.Equal(60, Draw(First, 0, 60));
        Assert.Equal(40, Draw(Second, 0, 60));
        Assert.Equal(0, Draw(First, 60, 1));
        Assert.Equal(0, Draw(Second, 40, 1));
        Assert.Equal(0, Assert.Single(_ledger.Of(Ann, Now)).Free);
        // Whole it is nobody's now.
        Assert.False(_ledger.TryTake(First, Coin));

        // What ended in a turn is the others' once it is on disk.
        Assert.Equal(10, Draw(First, 0, 10));
        Assert.Equal(0, Draw(Second, 40, 1));
        _ledger.Set(First, Coin, 10);
        Assert.Equal(50, Draw(Second, 40, 60));
    }

    [Fact]
    public void A_coin_that_is_taken_whole_is_drawn_on_by_nobody()
    {
        Assert.True(_ledger.TryProve(Proved(Coin)));
        Assert.True(_ledger.TryTake(First, Coin));
        Assert.Equal(0, Draw(Second, 0, 1));
        Assert.False(_ledger.TryTake(Second, Coin));
        Assert.False(_ledger.TryLeave(Coin, Ann));
        _ledger.Set(First, Coin, 0);
        Assert.Equal(1, Draw(Second, 0, 1));
    }

    [Fact]
    public void Nobody_draws_on_what_is_anothers_expired_gone_or_leaving()
    {
        Assert.Equal(0, Draw(First, 0, 1));
        Assert.True(_ledger.TryProve(Proved(Coin)));
        Assert.False(_ledger.TryProve(Proved(Coin, Bob)));
        Assert.Equal(0, Draw(First, 0, 1, Bob));
        Assert.Equal(0, _ledger.Draw(First, Coin, Ann, 0, 1, Now.AddDays(1)));
        _ledger.Mark(Coin, isGone: true);
        Assert.Equal(0, Draw(First, 0, 1));
        Assert.Equal(0, Assert.Single(_ledger.Of(Ann, Now)).Free);
        _ledger.Mark(Coin, isGone: false);
        Assert.Null(_ledger.TryLeave(Coin, Bob));
        Assert.True(_ledger.TryLeave(Coin, Ann));
        Assert.Equal(0, Draw(First, 0, 1));
        Assert.False(_ledger.TryProve(Proved(Coin)));
        _ledger.Stay(Coin);
        Assert.Equal(1, Draw(First, 0, 1));
        Assert.False(_ledger.TryLeave(Coin, Ann));
        _ledger.Set(First, Coin, 0);
        Assert.True(_ledger.TryLeave(Coin, Ann));
        _ledger.Forget(Coin);
        Assert.Equal((0, null), (_ledger.CountOf(Ann), _ledger.Find(Coin)));
        Assert.True(_ledger.TryProve(Proved(Coin, Bob)));
    }

    [Fact]
    public void A_proof_is_made_no_shorter_while_something_stands_on_the_coin()
    {
        var (coin, hour) = (Proved(Coin), TimeSpan.FromHours(1));
        var (shorter, longer) = (coin with { ExpiresAt = coin.ExpiresAt - hour }, coin with { ExpiresAt = coin.ExpiresAt + hour });
        Assert.True(_ledger.TryProve(coin));
        Assert.True(_ledger.MayRenew(shorter));
        Assert.Equal(1, Draw(First, 0, 1));
        Assert.Equal((false, true, true), (_ledger.MayRenew(shorter), _ledger.MayRenew(coin), _ledger.MayRenew(longer)));
        _ledger.Set(First, Coin, 0);
        Assert.True(_ledger.MayRenew(shorter));
    }

    [Fact]
    public void Proofs_that_have_expired_make_room_where_nobody_draws_on_them()
    {
        Assert.True(_ledger.TryProve(Proved(Coin)));
        Assert.True(_ledger.TryProve(Proved(Change)));
        Assert.Equal(1, Draw(First, 0, 1));
        _ledger.Sweep(Now);
        Assert.Equal(2, _ledger.CountOf(Ann));
        _ledger.Sweep(Now.AddDays(1));
        Assert.Equal(1, _ledger.CountOf(Ann));
        Assert.NotNull(_ledger.Find(Coin));
    }

    [Fact]
    public void Who_has_earned_nothing_fills_half_and_the_rest_is_for_change_and_who_has()
    {
        var ledger = new CoinLedger(most: 4);
        Assert.True(ledger.TryCome(Proved(CoinOf(1)), hasStanding: false));
        Assert.True(ledger.TryCome(Proved(CoinOf(2)), hasStanding: false));
        Assert.Equal((false, true), (ledger.MayCome(1, hasStanding: false), ledger.MayCome(2, hasStanding: true)));
        Assert.False(ledger.TryCome(Proved(CoinOf(3), Bob), hasStanding: false));
        Assert.Null(ledger.TryCome(Proved(CoinOf(1)), hasStanding: false));
        Assert.True(ledger.TryCome(Proved(CoinOf(3), Bob), hasStanding: true));
        Assert.True(ledger.TryProve(Proved(CoinOf(4)) with { IsChange = true }));
        Assert.False(ledger.TryCome(Proved(CoinOf(5), Bob), hasStanding: true));

        // One that did not come to the disk leaves its place; one that did stays.
        Assert.True(ledger.TryProve(Proved(CoinOf(1))));
        ledger.GiveUp(CoinOf(1));
        ledger.GiveUp(CoinOf(3));
        Assert.Equal((3, 0), (ledger.CountOf(Ann), ledger.CountOf(Bob)));
    }

    [Fact]
    public void What_is_on_its_way_counts_and_is_drawn_on_by_nobody()
    {
        Assert.True(_ledger.TryCome(Proved(Coin), hasStanding: true));
        Assert.Equal((1, null, 0L), (_ledger.CountOf(Ann), _ledger.Find(Coin), Draw(First, 0, 1)));
        Assert.Empty(_ledger.Of(Ann, Now));
        Assert.Null(_ledger.TryLeave(Coin, Ann));
        Assert.False(_ledger.TryProve(Proved(Coin, Bob)));
        Assert.True(_ledger.TryProve(Proved(Coin)));
        Assert.Equal(1, Draw(First, 0, 1));
    }

    [Fact]
    public void What_is_gone_gives_way_first_and_then_what_those_proved_who_have_most_and_earned_nothing()
    {
        foreach (var (id, key) in new[] { (6, "cid"), (7, "cid"), (1, Ann), (2, Ann), (3, Bob), (4, Bob), (5, Bob) })
            Assert.True(_ledger.TryProve(Proved(CoinOf((byte)id), key)));
        _ledger.Mark(CoinOf(1), isGone: true);
        Assert.Equal(1, _ledger.Draw(First, CoinOf(3), Bob, 0, 1, Now));
        _ledger.Draw(First, CoinOf(6), "cid", 0, 1, Now);
        // What was proved lately stays.
        Assert.Equal([CoinOf(1)], Leaving(Now));
        _ledger.Stay(CoinOf(1));
        Assert.Equal([CoinOf(1), CoinOf(4), CoinOf(5), CoinOf(7)], Leaving(Now + CoinLedger.Idle));
        Assert.Empty(Leaving(Now + CoinLedger.Idle));
        Assert.Equal(0, _ledger.Draw(First, CoinOf(4), Bob, 0, 1, Now));

        IEnumerable<PromisedCoin> Leaving(DateTimeOffset now) => _ledger.GiveWay(now, key => key == Ann).Select(c => c.Coin);
    }

    [Fact]
    public void Of_change_whoever_spent_the_coin_leaves_the_others_their_parts()
    {
        Assert.True(_ledger.TryProve(Proved(Coin)));
        Assert.Equal(40, Draw(First, 0, 40));
        Assert.Equal(50, Draw(Second, 0, 50));
        Assert.True(_ledger.TryProve(Proved(Change, value: 60)));

        // Of sixty fifty are the second's, which has not come to it yet.
        Assert.Equal(10, _ledger.Draw(First, Change, Ann, 0, 40, Now, (Coin, 0)));
        Assert.Equal(50, _ledger.Draw(Second, Change, Ann, 0, 50, Now));
    }

    [Fact]
    public void Of_change_a_part_that_others_have_found_already_is_kept_once()
    {
        Assert.True(_ledger.TryProve(Proved(Coin)));
        Assert.Equal(40, Draw(First, 0, 40));
        Assert.Equal(60, Draw(Second, 0, 60));
        Assert.True(_ledger.TryProve(Proved(Change, value: 70)));

        // The first's forty stand on the coin, too, until that is on disk; the second's thirty are what its swap left.
        Assert.Equal(40, _ledger.Draw(First, Change, Ann, 0, 40, Now));
        Assert.Equal(30, _ledger.Draw(Second, Change, Ann, 0, 30, Now, (Coin, 0)));
    }

    [Fact]
    public void What_the_tables_say_is_what_is_promised()
    {
        Assert.True(_ledger.TryProve(Proved(Coin)));
        Assert.Equal(60, Draw(First, 0, 60));
        _ledger.Settle(First, new Dictionary<PromisedCoin, (long, bool)> { [Coin] = (20, false), [Change] = (5, true) });
        Assert.Equal(80, Draw(Second, 0, 100));
        Assert.False(_ledger.TryTake(Second, Change));
        _ledger.Settle(First, new Dictionary<PromisedCoin, (long, bool)>());
        Assert.Equal(20, Draw(Second, 80, 100));
        Assert.True(_ledger.TryTake(Second, Change));
    }
}
