using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain.Tests;

/// <summary>The window rows: issuance by work, expiry, root heights, who is paid.</summary>
public sealed class WindowTests
{
    // In these tests a share has the work of a mainchain block: 2 hashes.
    private static readonly SharechainProfile Six = Rows.Of("p2poolv2-devnet") with
    {
        Payout = new PayoutDesign.Window(6, 500, 2),
        Maturity = 2,
    };

    private static readonly SharechainProfile Classic = Rows.Of("p2pool-devnet") with
    {
        Payout = new PayoutDesign.Window(6, 500, null),
    };

    [Fact]
    public void Issuance_is_the_work_over_hashes_a_share_rounded_down()
    {
        var rule = new IssuanceRule.ByWork(new U256(1) << 16);

        Assert.Equal(2 * Amount.Coin / 65_536, rule.Of(1, new CompactTarget(0x207fffff)).Sats);
        Assert.Equal(4_096 * Amount.Coin / 65_536, rule.Of(9, new CompactTarget(0x1f0fffff)).Sats);
        Assert.Equal(1_525, SharechainProfiles.P2Pool.Issuance.Of(1, new CompactTarget(0x1b00ffff)).Sats);
        var lab = new Lab(Six);
        Assert.Equal(3_051, lab.Add().Transactions[0].Outputs[0].Value.Sats);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Refuses_a_sharebase_of_another_amount(long more)
    {
        var lab = new Lab(Six);
        lab.AddMany(3);
        var block = lab.Next();
        var old = block.Transactions[0];
        var sharebase = new Transaction(
            2, old.Inputs, [new TxOut(old.Outputs[0].Value + new Amount(more), Lab.Owner(1))], 0);

        lab.AssertRefused(
            more > 0 ? ShareRefusal.SharebaseAboveIssuance : ShareRefusal.SharebaseBelowIssuance,
            lab.Forge(block, transactions: [sharebase]));
    }

    [Fact]
    public void The_window_is_the_newest_blocks_whose_work_first_reaches_the_multiple()
    {
        var lab = new Lab(Six);
        lab.AddMany(5);
        Assert.Equal(1, lab.State.WindowStart);
        lab.Add();
        Assert.Equal(1, lab.State.WindowStart);
        lab.Add();
        Assert.Equal(2, lab.State.WindowStart);
        Assert.Equal(6, lab.State.CoinCount);
        Assert.Equal(6 * 3_051, lab.State.Supply.Sats);
    }

    [Fact]
    public void The_window_has_at_most_so_many_blocks()
    {
        var lab = new Lab(Six with { Payout = new PayoutDesign.Window(1_000, 4, 2) });
        lab.AddMany(9);

        Assert.Equal(6, lab.State.WindowStart);
    }

    [Fact]
    public void The_window_never_begins_lower_again()
    {
        var parent = new ShareInfo(default, Six.Genesis, 0, 0, 0, 0, default) { WindowStart = 3 };
        var easy = new CompactTarget(0x207fffff);
        var tree = new BlockTree<ShareId, ShareInfo>(default, parent, easy.Work());
        var window = new PayoutDesign.Window(1, 500, 2);

        Assert.Equal(3, WindowStart.After(window, tree.Root, new CompactTarget(0x1f0fffff), easy.Work()));
        Assert.Equal(3, WindowStart.After(window, tree.Root, easy, easy.Work()));
    }

    [Fact]
    public void What_has_expired_cannot_be_spent_and_is_paid_to_nobody()
    {
        var lab = new Lab(Six);
        lab.Add(Lab.Owner(7));
        var coin = lab.State.Coins.Single();
        for (var i = 2; i <= 6; i++)
        {
            lab.Add(Lab.Owner(1));
        }

        // It may be spent up to the last block of its window, and whoever gets it has no more of it.
        Assert.Contains(Lab.Owner(7), Paid(lab.Next()));
        var last = lab.Next(Lab.Owner(1), Lab.Spend(coin, Lab.Owner(8)));
        Assert.Equal(ShareOutcome.NewTip, lab.Twin().Submit(last).Outcome);
        lab.Add(Lab.Owner(1));

        Assert.Null(lab.State.Find(coin.OutPoint));
        Assert.DoesNotContain(Lab.Owner(7), Paid(lab.Next()));
        var late = lab.Forge(lab.Next(), transactions: [lab.Next().Transactions[0], Lab.Spend(coin, Lab.Owner(8))]);
        lab.AssertRefused(ShareRefusal.InputMissing, late);
        Assert.Single(lab.Template(Lab.Owner(1), Lab.Spend(coin, Lab.Owner(8))).Transactions);
    }

    [Fact]
    public void What_expires_is_looked_at_first_and_taken_out_once()
    {
        var lab = new Lab(Six);
        lab.AddMany(3);
        var coin = lab.State.Coins.Single(each => each.Place == 0);
        lab.Add(null, Lab.Spend(
            coin.OutPoint, [new TxOut(new Amount(1_000), Lab.Owner(2)), new TxOut(coin.Value - new Amount(1_000), Lab.Owner(3))]));
        lab.AddMany(2);
        var block = lab.Next();
        var seen = new List<(Hash256 Hash, string Places)>();
        lab.Chain.Exclusively = work =>
        {
            seen.Add(Look());
            work();
            seen.Add(Look());
        };
        var change = lab.Submit(block).Change!;

        Assert.Equal(4, seen.Count);
        Assert.Equal(seen[0], seen[1]);
        Assert.Equal(6, lab.State.CoinCount);
        var undo = Assert.Single(change.Connected).Undo;
        Assert.Equal(2, undo.Window!.Expired.Length);
        Assert.Equal([1, 1], undo.Window.ExpiredRoots);
        lab.State.Undo(block, undo);
        Assert.Equal(seen[0].Hash, lab.State.StateHash());

        // What is taken out and put in again stands elsewhere.
        (Hash256, string) Look() => (lab.State.StateHash(), string.Join(' ', lab.State.Coins.Select(each => each.Place)));
    }

    [Fact]
    public void Merging_inherits_the_oldest_and_moving_makes_nothing_young()
    {
        var lab = new Lab(Six);
        lab.Add(Lab.Owner(1));
        lab.Add(Lab.Owner(1));
        lab.AddMany(2, Lab.Owner(2));
        var coins = lab.State.Coins.OrderBy(coin => coin.Place).ToArray();
        var merged = new Transaction(
            2,
            [.. new[] { coins[1], coins[0] }.Select(coin => new TxIn(coin.OutPoint, Script.Empty, TxIn.FinalSequence))],
            [new TxOut(coins[0].Value + coins[1].Value, Lab.Owner(9))],
            0);
        var moved = Lab.Spend(new OutPoint(merged.Id, 0), [new TxOut(merged.Outputs[0].Value, Lab.Owner(10))]);
        lab.Add(Lab.Owner(2), merged, moved);

        Assert.Equal(1, lab.State.RootOf(lab.State.Find(new OutPoint(moved.Id, 0))!));
        lab.Add(Lab.Owner(2));
        Assert.NotNull(lab.State.Find(new OutPoint(moved.Id, 0)));
        lab.Add(Lab.Owner(2));
        Assert.Null(lab.State.Find(new OutPoint(moved.Id, 0)));
        Assert.Equal(lab.State.StateHash(), lab.Twin().State.StateHash());
    }

    [Fact]
    public void The_largest_holders_are_paid_in_proportion_mature_or_not()
    {
        var lab = new Lab(Six with { Maturity = 100 });
        foreach (var owner in new[] { 1, 2, 2, 3, 3, 3 })
        {
            lab.Add(Lab.Owner(owner));
        }

        var subsidy = lab.Mainchain.SubsidyNow.Sats;
        Assert.Equal(
            [new TxOut(new Amount(subsidy - subsidy * 2 / 5), Lab.Owner(3)), new TxOut(new Amount(subsidy * 2 / 5), Lab.Owner(2))],
            lab.Next().Proof.MainCoinbase.Outputs.Where(output => output.Value.Sats > 0));
    }

    [Fact]
    public void Equal_holders_are_paid_in_order_of_their_scripts()
    {
        var lab = new Lab(Six);
        foreach (var owner in new[] { 3, 1, 2 })
        {
            lab.Add(Lab.Owner(owner));
        }

        Assert.Equal([Lab.Owner(1), Lab.Owner(2)], Paid(lab.Next()));
    }

    [Fact]
    public void Refuses_another_holder_and_another_proportion()
    {
        var lab = new Lab(Six);
        foreach (var owner in new[] { 1, 1, 2, 3 })
        {
            lab.Add(Lab.Owner(owner));
        }

        var good = lab.Next();
        lab.AssertRefused(ShareRefusal.PayoutScript, lab.Forge(good, outputs: (_, made) =>
            made.SetItem(1, made[1] with { ScriptPubKey = Lab.Owner(3) })));
        lab.AssertRefused(ShareRefusal.PayoutProportion, lab.Forge(good, outputs: (_, made) => made
            .SetItem(0, made[0] with { Value = made[0].Value - new Amount(1) })
            .SetItem(1, made[1] with { Value = made[1].Value + new Amount(1) })));
        lab.AssertRefused(ShareRefusal.PayoutMissing, lab.Forge(good, outputs: (_, made) => made.RemoveAt(1)
            .SetItem(0, made[0] with { Value = made[0].Value + made[1].Value })));
        lab.AssertRefused(ShareRefusal.PayoutExtra, lab.Forge(good, outputs: (_, made) =>
            made.Insert(2, new TxOut(new Amount(1), Lab.Owner(3)))));
        Assert.Equal(ShareOutcome.NewTip, lab.Submit(good).Outcome);
    }

    [Theory]
    [InlineData(1_000, new long[] { 1_000, 1_000, 1_000 }, new long[] { 1_000 })]
    [InlineData(1_092, new long[] { 1_000, 1_000, 1_000 }, new long[] { 546, 546 })]
    [InlineData(100_000, new long[] { 99_000, 545, 400 }, new long[] { 99_453, 547 })]
    [InlineData(100_000, new long[] { 99_000, 600, 545 }, new long[] { 99_398, 602 })]
    [InlineData(7, new long[] { 5, 5 }, new long[] { 7 })]
    [InlineData(0, new long[] { 5, 5 }, new long[0])]
    public void Who_would_get_dust_falls_out_and_the_rest_is_shared_anew(long reward, long[] weights, long[] paid)
    {
        Holder[] holders = [.. weights.Select((weight, i) => new Holder(Lab.Owner(i), weight))];

        Assert.Equal(paid, WindowSplit.Outputs(holders, new Amount(reward)).Select(output => output.Value.Sats));
    }

    [Fact]
    public void Holders_who_find_no_room_in_a_coinbase_are_not_paid()
    {
        var outputs = Enumerable.Range(0, 2_000).Select(i => new Holder(Lab.Owner(i), 2_000_000)).ToArray();
        var paid = WindowSplit.Outputs(outputs, new Amount(50 * Amount.Coin));

        // Of 14 bytes each: 8 of the amount, 1 of the length, 5 of the script.
        Assert.Equal(18_000 / 14, paid.Length);
        Assert.Equal(50 * Amount.Coin, paid.Sum(output => output.Value.Sats));
    }

    [Fact]
    public void Every_holder_is_paid_by_p2pool_and_no_share_of_it_changes_hands()
    {
        var lab = new Lab(Classic);
        for (var i = 0; i < 6; i++)
        {
            lab.Add(Lab.Owner(i));
        }

        var good = lab.Next();
        Assert.Equal(6, Paid(good).Count());
        var coin = lab.State.Coins.First();
        Assert.False(lab.State.IsMature(coin));
        var spend = lab.Forge(good, transactions: [good.Transactions[0], Lab.Spend(coin, Lab.Owner(9))]);
        lab.AssertRefused(ShareRefusal.Immature, spend);
        Assert.Equal(ShareOutcome.NewTip, lab.Submit(good).Outcome);
    }

    [Fact]
    public void A_block_has_at_most_a_hundred_transactions()
    {
        var lab = new Lab(Six with { Payout = new PayoutDesign.Window(600, 500, 2) });
        lab.AddMany(110);
        var spends = lab.State.Coins.Where(lab.State.IsMature).OrderBy(coin => coin.Place).Take(100)
            .Select(coin => Lab.Spend(coin, Lab.Owner(3))).ToArray();

        Assert.Equal(100, lab.Template(Lab.Owner(1), spends).Transactions.Length);
        var full = lab.Next(Lab.Owner(1), spends[..99]);
        lab.AssertRefused(ShareRefusal.TooManyTransactions, lab.Forge(full, transactions: full.Transactions.Add(spends[99])));
        Assert.Equal(ShareOutcome.NewTip, lab.Submit(full).Outcome);
    }

    [Fact]
    public void Refuses_more_units_than_there_can_be()
    {
        var lab = new Lab(Six with { Issuance = new IssuanceRule.ByWork(new U256(1)) });
        lab.Mainchain.SubsidyNow = new Amount(50 * Amount.Coin);
        var each = 2 * Amount.Coin;
        Assert.Equal(each, lab.Add().Transactions[0].Outputs[0].Value.Sats);

        var huge = new Lab(Six with
        {
            Issuance = new IssuanceRule.ByHeight(
                new IssuanceSchedule(new Amount(Amount.MaxMoney / 2), int.MaxValue), new Amount(1)),
        });
        huge.AddMany(2);
        huge.AssertRefused(ShareRefusal.SupplyExceeded, huge.Next());
    }

    private static IEnumerable<Script> Paid(ShareBlock block) => block.Proof.MainCoinbase.Outputs
        .Where(output => output.Value.Sats > 0).Select(output => output.ScriptPubKey);
}
