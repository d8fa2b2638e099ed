using Market.Api.Data;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains;
using Market.Trading;

namespace Market.Api.Tests.Orders;

/// <summary>What becomes of an order that draws on proved coins when one of them changed.</summary>
public sealed class DrawDecisionTests
{
    private const long Share = 100_000_000;
    private const long Lot = 1_000_000;
    private const long Fee = 10_000;

    private static readonly Script Own = Script.P2wpkh(new Hash160(new byte[20]));
    private static readonly Script Htlc = Script.P2wsh(Script.OpReturn([7]));
    private static readonly OrderId Id = new(1);
    private static readonly Backing Coin = CoinOf(1, 10 * Share, 4 * Share + Fee), Other = CoinOf(2, 10 * Share, 5 * Share);
    private static readonly Transaction Funding = new(
        2, [new TxIn(Coin.OutPoint, Script.Empty, 0)],
        [new TxOut(new Amount(2 * Share), Htlc), new TxOut(new Amount(7 * Share), Own)], 0);

    private static Backing CoinOf(byte id, long value, long drawn) => new(
        ChainKind.Sharechain, new OutPoint(new TxId(new Hash256([.. Enumerable.Repeat(id, Hash256.Length)])), 0), value, Own)
    {
        Hold = CoinHold.Named,
        Drawn = drawn,
    };

    private static OrderStanding Order(long remaining, params Backing[] coins) =>
        new(Side.Sell, 100_000, remaining, coins, []) { IsShared = true };

    private static BackingStep[] Decide(BackingSight sight, OrderStanding order, Func<Backing?, Backing?>? draw = null) =>
        [.. DrawDecision.Of(sight, order, Lot, (_, _, change, _) => draw?.Invoke(change) is { } coin ? [coin] : [])];

    private static BackingSight.Spent Spent(bool isOwn, bool isMerged = false, params OwnLeg[] legs) =>
        new(Id, ChainKind.Sharechain, new OwnLegs(legs, 7), Coin.OutPoint, Funding, isMerged) { IsOwn = isOwn };

    [Fact]
    public void What_a_stranger_spent_makes_it_as_small_as_what_is_left()
    {
        var steps = Decide(Spent(isOwn: false), Order(9 * Share, Coin, Other), change => change);
        Assert.Equal([new BackingStep.Leave(Coin.OutPoint), new BackingStep.Shrink(4 * Share + Lot)], steps);
        Assert.Equal(
            [new BackingStep.Leave(Coin.OutPoint), new BackingStep.Withdraw()], Decide(Spent(false), Order(4 * Share, Coin)));
        // Filled whole it needs nothing more of what its swap has taken.
        Assert.Equal(
            [new BackingStep.Leave(Coin.OutPoint)],
            Decide(Spent(true, false, new OwnLeg(Htlc, 2 * Share, null, Expected: true)), Order(0, Coin)));
    }

    [Fact]
    public void Change_of_an_own_swap_carries_what_the_coin_carried()
    {
        var change = new Backing(ChainKind.Sharechain, new OutPoint(Funding.Id, 1), 7 * Share, Own, Named: false)
        {
            Hold = CoinHold.Named,
        };
        var drawn = change with { Drawn = 4 * Share + Fee };
        Assert.Equal(
            [new BackingStep.Leave(Coin.OutPoint), new BackingStep.Join(drawn)],
            Decide(Spent(isOwn: true), Order(4 * Share, Coin), offered => offered == change ? drawn : null));
        // What is merged with older shares is no change of its series.
        Assert.Equal(
            [new BackingStep.Leave(Coin.OutPoint), new BackingStep.Withdraw()],
            Decide(Spent(isOwn: true, isMerged: true), Order(4 * Share, Coin), offered => offered == change ? drawn : null));
    }

    [Fact]
    public void What_its_swaps_wait_for_still_is_kept()
    {
        var waits = new OwnLeg(Script.P2wsh(Script.OpReturn([8])), 3 * Share, null, Expected: true);
        var steps = Decide(Spent(false, false, waits), Order(5 * Share, Coin, Other));
        Assert.Equal([new BackingStep.Leave(Coin.OutPoint), new BackingStep.Shrink(3 * Share + Lot)], steps);
    }

    [Fact]
    public void What_is_lost_or_undone_gives_way_to_what_is_left_less_what_no_funding_pays()
    {
        var lost = new BackingSight.Lost(Id, ChainKind.Sharechain, new OwnLegs([], 7), Coin.OutPoint);
        var leg = new OwnLeg(Htlc, 2 * Share, null, Expected: true);
        var undone = new BackingSight.Undone(Id, ChainKind.Sharechain, new OwnLegs([leg], 7), Coin.OutPoint, [Funding]);
        var order = Order(9 * Share, Coin, Other);
        Assert.Equal([new BackingStep.Leave(Coin.OutPoint), new BackingStep.Shrink(4 * Share + Lot)], Decide(lost, order));
        Assert.Equal([new BackingStep.Leave(Coin.OutPoint), new BackingStep.Shrink(4 * Share + Lot)], Decide(undone, order));
        Assert.Equal(
            [new BackingStep.Leave(Coin.OutPoint), new BackingStep.Shrink(6 * Share + Lot)],
            Decide(undone with { Fundings = [] }, order));
        Assert.Empty(Decide(lost, Order(4 * Share, Other)));
    }

    [Fact]
    public void Where_a_proof_expires_other_coins_take_its_place_or_it_gives_way()
    {
        var lapsed = new BackingSight.Lapsed(Id, ChainKind.Sharechain, new OwnLegs([], 7), Coin.OutPoint);
        var more = Other with { Drawn = 4 * Share + Fee };
        Assert.Equal(
            [new BackingStep.Leave(Coin.OutPoint), new BackingStep.Join(more)], Decide(lapsed, Order(4 * Share, Coin), _ => more));
        Assert.Equal([new BackingStep.Leave(Coin.OutPoint), new BackingStep.Withdraw()], Decide(lapsed, Order(4 * Share, Coin)));
        Assert.Empty(Decide(lapsed, Order(4 * Share, Other)));
    }

    [Fact]
    public void Where_a_funding_is_replaced_only_what_is_gone_is_drawn_anew()
    {
        var replaced = new BackingSight.Replaced(Id, ChainKind.Sharechain, new OwnLegs([], 7), Coin, Funding);
        var pooled = Other with { Named = false };
        IReadOnlyList<Backing>? had = null;
        foreach (var (gone, has) in new (OutPoint[], Backing[])[] { ([], [pooled]), ([pooled.OutPoint], []) })
        {
            DrawDecision.Of(replaced with { Gone = gone }, Order(4 * Share, pooled), Lot, (_, own, _, _) =>
            {
                had = own;
                return [];
            });
            Assert.Equal(has, had);
        }
    }

    [Fact]
    public void Where_a_proof_expires_what_its_swaps_wait_for_stays_where_it_is()
    {
        var waits = new OwnLeg(Htlc, 3 * Share, null, Expected: true);
        var lapsed = new BackingSight.Lapsed(Id, ChainKind.Sharechain, new OwnLegs([waits], 7), Coin.OutPoint);

        // All of it, also of a trade that is newer than what was read; and told again nothing follows.
        var whole = Coin with { Drawn = 4 * Share };
        Assert.Empty(Decide(lapsed with { Legs = new OwnLegs([waits with { Amount = 4 * Share }], 7) }, Order(0, whole)));
        Assert.Empty(Decide(
            lapsed with { Legs = new OwnLegs([], 7) }, Order(0, whole) with { Trades = [(8, 4 * Share, 4 * Share)] }));

        // Not what is on the book, and of that what others carry for it is no more its own.
        var steps = Decide(lapsed, Order(Share, Coin));
        var kept = Assert.IsType<BackingStep.Join>(steps[0]).Coin;
        Assert.InRange(kept.Drawn, 3 * Share, 3 * Share + Fee);
        Assert.Equal([new BackingStep.Join(Coin with { Drawn = kept.Drawn }), new BackingStep.Withdraw()], steps);
        Assert.Equal([new BackingStep.Withdraw()], Decide(lapsed, Order(Share, Coin with { Drawn = kept.Drawn })));
        Assert.Equal([new BackingStep.Leave(Coin.OutPoint)], Decide(lapsed, Order(0, Coin, Other)));
        steps = Decide(lapsed, Order(0, Coin, Other with { Drawn = Share }));
        var part = Assert.IsType<BackingStep.Join>(Assert.Single(steps)).Coin;
        Assert.InRange(part.Drawn, 2 * Share, 2 * Share + Fee);
    }
}
