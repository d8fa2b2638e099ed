using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain.Tests;

/// <summary>Rules 6 to 8: each with a block that keeps it and a block that breaks nothing else.</summary>
public sealed class LedgerRuleTests
{
    private static readonly Script Alice = Lab.Owner(1);
    private static readonly Script Bob = Lab.Owner(2);
    private readonly Lab _lab = new();

    [Fact]
    public void The_first_shares_pay_their_own_miner_until_one_is_mature()
    {
        for (var i = 1; i <= Lab.Easy.Maturity; i++)
        {
            var block = _lab.Add(Lab.Owner(10 + i));
            Assert.Equal(Lab.Owner(10 + i), block.Proof.MainCoinbase.Outputs[0].ScriptPubKey);
        }

        Assert.Equal(50 * Amount.Coin, _lab.State.MatureUnits);
        Assert.Equal(Lab.Owner(11), _lab.Add(Bob).Proof.MainCoinbase.Outputs[0].ScriptPubKey);
    }

    [Fact]
    public void Refuses_a_coinbase_that_pays_nobody() => _lab.AssertRefused(
        ShareRefusal.PayoutMissing, _lab.Forge(_lab.Next(), outputs: (_, made) => made.RemoveAt(0)));

    [Fact]
    public void Refuses_a_coinbase_that_pays_the_miner_instead_of_the_winner()
    {
        Grow();
        _lab.AssertRefused(ShareRefusal.PayoutScript, _lab.Forge(
            _lab.Next(Bob), outputs: (_, made) => made.SetItem(0, made[0] with { ScriptPubKey = Bob })));
    }

    [Fact]
    public void Refuses_a_further_output_of_value() => _lab.AssertRefused(
        ShareRefusal.PayoutExtra,
        _lab.Forge(_lab.Next(), outputs: (_, made) => [
            made[0] with { Value = made[0].Value - new Amount(1) }, .. made[1..], new TxOut(new Amount(1), Bob)]));

    [Fact]
    public void Refuses_less_than_the_subsidy_and_takes_more_than_it()
    {
        var block = _lab.Next();
        _lab.AssertRefused(ShareRefusal.PayoutBelowSubsidy, _lab.Forge(block, outputs: (_, made) =>
            made.SetItem(0, made[0] with { Value = made[0].Value - new Amount(1) })));
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(_lab.Forge(block, outputs: (_, made) =>
            made.SetItem(0, made[0] with { Value = made[0].Value + new Amount(12_345) }))).Outcome);
    }

    [Fact]
    public void Several_winners_share_equally_and_the_first_gets_the_remainder()
    {
        var lab = new Lab(Lab.Easy with { Payout = new PayoutDesign.Drawn(3) });
        for (var i = 0; i < 8; i++)
        {
            lab.Add(Lab.Owner(10 + i));
        }

        lab.Mainchain.SubsidyNow = new Amount(1_000_000_001);
        while (Enumerable.Range(0, 3).Select(draw => lab.State.Draw(draw).Payout).Distinct().Count() < 3)
        {
            lab.Add(Alice);
        }

        var block = lab.Next(Alice);
        var paid = block.Proof.MainCoinbase.Outputs;

        Assert.Equal([333_333_335L, 333_333_333L, 333_333_333L], paid[..3].Select(output => output.Value.Sats));
        lab.AssertRefused(ShareRefusal.PayoutProportion, lab.Forge(block, outputs: (_, made) => made
            .SetItem(0, made[0] with { Value = made[0].Value - new Amount(1) })
            .SetItem(1, made[1] with { Value = made[1].Value + new Amount(1) })));
        lab.AssertRefused(ShareRefusal.PayoutMissing, lab.Forge(block, outputs: (_, made) => made
            .SetItem(0, made[0] with { Value = made[0].Value + made[2].Value })
            .RemoveAt(2)));
        Assert.Equal(ShareOutcome.NewTip, lab.Submit(block).Outcome);
    }

    [Fact]
    public void Winners_of_equal_scripts_are_paid_by_one_output()
    {
        var lab = new Lab(Lab.Easy with { Payout = new PayoutDesign.Drawn(3) });
        lab.AddMany(8, Alice);
        lab.Mainchain.SubsidyNow = new Amount(1_000_000_001);
        var block = lab.Next(Alice);

        Assert.Equal(new TxOut(new Amount(1_000_000_001), Alice), block.Proof.MainCoinbase.Outputs[0]);
        lab.AssertRefused(ShareRefusal.PayoutExtra, lab.Forge(block, outputs: (_, made) => [
            new TxOut(new Amount(1_000_000_000), Alice), new TxOut(new Amount(1), Alice), .. made[1..]]));
        Assert.Equal(ShareOutcome.NewTip, lab.Submit(block).Outcome);
    }

    [Fact]
    public void Refuses_a_share_without_transactions() => _lab.AssertRefused(
        ShareRefusal.Sharebase, _lab.Forge(_lab.Next(), transactions: []));

    [Fact]
    public void Refuses_a_second_sharebase()
    {
        var block = _lab.Next();
        var second = Sharebase(block, outputs: [new TxOut(Amount.Zero, Bob)]);
        _lab.AssertRefused(ShareRefusal.Sharebase, _lab.Forge(block, transactions: [block.Transactions[0], second]));
    }

    [Fact]
    public void Refuses_a_sharebase_with_a_witness()
    {
        var block = _lab.Next();
        var sharebase = block.Transactions[0];
        var witness = sharebase.Inputs[0] with { Witness = new Witness(new byte[32]) };
        _lab.AssertRefused(ShareRefusal.SharebaseWitness, _lab.Forge(block, transactions:
            [new Transaction(sharebase.Version, [witness], sharebase.Outputs, sharebase.LockTime)]));
    }

    [Fact]
    public void Refuses_a_sharebase_that_names_another_height()
    {
        var block = _lab.Next();
        _lab.AssertRefused(ShareRefusal.SharebaseHeight, _lab.Forge(block, transactions:
            [Sharebase(block, script: Lab.Bytes([0x52, 0]))]));
    }

    [Theory]
    [InlineData(1, ShareRefusal.SharebaseAboveIssuance)]
    [InlineData(-1, ShareRefusal.SharebaseBelowIssuance)]
    public void Refuses_a_sharebase_that_mints_not_exactly_issuance_and_fees(int off, ShareRefusal refusal)
    {
        Grow();
        var block = _lab.Next(Alice, Lab.Spend(Mature(), Bob, fee: 500));
        var value = block.Transactions[0].Outputs[0].Value;
        Assert.Equal(50 * Amount.Coin + 500, value.Sats);

        _lab.AssertRefused(refusal, _lab.Forge(block, transactions: block.Transactions.SetItem(
            0, Sharebase(block, outputs: [new TxOut(value + new Amount(off), Alice)]))));
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(block).Outcome);
    }

    [Fact]
    public void Takes_a_sharebase_with_several_outputs()
    {
        var block = _lab.Next();
        var split = _lab.Forge(block, transactions:
            [Sharebase(block, outputs: [new TxOut(new Amount(1), Alice), new TxOut(new Amount(4_999_999_999), Bob)])]);
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(split).Outcome);
        Assert.Equal(4_999_999_999, Assert.Single(_lab.State.CoinsOf(Bob)).Value.Sats);
    }

    [Fact]
    public void Outputs_are_worth_the_least_of_the_row_and_more_but_for_the_first_of_a_sharebase()
    {
        Grow();
        var least = Least.Sats;
        var (coin, block) = (Mature(), _lab.Next());
        foreach (var little in new[] { new TxOut(new Amount(least - 1), Bob), new TxOut(Amount.Zero, Script.Empty) })
        {
            var spend = Spend(little);
            _lab.AssertRefused(ShareRefusal.OutputAmount, _lab.Forge(block, transactions: [block.Transactions[0], spend]));
            Assert.Equal(LedgerError.OutputAmount, TransactionAcceptance.Check(
                spend, _lab.State, _lab.Chain.NextContext, _lab.State.Rules, out _).Error);
            Assert.Single(_lab.Template(Alice, spend).Transactions);
            _lab.AssertRefused(ShareRefusal.OutputAmount, _lab.Forge(block, transactions:
                [Sharebase(block, outputs: [new TxOut(new Amount((50 * Amount.Coin) - little.Value.Sats), Alice), little])]));
        }

        // What nobody can spend is not kept.
        var noted = Spend(new TxOut(new Amount(least), Bob), new TxOut(Amount.Zero, Lab.Bytes([0x6a])));
        var rest = new TxOut(new Amount((50 * Amount.Coin) - 1), Alice);
        var taken = _lab.Next(Alice, noted);
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(_lab.Forge(taken, transactions:
            [Sharebase(taken, outputs: [new TxOut(new Amount(1), Bob), rest]), .. taken.Transactions[1..]])).Outcome);
        Assert.NotNull(_lab.State.Find(new OutPoint(noted.Id, 0)));

        Transaction Spend(params TxOut[] outputs) => Lab.Spend(
            coin.OutPoint, [.. outputs, new TxOut(coin.Value - new Amount(outputs.Sum(output => output.Value.Sats)), Alice)]);
    }

    [Fact]
    public void Refuses_a_root_over_other_transactions() => _lab.AssertRefused(
        ShareRefusal.TxRoot, _lab.Forge(_lab.Next(), header: header => header with { TxRoot = Hash256.Zero }));

    [Fact]
    public void Refuses_a_root_over_other_witnesses() => _lab.AssertRefused(
        ShareRefusal.WitnessRoot,
        _lab.Forge(_lab.Next(), header: header => header with { WitnessRoot = Hash256.DoubleSha256([]) }));

    [Fact]
    public void Refuses_a_malformed_transaction()
    {
        var block = _lab.Next();
        _lab.AssertRefused(ShareRefusal.TransactionMalformed, _lab.Forge(block, transactions:
            [block.Transactions[0], new Transaction(2, [new TxIn(default, default, 0)], [], 0)]));
    }

    [Fact]
    public void Refuses_more_transactions_than_the_profile_allows()
    {
        var lab = new Lab(Lab.Easy with { MaxTransactions = 1 });
        lab.AddMany(6);
        var coin = lab.State.Coins.First(lab.State.IsMature);
        lab.Now += 2;

        Assert.Single(lab.Template(Alice, Lab.Spend(coin, Bob)).Transactions);
        var block = lab.Next();
        lab.AssertRefused(ShareRefusal.TooManyTransactions, lab.Forge(block, transactions:
            [block.Transactions[0], Lab.Spend(coin, Bob)]));
    }

    [Fact]
    public void Refuses_a_block_that_weighs_too_much()
    {
        Grow();
        var block = _lab.Next();
        var heavy = Lab.Spend(Mature().OutPoint, [.. Enumerable.Repeat(
            new TxOut(Amount.Zero, Lab.Bytes([0x6a, .. new byte[9_990]])), 24)]);
        var value = new TxOut(new Amount(100 * Amount.Coin), Alice);
        var transactions = ImmutableArray.Create(Sharebase(block, outputs: [value]), heavy);
        var forged = _lab.Forge(block, transactions: transactions);
        Assert.InRange(forged.Weight, 950_000, 1_000_000);
        Assert.Equal(ShareRefusal.None, ShareChecks.CheckAlone(forged, Lab.Easy).Refusal);

        var heavier = Lab.Spend(Mature().OutPoint, [.. heavy.Outputs, heavy.Outputs[0], heavy.Outputs[0]]);
        _lab.AssertRefused(ShareRefusal.Weight, _lab.Forge(
            block, transactions: [transactions[0], Lab.Spend(OutPointOf(1), heavier.Outputs[..20]), heavier]));
    }

    [Fact]
    public void Refuses_too_many_signature_operations()
    {
        Grow();
        var block = _lab.Next();
        Script checks = Lab.Bytes([.. Enumerable.Repeat((byte)0xac, 10_000)]);
        var transactions = ImmutableArray.Create(
            block.Transactions[0],
            Lab.Spend(Mature().OutPoint, [new TxOut(Least, checks), new TxOut(Mature().Value - Least, Bob)]));
        _lab.AssertRefused(ShareRefusal.SigOps, _lab.Forge(block, transactions:
            [transactions[0], Lab.Spend(Mature().OutPoint, [
                new TxOut(Least, checks), new TxOut(Least, checks), new TxOut(Least, checks),
                new TxOut(Mature().Value - Least - Least - Least, Bob)])]));
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(_lab.Forge(block, transactions: transactions)).Outcome);
    }

    [Fact]
    public void Refuses_an_input_that_is_not_there()
    {
        var block = _lab.Next();
        _lab.AssertRefused(ShareRefusal.InputMissing, _lab.Forge(block, transactions:
            [block.Transactions[0], Lab.Spend(OutPointOf(5), [new TxOut(Least, Bob)])]));
    }

    [Fact]
    public void Refuses_an_input_spent_by_an_earlier_block()
    {
        Grow();
        var coin = Mature();
        _lab.Add(Alice, Lab.Spend(coin, Bob));
        var block = _lab.Next();
        _lab.AssertRefused(ShareRefusal.InputMissing, _lab.Forge(block, transactions:
            [block.Transactions[0], Lab.Spend(coin, Alice)]));
    }

    [Fact]
    public void Refuses_two_spends_of_one_output_in_a_block()
    {
        Grow();
        var block = _lab.Next();
        _lab.AssertRefused(ShareRefusal.DoubleSpend, _lab.Forge(block, transactions:
            [block.Transactions[0], Lab.Spend(Mature(), Bob), Lab.Spend(Mature(), Alice)]));
    }

    [Fact]
    public void Takes_a_spend_of_an_output_made_in_the_same_block_and_refuses_it_before_its_parent()
    {
        Grow();
        var first = Lab.Spend(Mature(), Bob);
        var second = Lab.Spend(new OutPoint(first.Id, 0), [new TxOut(Mature().Value, Lab.Owner(7))]);
        var block = _lab.Next();

        _lab.AssertRefused(ShareRefusal.InputMissing, _lab.Forge(block, transactions:
            [block.Transactions[0], second, first]));
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(_lab.Forge(block, transactions:
            [block.Transactions[0], first, second])).Outcome);
        Assert.Single(_lab.State.CoinsOf(Lab.Owner(7)));
    }

    [Fact]
    public void A_sharebase_is_spendable_at_its_maturity_and_not_before()
    {
        _lab.Add(Bob);
        var coin = Assert.Single(_lab.State.CoinsOf(Bob));
        for (var height = 2; height < 1 + Lab.Easy.Maturity; height++)
        {
            Assert.False(_lab.State.IsMature(coin));
            var early = _lab.Next();
            _lab.AssertRefused(ShareRefusal.Immature, _lab.Forge(early, transactions:
                [early.Transactions[0], Lab.Spend(coin, Alice)]));
            _lab.Submit(early);
        }

        Assert.True(_lab.State.IsMature(coin));
        _lab.Add(Alice, Lab.Spend(coin, Alice));
    }

    [Fact]
    public void Refuses_a_script_that_does_not_verify()
    {
        Grow();
        Script locked = Lab.Bytes([0x00]);
        var first = Lab.Spend(Mature(), locked);
        _lab.Add(Alice, first);
        var block = _lab.Next();
        _lab.AssertRefused(ShareRefusal.Script, _lab.Forge(block, transactions:
            [block.Transactions[0], Lab.Spend(new OutPoint(first.Id, 0), [new TxOut(Least, Bob)])]));
    }

    [Fact]
    public void A_lock_time_by_height_counts_shares()
    {
        Grow();
        var height = (uint)_lab.State.Height + 1;
        var block = _lab.Next();
        _lab.AssertRefused(ShareRefusal.NotFinal, _lab.Forge(block, transactions:
            [block.Transactions[0], Locked(height)]));
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(_lab.Forge(block, transactions:
            [block.Transactions[0], Locked(height - 1)])).Outcome);
    }

    [Fact]
    public void A_lock_time_by_time_counts_median_time_past()
    {
        _lab.AddMany(15);
        var median = _lab.Chain.MedianTimePast;
        var block = _lab.Next();
        Assert.True(block.Header.Time > median + 1);
        _lab.AssertRefused(ShareRefusal.NotFinal, _lab.Forge(block, transactions:
            [block.Transactions[0], Locked(median)]));
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(_lab.Forge(block, transactions:
            [block.Transactions[0], Locked(median - 1)])).Outcome);
    }

    [Fact]
    public void A_relative_lock_by_height_counts_from_the_output()
    {
        Grow();
        var second = SpendOfNew(sequence: 3);
        for (var i = 0; i < 2; i++)
        {
            AddWithout(second);
        }

        _lab.Add(Alice, second);
    }

    [Fact]
    public void A_relative_lock_by_time_counts_median_time_from_the_block_before_the_output()
    {
        _lab.AddMany(15);
        var start = _lab.Chain.MedianTimePast;
        var second = SpendOfNew(sequence: (1 << 22) | 1);
        while (_lab.Chain.MedianTimePast < start + 512)
        {
            _lab.Now += 40;
            AddWithout(second);
        }

        _lab.Add(Alice, second);
    }

    [Fact]
    public void Refuses_outputs_worth_more_than_the_inputs()
    {
        Grow();
        var block = _lab.Next();
        _lab.AssertRefused(ShareRefusal.ValueCreated, _lab.Forge(block, transactions:
            [block.Transactions[0], Lab.Spend(Mature(), Bob, fee: -1)]));
    }

    [Fact]
    public void Refuses_a_transaction_that_stands_twice()
    {
        Grow();
        var block = _lab.Next();
        var spend = Lab.Spend(Mature(), Bob);
        _lab.AssertRefused(ShareRefusal.DuplicateTransaction, _lab.Forge(block, transactions:
            [block.Transactions[0], spend, spend]));
        var between = Lab.Spend(_lab.State.Coins.Last(coin => coin.Coin.Height == 2), Bob);
        _lab.AssertRefused(ShareRefusal.DuplicateTransaction, _lab.Forge(block, transactions:
            [block.Transactions[0], spend, between, spend]));

        // With the last of an odd row repeated the root stays the same (CVE-2012-2459).
        var valid = _lab.Next(Alice, spend, Lab.Spend(_lab.State.Coins.Last(coin => coin.Coin.Height == 2), Bob));
        Assert.Equal(3, valid.Transactions.Length);
        var repeated = valid with { Transactions = [.. valid.Transactions, valid.Transactions[2]] };
        _lab.AssertRefused(ShareRefusal.DuplicateTransaction, repeated);
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(valid).Outcome);
    }

    [Fact]
    public void Issuance_halves()
    {
        var schedule = IssuanceSchedule.Bitcoin with { HalvingInterval = 4 };
        var lab = new Lab(Lab.Easy with { Issuance = new IssuanceRule.ByHeight(schedule, new Amount(1)) });
        lab.AddMany(12);

        Assert.Equal(
            [50L, 50, 50, 25, 25, 25, 25, 12, 12, 12, 12, 6],
            Enumerable.Range(1, 12).Select(height => lab.Chain
                .GetBlock(lab.Chain.AtHeight(height)!.Id)!.Transactions[0].Outputs[0].Value.Sats / Amount.Coin));
        Assert.Equal(lab.State.Supply, lab.Profile.Schedule.TotalThrough(12));
    }

    private Amount Least => _lab.Profile.LeastOutput;

    private void Grow() => _lab.AddMany(6);

    // Spends an output of the newest block.
    private Transaction SpendOfNew(uint sequence)
    {
        var first = Lab.Spend(Mature(), Bob);
        _lab.Add(Alice, first);
        return Lab.Spend(new OutPoint(first.Id, 0), [new TxOut(first.Outputs[0].Value, Alice)], sequence: sequence);
    }

    // The next block may not hold it yet.
    private void AddWithout(Transaction early)
    {
        var block = _lab.Next();
        _lab.AssertRefused(ShareRefusal.SequenceLock, _lab.Forge(block, transactions: [block.Transactions[0], early]));
        _lab.Submit(block);
    }

    private ShareCoin Mature() => _lab.State.Coins.OrderBy(coin => coin.Place).First(_lab.State.IsMature);

    private Transaction Locked(uint lockTime) => Lab.Spend(
        Mature().OutPoint, [new TxOut(Mature().Value, Bob)], lockTime, TxIn.ReplaceableSequence);

    private static OutPoint OutPointOf(byte number) => new(new TxId(Hash256.DoubleSha256([number])), 0);

    private static Transaction Sharebase(
        ShareBlock block, ImmutableArray<TxOut>? outputs = null, Script? script = null)
    {
        var old = block.Transactions[0];
        return new Transaction(
            old.Version, [old.Inputs[0] with { ScriptSig = script ?? old.Inputs[0].ScriptSig }],
            outputs ?? old.Outputs, 0);
    }
}
