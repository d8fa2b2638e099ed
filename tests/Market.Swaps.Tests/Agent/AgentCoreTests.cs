using Market.Bitcoin;
using Market.Swaps.Agent;
using Market.Swaps.Tests.Machine;

namespace Market.Swaps.Tests.Agent;

/// <summary>Each law of the agent's core, at the place where it is kept.</summary>
public sealed class AgentCoreTests
{
    private static CoreBench Buyer(AgentPolicy? policy = null) => new(Role.Participant, policy);

    private static CoreBench Seller(AgentPolicy? policy = null) => new(Role.Initiator, policy);

    /// <summary>A buyer whose lock is due.</summary>
    private static CoreBench BuyerToLock(bool terms = true, Action<CoreBench>? before = null)
    {
        var bench = Buyer();
        before?.Invoke(bench);
        bench.Pay(Role.Initiator, 1_001, terms);
        return bench.After(10, shares: 3);
    }

    /// <summary>A seller whose reveal is due.</summary>
    private static CoreBench SellerToReveal(Action<CoreBench>? before = null)
    {
        var bench = Seller();
        bench.Step();
        bench.Show(Role.Initiator, bench.Own.Locks().Single().Transaction, 1_001);
        bench.After(10, shares: 3);
        bench.Pay(Role.Participant, 201);
        before?.Invoke(bench);
        return bench.After(20, shares: 3, coins: 2);
    }

    [Fact]
    public void The_initiator_locks_with_payout_and_terms_and_says_so()
    {
        var bench = Seller().Step();
        var made = Assert.Single(bench.Made);
        Assert.Equal(OwnTransactionKind.Funding, made.Kind);
        Assert.Equal(
            [bench.Own.Swap.Terms!.ContractOf(Role.Initiator).FundingOutput(Bench.Shares),
                PayoutAnnotation.For(0, bench.Own.Swap.InitiatorKeys!.PayoutScript!.Value),
                SwapAnnotation.Build(0, bench.Own.Swap.Terms, Bench.Sats)],
            made.Outputs);
        Assert.Single(bench.Sent);
        Assert.False(bench.Own.LocksResolved);
        Assert.Contains(bench.Said, text => text.StartsWith("Lock ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_participant_locks_once_the_first_lock_is_deep_and_only_one_that_states_the_terms()
    {
        var bench = Buyer();
        bench.Pay(Role.Initiator, 1_001);
        Assert.Empty(bench.After(2, shares: 1).Made);
        Assert.Single(bench.After(4, shares: 2).Made);

        var untold = BuyerToLock(terms: false);
        Assert.Empty(untold.Made);
        Assert.Contains(untold.Said, text => text.Contains("state the swap's terms", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_is_locked_on_a_stale_chain_or_against_one(bool share)
    {
        var bench = BuyerToLock(before: one =>
        {
            (one.StaleShare, one.StaleCoin) = share ? ("the sharechain stands still.", null) : ((string?)null, "no block.");
        });
        Assert.Empty(bench.Made);
        Assert.Contains(bench.Said, text => text.StartsWith("Nothing is locked: ", StringComparison.Ordinal));

        (bench.StaleShare, bench.StaleCoin) = (null, null);
        Assert.Single(bench.Step().Made);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_is_revealed_on_a_stale_chain_or_one_that_is_away(bool stale)
    {
        var bench = SellerToReveal(one =>
        {
            one.StaleShare = stale ? "it stands still." : null;
            one.ShareAnswers = stale;
        });
        Assert.Null(bench.Newest(OwnTransactionKind.Claim, Role.Participant));
        (bench.StaleShare, bench.ShareAnswers) = (null, true);
        bench.After(1);
        Assert.NotNull(bench.Newest(OwnTransactionKind.Claim, Role.Participant));
    }

    [Fact]
    public void A_lock_that_was_refused_is_never_made_again_of_other_coins()
    {
        var bench = Buyer();
        bench.Answer = _ => SendOutcome.MissingInputs;
        bench.Pay(Role.Initiator, 1_001);
        bench.After(10, shares: 3);
        bench.After(10, shares: 5, coins: 1);
        bench.After(10, shares: 5, coins: 1);
        Assert.Single(bench.Own.Locks());
        Assert.True(bench.Sent.Count >= 3);

        // Its coin was spent elsewhere, and that is buried: then it can be in no block, and another may be made.
        var coin = bench.Own.Locks().Single().Spends[0].OutPoint;
        bench.Show(Role.Participant, new Transaction(2, [new TxIn(coin, Script.Empty, 0)],
            [new TxOut(new Amount(1), CoreBench.Home)], 0), 203);
        bench.Answer = _ => SendOutcome.Taken;
        bench.After(2, coins: 0);
        Assert.Single(bench.Own.Locks());
        bench.After(2, coins: 3);
        Assert.Equal(2, bench.Own.Locks().Count());
    }

    [Theory]
    [InlineData(SendOutcome.Unanswered)]
    [InlineData(SendOutcome.Refused)]
    [InlineData(SendOutcome.TooCheap)]
    [InlineData(SendOutcome.MissingInputs)]
    public void A_late_lock_is_conflicted_whatever_a_node_said_of_it_until_that_is_buried(SendOutcome said)
    {
        var bench = Buyer();
        bench.Answer = sent => sent.Kind == OwnTransactionKind.Funding ? said : SendOutcome.Taken;
        bench.Pay(Role.Initiator, 1_001);
        bench.After(10, shares: 3);
        bench.At(bench.Deadlines.RevealBy + 1, shares: 50, coins: 10);
        var conflict = bench.Newest(OwnTransactionKind.Conflict, Role.Participant);
        Assert.NotNull(conflict);
        Assert.Equal(
            bench.Own.Locks().First().Spends.Select(coin => coin.OutPoint),
            conflict.Transaction.Inputs.Select(input => input.PreviousOutput));
        Assert.True(conflict.Fee > bench.Own.Locks().Max(known => known.Fee));

        bench.At(bench.Deadlines.Long + 20, shares: 200, coins: 60);
        Assert.False(bench.Own.IsOver);
        var newest = bench.Newest(OwnTransactionKind.Conflict, Role.Participant)!;
        bench.Show(Role.Participant, newest.Transaction, bench.CoinHeight);
        bench.Step();
        Assert.False(bench.Own.IsOver);
        bench.After(10, coins: 1);
        Assert.True(bench.Own.LocksResolved);

        // What the seller never takes back is no business of the buyer's for ever.
        Assert.False(bench.Own.IsOver);
        bench.After(3_600, shares: 100, coins: 10);
        Assert.True(bench.Own.IsOver);
        bench.Pay(Role.Participant, bench.CoinHeight, amount: new Amount(1_000_000));
        Assert.False(bench.Step().Own.IsOver);
        Assert.NotNull(bench.Newest(OwnTransactionKind.Refund, Role.Participant));
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("stale")]
    [InlineData("late")]
    public void A_lock_that_was_written_down_before_a_crash_is_not_sent_against_anything_but_a_deep_lock_in_time(string how)
    {
        var bench = BuyerToLock(before: one => one.DiesBeforeSending = true);
        Assert.Single(bench.Own.Locks());
        bench.DiesBeforeSending = false;
        bench.Own = bench.Own with { Memory = AgentMemory.Empty };
        switch (how)
        {
            case "gone":
                bench.Hide(Role.Initiator, bench.Own.Swap.FundingOf(Role.Initiator)!.OutPoint.TxId);
                break;
            case "stale":
                bench.StaleShare = "it stands still.";
                break;
            default:
                bench.At(bench.Deadlines.ParticipantLockBy + 1, shares: 30, coins: 3);
                break;
        }

        // A stranger's payment makes the leg look as if it were locked.
        bench.Pay(Role.Participant, null);
        bench.After(2, shares: 1);
        bench.Pay(Role.Participant, bench.CoinHeight);
        bench.After(2, shares: 1, coins: 1);
        Assert.DoesNotContain(bench.Sent, sent => sent.Kind == OwnTransactionKind.Funding && sent.Leg == Role.Participant);
    }

    [Fact]
    public void A_strangers_payment_of_the_exact_amount_is_not_the_own_lock()
    {
        var bench = BuyerToLock();
        bench.Pay(Role.Participant, 201);
        bench.After(20, coins: 3);
        Assert.Equal(SwapPhase.ParticipantLocking, bench.Own.Swap.Phase);
        Assert.True(bench.Own.Swap.ParticipantPayments.Single(payment => payment.InBlock).IsStray);
        bench.At(bench.Deadlines.RevealBy + 1, shares: 50, coins: 10);
        Assert.NotNull(bench.Newest(OwnTransactionKind.Conflict, Role.Participant));
    }

    [Fact]
    public void A_lock_in_a_block_that_only_this_wallet_can_have_signed_is_the_own_one_of_a_swap_found_from_the_seed()
    {
        var bench = Buyer();
        bench.Own = bench.Own with { IsFound = true };
        bench.Pay(Role.Initiator, 1_001);
        bench.Pay(Role.Participant, 201, own: true);
        bench.After(10, shares: 3, coins: 1);
        Assert.Empty(bench.Made);
        Assert.Equal(SwapPhase.ParticipantLocked, bench.Own.Swap.Phase);
        Assert.False(bench.Own.LocksResolved);
    }

    [Fact]
    public void A_claim_that_was_written_down_is_a_reveal_whatever_came_of_the_broadcast()
    {
        var bench = SellerToReveal(one => one.Answer = _ => SendOutcome.Unanswered);
        Assert.Equal(SwapPhase.Revealed, bench.Own.Swap.Phase);
        Assert.NotNull(bench.Own.Swap.Preimage);
        bench.At(bench.Deadlines.Short + 100, shares: 60, coins: 20);
        Assert.Equal(SwapPhase.Revealed, bench.Own.Swap.Phase);
        Assert.DoesNotContain(bench.Made, made => made.Kind == OwnTransactionKind.Refund);
        Assert.Contains(bench.Sent, sent => sent.Kind == OwnTransactionKind.Claim && sent.MadeAt == bench.CoinHeight);
        Assert.DoesNotContain(bench.Said, text => text.Contains("reorganisation", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_is_revealed_where_a_block_asks_for_more_than_half_of_the_leg()
    {
        var most = FeeRate.Of(new Amount(Bench.Sats.Sats / 2), SwapFees.ClaimVirtualSize);
        var dear = SellerToReveal(one => one.Estimate = new FeeRate(most.SatsPerKvB + 1_000));
        Assert.Null(dear.Newest(OwnTransactionKind.Claim, Role.Participant));
        Assert.Contains(dear.Said, text => text.Contains("more than half", StringComparison.Ordinal));
        dear.Estimate = most;
        Assert.NotNull(dear.Step().Newest(OwnTransactionKind.Claim, Role.Participant));
    }

    [Fact]
    public void A_claim_is_outbid_at_once_where_a_rival_is_heard_of_up_to_the_whole_leg()
    {
        var bench = SellerToReveal();
        bench.At(bench.Deadlines.Short + 62, shares: 1, coins: 1);
        var first = bench.Newest(OwnTransactionKind.Claim, Role.Participant)!;
        var rival = bench.RefundOf(Role.Participant, 12, new FeeRate(first.SatsPerKvB * 3));
        bench.Show(Role.Participant, rival, null);
        bench.Step();
        var second = bench.Newest(OwnTransactionKind.Claim, Role.Participant)!;
        Assert.True(second.SatsPerKvB > first.SatsPerKvB * 3);

        bench.Show(Role.Participant, bench.RefundOf(Role.Participant, 12,
            FeeRate.Of(new Amount(Bench.Sats.Sats * 6 / 10), 131)), null);
        bench.Step();
        var last = bench.Newest(OwnTransactionKind.Claim, Role.Participant)!;
        Assert.Equal(SwapFees.MostRate(Bench.Sats, first.Transaction.VirtualSize).SatsPerKvB, last.SatsPerKvB);
        Assert.InRange(last.Transaction.Outputs[0].Value.Sats, SwapFees.DustSats, SwapFees.DustSats + 200);
    }

    [Fact]
    public void A_claim_that_waits_rises_with_the_blocks_and_once_more_at_the_locktime()
    {
        var bench = SellerToReveal();
        var rates = new List<long>();
        for (var i = 0; i < 3; i++)
        {
            rates.Add(bench.Newest(OwnTransactionKind.Claim, Role.Participant)!.SatsPerKvB);
            bench.After(5, coins: 1);
            Assert.Equal(rates[^1], bench.Newest(OwnTransactionKind.Claim, Role.Participant)!.SatsPerKvB);
            bench.After(5, coins: 1);
        }

        Assert.Equal(rates.Order().Distinct(), rates);
        var before = bench.Newest(OwnTransactionKind.Claim, Role.Participant)!.SatsPerKvB;
        bench.At(bench.Deadlines.Short);
        var crossed = bench.Newest(OwnTransactionKind.Claim, Role.Participant)!.SatsPerKvB;
        Assert.True(crossed > before);
        Assert.Equal(crossed, bench.After(1).Newest(OwnTransactionKind.Claim, Role.Participant)!.SatsPerKvB);
        Assert.True(bench.After(1, coins: 1).Newest(OwnTransactionKind.Claim, Role.Participant)!.SatsPerKvB > crossed);
    }

    [Fact]
    public void A_public_preimage_is_used_while_the_other_chain_is_away()
    {
        var bench = BuyerToLock();
        bench.Show(Role.Participant, bench.Own.Locks().Single().Transaction, 201);
        bench.After(10, coins: 1);
        var payment = bench.Own.Swap.FundingOf(Role.Participant)!;
        using var secret = Preimage.Create(Bench.Bytes(7));
        bench.Show(Role.Participant, bench.Own.Swap.Terms!.ContractOf(Role.Participant).Claim(payment.OutPoint, payment.Amount,
            PrivateKey.Create(Bench.Bytes(1)), secret.Reveal(), CoreBench.Home, FeeRate.PerVByte(2))!, null);
        bench.Answer = _ => SendOutcome.Unanswered;
        bench.Step();
        bench.CoinAnswers = false;
        bench.Answer = _ => SendOutcome.Taken;
        bench.After(60, shares: 20);
        Assert.Contains(bench.Sent, sent => sent.Kind == OwnTransactionKind.Claim && sent.Leg == Role.Initiator);
        Assert.Equal(SpendKind.Claim, bench.After(2, shares: 1).Own.Swap.FundingOf(Role.Initiator)!.Spend!.Kind);
    }

    [Fact]
    public void What_nobody_answered_is_sent_again_after_a_while_and_what_was_refused_with_the_next_block()
    {
        var bench = Seller();
        bench.Answer = _ => SendOutcome.Unanswered;
        bench.Step();
        Assert.Single(bench.Sent);
        Assert.Single(bench.After(bench.Policy.RetrySeconds - 1).Sent);
        Assert.Equal(2, bench.After(1).Sent.Count);

        bench.Answer = _ => SendOutcome.Refused;
        Assert.Equal(3, bench.After(1, shares: 1).Sent.Count);
        Assert.Equal(3, bench.After(5).Sent.Count);
        Assert.Equal(4, bench.After(1, shares: 1).Sent.Count);
        Assert.Single(bench.Own.Locks());
    }

    [Fact]
    public void A_trouble_is_said_once()
    {
        var bench = BuyerToLock(before: one => one.StaleCoin = "no block.");
        for (var i = 0; i < 5; i++)
        {
            bench.After(1);
        }

        Assert.Single(bench.Said, text => text.StartsWith("Nothing is locked", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_kept_of_a_swap_is_bounded_and_the_first_lock_is_never_forgotten()
    {
        var bench = BuyerToLock(before: one => one.Answer = _ => SendOutcome.TooCheap);
        var first = bench.Own.Locks().First();
        for (var i = 0; i < 200; i++)
        {
            bench.At(bench.Now + 10, shares: 1, coins: 1);
        }

        Assert.InRange(bench.Own.Transactions.Length, 2, 80);
        Assert.Contains(bench.Own.Locks(), known => known.TxId == first.TxId);
    }

    [Fact]
    public void A_lock_that_a_node_keeps_and_does_not_replace_is_paid_for_by_its_change()
    {
        var bench = BuyerToLock();
        var seen = bench.Own.Locks().Single();
        bench.Answer = sent => sent.Kind == OwnTransactionKind.Child ? SendOutcome.Taken : SendOutcome.Conflicts;
        bench.After(30, coins: 3);
        var child = bench.Newest(OwnTransactionKind.Child, Role.Participant);
        Assert.NotNull(child);
        Assert.Equal(seen.TxId, child.Transaction.Inputs[0].PreviousOutput.TxId);

        bench.At(bench.Deadlines.RevealBy + 1, shares: 40, coins: 4);
        Assert.NotNull(bench.Newest(OwnTransactionKind.Conflict, Role.Participant));
        Assert.Contains(bench.Said, text => text.Contains("does not replace it", StringComparison.Ordinal));
    }

    [Fact]
    public void A_preimage_that_becomes_public_where_nothing_is_locked_keeps_no_swap_open()
    {
        var bench = Buyer();
        bench.At(bench.Deadlines.RevealBy + 1, shares: 40, coins: 4);
        var decoy = bench.Pay(Role.Participant, bench.CoinHeight);
        bench.Step();
        using var secret = Preimage.Create(Bench.Bytes(7));
        var claim = bench.Own.Swap.Terms!.ContractOf(Role.Participant).Claim(
            decoy, Bench.Sats, PrivateKey.Create(Bench.Bytes(1)), secret.Reveal(),
            CoreBench.Home, FeeRate.PerVByte(2))!;
        bench.Show(Role.Participant, claim, bench.CoinHeight + 1);
        bench.After(10, coins: 2);
        Assert.NotNull(bench.Own.Swap.Preimage);
        Assert.False(bench.At(bench.Deadlines.Long, shares: 100, coins: 10).Own.IsOver);
        Assert.True(bench.After(bench.Own.Swap.Plan.RevealMargin + 1, shares: 10, coins: 5).Own.IsOver);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_lock_whose_leg_another_payment_paid_is_conflicted_but_not_by_an_entry_that_only_claims(bool claimsOnly)
    {
        var bench = BuyerToLock(before: one => one.DiesBeforeSending = true);
        bench.DiesBeforeSending = false;
        bench.Own = bench.Own with { ClaimsOnly = claimsOnly };
        bench.At(bench.Deadlines.RevealBy - 5, shares: 20, coins: 2);
        var decoy = bench.Pay(Role.Participant, bench.CoinHeight);
        bench.Step();
        using var secret = Preimage.Create(Bench.Bytes(7));
        bench.Show(Role.Participant, bench.Own.Swap.Terms!.ContractOf(Role.Participant).Claim(
            decoy, Bench.Sats, PrivateKey.Create(Bench.Bytes(1)), secret.Reveal(),
            CoreBench.Home, FeeRate.PerVByte(2))!, bench.CoinHeight + 1);
        bench.After(1, coins: 1);
        Assert.NotNull(bench.Own.Swap.Preimage);
        bench.At(bench.Deadlines.Short, shares: 40, coins: 6);
        Assert.Equal(claimsOnly, bench.Newest(OwnTransactionKind.Conflict, Role.Participant) is null);
    }

    [Fact]
    public void A_refused_swap_locks_and_reveals_nothing()
    {
        var bench = Seller();
        bench.Own = bench.Own with { Refused = "why" };
        Assert.Empty(bench.After(5, shares: 1).Made);
        var revealing = SellerToReveal(one => one.Own = one.Own with { Refused = "why" });
        Assert.Null(revealing.Newest(OwnTransactionKind.Claim, Role.Participant));
    }
}
