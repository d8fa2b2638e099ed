using Market.Api.Data;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains;
using Market.Trading;

namespace Market.Api.Tests.Orders;

/// <summary>What becomes of an order whose coins changed, told by its steps.</summary>
public sealed class BackingDecisionTests
{
    private const long Share = 100_000_000;
    private const long Lot = 1_000_000;
    private const long Price = 100_000;

    private static readonly Script Own = Script.P2wpkh(new Hash160(new byte[20]));
    private static readonly Script Htlc = Script.P2wsh(Script.OpReturn([7]));
    private static readonly OrderId Id = new(1);
    private static readonly Backing Coin = CoinOf(1, 10 * Share);

    private static Backing CoinOf(byte id, long value) => new(
        ChainKind.Sharechain, new OutPoint(new TxId(new Hash256([.. Enumerable.Repeat(id, Hash256.Length)])), 0), value, Own);

    private static OrderStanding Order(long remaining, params Backing[] coins) => new(Side.Sell, Price, remaining, coins, []);

    private static OwnLegs Legs(params OwnLeg[] legs) => new(legs, Newest: 7);

    private static OwnLeg Waited(long amount) => new(Htlc, amount, null, Expected: true);

    private static Transaction Spending(params (long Value, Script Script)[] outputs) => new(
        2, [new TxIn(Coin.OutPoint, Script.Empty, TxIn.ReplaceableSequence)],
        [.. outputs.Select(o => new TxOut(new Amount(o.Value), o.Script))], 0);

    private static BackingStep[] Decide(BackingSight sight, OrderStanding order, params OutPoint[] taken) =>
        [.. BackingDecision.Of(sight, order, Lot, taken.Contains)];

    private static void Follows(BackingStep[] expected, BackingStep[] steps) => Assert.Equal(expected, steps);

    private static BackingSight.Spent Spent(OwnLegs legs, Transaction by) =>
        new(Id, ChainKind.Sharechain, legs, Coin.OutPoint, by);

    [Fact]
    public void A_coin_that_a_stranger_spent_takes_the_rest_off_the_book()
    {
        BackingStep[] steps = [new BackingStep.Leave(Coin.OutPoint), new BackingStep.Withdraw()];
        var elsewhere = Spending((10 * Share - 500, Own));

        Follows(steps, Decide(Spent(Legs(), elsewhere), Order(9 * Share, Coin)));
        Follows(steps, Decide(Spent(Legs(Waited(Share)), elsewhere), Order(9 * Share, Coin)));
        Follows(steps, Decide(
            new BackingSight.Lost(Id, ChainKind.Sharechain, Legs(), Coin.OutPoint), Order(9 * Share, Coin)));
    }

    [Fact]
    public void Of_a_coin_that_stands_behind_the_order_no_more_nothing_follows()
    {
        var other = CoinOf(2, Share);
        Assert.Empty(Decide(Spent(Legs(), Spending((1, Own))), Order(Share / 2, other)));
        Assert.Empty(Decide(
            new BackingSight.Lost(Id, ChainKind.Sharechain, Legs(), Coin.OutPoint), Order(Share / 2, other)));
        Assert.Empty(Decide(
            new BackingSight.Undone(Id, ChainKind.Sharechain, Legs(), Coin.OutPoint, []), Order(Share / 2, other)));
    }

    [Fact]
    public void Change_of_an_own_funding_takes_the_coins_place_and_the_order_is_made_as_large_as_it_carries()
    {
        var funding = Spending((4 * Share, Htlc), (6 * Share - 1_000, Own));
        var change = new Backing(
            ChainKind.Sharechain, new OutPoint(funding.Id, 1), 6 * Share - 1_000, Own, Named: false);
        BackingStep[] moved = [new BackingStep.Leave(Coin.OutPoint), new BackingStep.Join(change)];

        Follows(moved, Decide(Spent(Legs(Waited(4 * Share)), funding), Order(5 * Share, Coin)));
        // Less its own fee the change carries no whole lot more than five shares and 99 hundredths.
        Follows([.. moved, new BackingStep.Shrink(3 * Share + Lot)],
            Decide(Spent(Legs(Waited(4 * Share)), funding), Order(9 * Share, Coin)));
        // Of several coins spent together the first takes the change.
        Follows([new BackingStep.Leave(Coin.OutPoint), new BackingStep.Withdraw()],
            Decide(Spent(Legs(Waited(4 * Share)), funding), Order(5 * Share, Coin), change.OutPoint));
    }

    [Fact]
    public void Change_that_is_merged_with_an_older_series_stands_behind_nothing_and_the_order_shrinks_to_its_other_coins()
    {
        var funding = Spending((4 * Share, Htlc), (6 * Share - 1_000, Own));
        var merged = Spent(Legs(Waited(4 * Share)), funding) with { IsMerged = true };
        var other = CoinOf(2, 2 * Share);

        Follows([new BackingStep.Leave(Coin.OutPoint), new BackingStep.Withdraw()], Decide(merged, Order(5 * Share, Coin)));
        Follows([new BackingStep.Leave(Coin.OutPoint), new BackingStep.Shrink(3 * Share + Lot)],
            Decide(merged, Order(5 * Share, Coin, other)));
    }

    [Fact]
    public void What_other_swaps_wait_for_is_promised_and_so_is_a_trade_made_since_the_legs_were_read()
    {
        var funding = Spending((4 * Share, Htlc), (6 * Share, Own));
        var other = new OwnLeg(Script.P2wsh(Script.OpReturn([8])), 2 * Share, null, Expected: true);
        var order = Order(5 * Share, Coin);

        Assert.Equal(new BackingStep.Shrink(Share + Lot), Decide(Spent(Legs(Waited(4 * Share), other), funding), order)[^1]);
        Assert.Equal(new BackingStep.Shrink(2 * Share + Lot), Decide(
            Spent(Legs(Waited(4 * Share)), funding), order with { Trades = [(7, Share, Share), (8, 3 * Share, 3 * Share)] })[^1]);
    }

    [Fact]
    public void A_dearer_fundings_change_joins_and_change_that_is_no_more_leaves_without_blame()
    {
        var dearer = Spending((4 * Share, Htlc), (6 * Share - 2_000, Own));
        var change = new Backing(
            ChainKind.Sharechain, new OutPoint(dearer.Id, 1), 6 * Share - 2_000, Own, Named: false);
        var before = CoinOf(3, 6 * Share) with { Named = false };
        var legs = Legs(Waited(4 * Share));

        Follows([new BackingStep.Join(change)], Decide(
            new BackingSight.Replaced(Id, ChainKind.Sharechain, legs, Coin, dearer), Order(5 * Share, before)));
        Follows([new BackingStep.Leave(before.OutPoint)], Decide(
            new BackingSight.Undone(Id, ChainKind.Sharechain, legs, before.OutPoint, [dearer]), Order(5 * Share, before, change)));
        // Where no funding stands any more its lock is waited for again, from what is left.
        Follows([new BackingStep.Leave(before.OutPoint), new BackingStep.Shrink(4 * Share)], Decide(
            new BackingSight.Undone(Id, ChainKind.Sharechain, legs, before.OutPoint, []),
            Order(5 * Share, before, CoinOf(4, 5 * Share + Lot))));
    }
}
