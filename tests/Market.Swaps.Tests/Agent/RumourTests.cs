using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Swaps.Agent;
using Market.Swaps.Tests.Machine;

namespace Market.Swaps.Tests.Agent;

/// <summary>What a source shows and no miner could take moves no agent, and what only looks like its own is not its own.</summary>
public sealed class RumourTests
{
    [Fact]
    public void A_payment_with_a_witness_of_the_wallets_form_is_no_own_lock()
    {
        var bench = new CoreBench(Role.Participant);
        bench.Pay(Role.Initiator, 1_001);
        var fake = LooksOwn(bench);
        bench.Show(Role.Participant, fake, null);
        bench.After(10, shares: 4);
        bench.Hide(Role.Participant, fake.Id);
        bench.After(2, shares: 1);

        Assert.Contains(bench.Made, made => made.Kind == OwnTransactionKind.Funding && made.Replaces is null);
        Assert.DoesNotContain(bench.Own.Locks(), known => known.TxId == fake.Id);
    }

    [Fact]
    public void A_late_lock_is_conflicted_beside_a_payment_that_looks_like_it()
    {
        var bench = Locked();
        var own = bench.Own.Locks().Single().Transaction;
        bench.Show(Role.Participant, LooksOwn(bench), null);
        bench.After(1);
        bench.At(bench.Deadlines.RevealBy + 1, shares: 40, coins: 1);
        bench.After(10, shares: 1, coins: 1);

        Assert.Contains(bench.Own.Transactions, known => known.Kind == OwnTransactionKind.Conflict
            && known.Transaction.Inputs.Any(input => input.PreviousOutput == own.Inputs[0].PreviousOutput));
    }

    // Its time has not come: no miner can take it, whatever it would pay.
    [Fact]
    public void A_refund_that_is_not_final_outbids_no_claim()
    {
        var bench = Revealed();
        var claim = bench.Newest(OwnTransactionKind.Claim, Role.Participant)!;
        var early = bench.RefundOf(Role.Participant, 12, FeeRate.Of(new Amount(Bench.Sats.Sats * 6 / 10), 131));
        bench.Show(Role.Participant, early, null);
        bench.Step();

        Assert.True(bench.Now < bench.Deadlines.Short);
        Assert.Equal(claim.TxId, bench.Newest(OwnTransactionKind.Claim, Role.Participant)!.TxId);

        // The same refund is a rival once it may be mined.
        bench.At(bench.Deadlines.Short + 62, shares: 1, coins: 1);
        Assert.Equal(
            SwapFees.MostRate(Bench.Sats, claim.Transaction.VirtualSize).SatsPerKvB,
            bench.Newest(OwnTransactionKind.Claim, Role.Participant)!.SatsPerKvB);
    }

    // A source may say that a block holds it.
    [Theory]
    [InlineData(201)]
    [InlineData(null)]
    public void A_rival_of_impossible_amounts_ends_no_agent(int? height)
    {
        var bench = Revealed();
        var claim = bench.Newest(OwnTransactionKind.Claim, Role.Participant)!;
        var good = bench.RefundOf(Role.Participant, 12, FeeRate.PerVByte(5));
        var output = new TxOut(new Amount(long.MaxValue), CoreBench.Home);
        bench.Show(Role.Participant, new Transaction(2, good.Inputs, [output, output], 0), height);
        bench.Step();

        Assert.Equal(claim.TxId, bench.Newest(OwnTransactionKind.Claim, Role.Participant)!.TxId);
        Assert.Equal(height is null ? SwapPhase.Revealed : SwapPhase.ParticipantRefunded, bench.Own.Swap.Phase);
    }

    // It pays out more than it takes: no block holds it, and nothing is bid against it.
    [Fact]
    public void A_refund_of_more_than_the_leg_outbids_no_claim()
    {
        var bench = Revealed();
        bench.At(bench.Deadlines.Short + 62, shares: 1, coins: 1);
        var claim = bench.Newest(OwnTransactionKind.Claim, Role.Participant)!;
        var good = bench.RefundOf(Role.Participant, 12, FeeRate.PerVByte(5));
        var output = new TxOut(new Amount(Bench.Sats.Sats + 1), CoreBench.Home);
        bench.Show(Role.Participant, new Transaction(2, good.Inputs, [output], good.LockTime), null);
        bench.Step();

        Assert.Equal(claim.TxId, bench.Newest(OwnTransactionKind.Claim, Role.Participant)!.TxId);
    }

    [Fact]
    public void A_payment_that_no_block_may_hold_is_no_lock()
    {
        var bench = new CoreBench(Role.Initiator);
        bench.Step();
        bench.Show(Role.Initiator, bench.Own.Locks().Single().Transaction, 1_001);
        bench.After(10, shares: 3);
        var (payment, sats) = (bench.Own.Swap.Terms!.ContractOf(Role.Participant), bench.Own.Swap.AmountOf(Role.Participant));
        var coin = new OutPoint(new TxId(Hash256.DoubleSha256([8])), 0);
        bench.Show(
            Role.Participant,
            new Transaction(2, [new TxIn(coin, Script.Empty, 0)], [payment.FundingOutput(sats)], (uint)bench.Now + 600), null);
        bench.Step();
        Assert.Null(bench.Own.Swap.FundingOf(Role.Participant));

        var lockOfTheBuyer = bench.Pay(Role.Participant, null);
        bench.Step();
        Assert.Equal(lockOfTheBuyer, bench.Own.Swap.FundingOf(Role.Participant)!.OutPoint);
    }

    // A restore need not know whose coins a lock spends; those that are known are taken back all the same.
    [Fact]
    public void A_late_lock_is_conflicted_beside_one_whose_coins_are_not_known()
    {
        var bench = Locked();
        var own = bench.Own.Locks().Single();
        var unknown = LooksOwn(bench);
        bench.Own = bench.Own with
        {
            Transactions = bench.Own.Transactions.Add(new OwnTransaction(
                own.Kind, own.Leg, new OutPoint(unknown.Id, 0), unknown.Id, Hex.Encode(unknown.ToArray()), own.SatsPerKvB, 1, 200,
                null)),
        };
        bench.At(bench.Deadlines.RevealBy + 1, shares: 40, coins: 1);
        bench.After(10, shares: 1, coins: 1);

        Assert.Contains(bench.Own.Transactions, known => known.Kind == OwnTransactionKind.Conflict
            && known.Transaction.Inputs.Single().PreviousOutput == own.Transaction.Inputs[0].PreviousOutput);
    }

    [Theory]
    [InlineData(1_000_000_000L)]
    [InlineData(long.MaxValue)]
    public void An_estimate_that_nobody_could_pay_ends_no_agent_and_reveals_nothing(long estimate)
    {
        var bench = new CoreBench(Role.Initiator);
        bench.Step();
        bench.Show(Role.Initiator, bench.Own.Locks().Single().Transaction, 1_001);
        bench.After(10, shares: 3);
        bench.Pay(Role.Participant, 201);
        bench.Estimate = new FeeRate(estimate);
        bench.After(10, shares: 1, coins: 2);

        Assert.Null(bench.Newest(OwnTransactionKind.Claim, Role.Participant));
    }

    [Fact]
    public void A_refund_whose_witness_was_changed_ends_the_swap_as_any_other()
    {
        var bench = Locked();
        bench.Show(Role.Participant, bench.Own.Locks().Single().Transaction, 201);
        bench.After(10, coins: 4);
        bench.At(bench.Deadlines.Short + 100, shares: 50, coins: 10);
        var refund = bench.Newest(OwnTransactionKind.Refund, Role.Participant)!.Transaction;
        var items = refund.Inputs[0].Witness.Items;
        var witness = new Witness(items[0].ToArray(), items[0].ToArray(), items[2].ToArray());
        bench.Show(
            Role.Participant,
            new Transaction(2, [refund.Inputs[0] with { Witness = witness }], refund.Outputs, refund.LockTime), bench.CoinHeight);
        bench.At(bench.Deadlines.Long + 100, shares: 50, coins: 100);
        bench.Show(Role.Initiator, bench.RefundOf(Role.Initiator, 2, FeeRate.PerVByte(2)), bench.ShareHeight);
        bench.After(10_000, shares: 50, coins: 50);

        Assert.Equal((SwapPhase.Refunded, true), (bench.Own.Swap.Phase, bench.Own.IsOver));
    }

    // Never signed by the wallet: an input out of the air, nothing for a signature, and a public key that anybody has seen.
    private static Transaction LooksOwn(CoreBench bench)
    {
        var key = Convert.FromHexString(Bench.Key(99).ToString());
        var input = new TxIn(
            new OutPoint(new TxId(Hash256.DoubleSha256([9])), 0), Script.Empty, 0, new Witness(new byte[71], key));
        var htlc = bench.Own.Swap.Terms!.ContractOf(Role.Participant);
        return new Transaction(2, [input], [htlc.FundingOutput(bench.Own.Swap.AmountOf(Role.Participant))], 0);
    }

    private static CoreBench Locked()
    {
        var bench = new CoreBench(Role.Participant);
        bench.Pay(Role.Initiator, 1_001);
        return bench.After(10, shares: 4);
    }

    private static CoreBench Revealed()
    {
        var bench = new CoreBench(Role.Initiator);
        bench.Step();
        bench.Show(Role.Initiator, bench.Own.Locks().Single().Transaction, 1_001);
        bench.After(10, shares: 3);
        bench.Pay(Role.Participant, 201);
        bench.After(10, shares: 1, coins: 2);
        Assert.Equal(SwapPhase.Revealed, bench.Own.Swap.Phase);
        return bench;
    }
}
