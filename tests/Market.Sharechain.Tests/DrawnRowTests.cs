using Market.Bitcoin;

namespace Market.Sharechain.Tests;

/// <summary>The rows that draw, beside p2share: twenty winners, and outputs that are all alike.</summary>
public sealed class DrawnRowTests
{
    private static readonly SharechainProfile K20 = Rows.Of("p2share-k20-devnet");
    private static readonly SharechainProfile Join = Rows.Of("p2share-join-devnet");

    [Fact]
    public void Twenty_draws_share_a_reward_equally_and_equal_scripts_are_added_up()
    {
        var lab = new Lab(K20);
        for (var i = 0; i < 40; i++)
        {
            lab.Add(Lab.Owner(i % 3));
        }

        var winners = Enumerable.Range(0, 20).Select(draw => lab.State.Draw(draw).Payout!.Value).ToList();
        var part = lab.Mainchain.SubsidyNow.Sats / 20;
        var paid = lab.Next().Proof.MainCoinbase.Outputs.Where(output => output.Value.Sats > 0).ToList();

        Assert.Equal(winners.Distinct(), paid.Select(output => output.ScriptPubKey));
        Assert.Equal(3, paid.Count);
        Assert.All(paid, output => Assert.Equal(
            part * winners.Count(winner => winner == output.ScriptPubKey), output.Value.Sats));
    }

    [Fact]
    public void Refuses_a_reward_that_nineteen_share()
    {
        var lab = new Lab(K20);
        for (var i = 0; i < 40; i++)
        {
            lab.Add(Lab.Owner(i));
        }

        var good = lab.Next();
        var count = good.Proof.MainCoinbase.Outputs.Count(output => output.Value.Sats > 0);
        Assert.InRange(count, 5, 20);
        lab.AssertRefused(ShareRefusal.PayoutMissing, lab.Forge(good, outputs: (_, made) => made.RemoveAt(count - 1)
            .SetItem(0, made[0] with { Value = made[0].Value + made[count - 1].Value })));
        lab.AssertRefused(ShareRefusal.PayoutProportion, lab.Forge(good, outputs: (_, made) => made
            .SetItem(0, made[0] with { Value = made[0].Value + new Amount(1) })
            .SetItem(1, made[1] with { Value = made[1].Value - new Amount(1) })));
        Assert.Equal(ShareOutcome.NewTip, lab.Submit(good).Outcome);
    }

    [Fact]
    public void A_joins_sharebase_is_fifty_outputs_of_one_share()
    {
        var lab = new Lab(Join);
        var block = lab.Add(Lab.Owner(1));

        Assert.Equal(50, block.Transactions[0].Outputs.Length);
        Assert.All(block.Transactions[0].Outputs, output => Assert.Equal(Amount.Coin, output.Value.Sats));
    }

    [Theory]
    [InlineData(50, 210_000 - 1)]
    [InlineData(12, 2 * 210_000)]
    [InlineData(0, 6 * 210_000)]
    public void What_is_minted_is_rounded_down_to_whole_shares(int shares, int height) => Assert.Equal(
        shares * Amount.Coin, Join.Issuance.Of(height, new CompactTarget(0x207fffff)).Sats);

    [Fact]
    public void Spends_of_a_join_have_whole_outputs_and_notes_are_worth_nothing()
    {
        var lab = new Lab(Join);
        lab.AddMany(6);
        var coins = lab.State.Coins.Where(lab.State.IsMature).OrderBy(coin => coin.Place).Take(3).ToArray();
        var good = Spend(coins, new Amount(Amount.Coin), new Amount(Amount.Coin));

        lab.AssertRefused(ShareRefusal.OutputAmount, With(Spend(coins, new Amount(Amount.Coin), new Amount(Amount.Coin - 1))));
        lab.AssertRefused(ShareRefusal.OutputAmount, With(Spend(coins, new Amount(2 * Amount.Coin))));
        lab.AssertRefused(ShareRefusal.OutputAmount, With(Spend(coins, new Amount(Amount.Coin), Amount.Zero)));
        var burnt = new Transaction(
            2, good.Inputs, [.. good.Outputs, new TxOut(new Amount(Amount.Coin), Lab.Bytes([0x6a]))], 0);
        lab.AssertRefused(ShareRefusal.OutputAmount, With(burnt));
        var noted = new Transaction(2, good.Inputs, [.. good.Outputs, PayoutAnnotation.Output(1, Lab.Owner(7))], 0);

        // Templates leave out what the rule forbids.
        Assert.Single(lab.Template(Lab.Owner(1), burnt).Transactions);
        var block = lab.Add(Lab.Owner(1), noted);

        // Three came in and two went out: the fee is one more output of the sharebase.
        Assert.Equal(51, block.Transactions[0].Outputs.Length);
        Assert.Equal(Lab.Owner(7), lab.State.Find(new OutPoint(noted.Id, 1))!.Payout);

        ShareBlock With(Transaction transaction)
        {
            var plain = lab.Next();
            var sharebase = plain.Transactions[0];
            var fee = coins.Sum(coin => coin.Value.Sats) - transaction.Outputs.Sum(output => output.Value.Sats);
            var outputs = sharebase.Outputs.AddRange(
                Enumerable.Repeat(new TxOut(new Amount(Amount.Coin), Lab.Owner(1)), (int)(fee / Amount.Coin)));
            return lab.Forge(
                plain, transactions: [new Transaction(2, sharebase.Inputs, outputs, 0), transaction]);
        }
    }

    private static Transaction Spend(ShareCoin[] coins, params Amount[] outputs) => new(
        2,
        [.. coins.Select(coin => new TxIn(coin.OutPoint, Script.Empty, TxIn.FinalSequence))],
        [.. outputs.Select((value, i) => new TxOut(value, Lab.Owner(i + 2)))],
        0);
}
