namespace Market.Swaps.Tests.Machine;

public sealed class RefusalTests
{
    private readonly Bench _bench = new();

    [Fact]
    public void Refuses_other_keys_and_takes_the_same_again()
    {
        _bench.Decide(new SwapEvent.KeysGiven(Role.Initiator, Bench.Seller()));
        Refused(new SwapEvent.KeysGiven(Role.Initiator, Bench.Seller(3)), SwapRefusal.KeysAlreadyGiven);
        var before = _bench.Swap;
        Assert.True(_bench.Decide(new SwapEvent.KeysGiven(Role.Initiator, Bench.Seller())).IsTaken);
        Assert.Same(before, _bench.Swap);
    }

    [Fact]
    public void Refuses_a_key_that_history_knows() =>
        Refused(new SwapEvent.KeysGiven(Role.Initiator, Bench.Seller(), Reused: true), SwapRefusal.Reused);

    [Fact]
    public void Refuses_one_key_for_two_purposes()
    {
        var twice = Bench.Seller() with { RefundKey = Bench.Seller().ClaimKey };
        Refused(new SwapEvent.KeysGiven(Role.Initiator, twice), SwapRefusal.Reused);
        _bench.Decide(new SwapEvent.KeysGiven(Role.Initiator, Bench.Seller()));
        Refused(new SwapEvent.KeysGiven(Role.Participant, Bench.Buyer(1)), SwapRefusal.Reused);
    }

    [Fact]
    public void Refuses_a_missing_or_misplaced_payment_hash()
    {
        var seller = Bench.Seller() with { Hash = null };
        Refused(new SwapEvent.KeysGiven(Role.Initiator, seller), SwapRefusal.HashMisplaced);
        var buyer = Bench.Buyer() with { Hash = Bench.Seller().Hash };
        Refused(new SwapEvent.KeysGiven(Role.Participant, buyer), SwapRefusal.HashMisplaced);
    }

    [Fact]
    public void Refuses_shares_without_a_payout_script() => Refused(
        new SwapEvent.KeysGiven(Role.Initiator, Bench.Seller() with { PayoutScript = null }),
        SwapRefusal.PayoutScriptMissing);

    [Fact]
    public void Refuses_a_long_key() => Refused(
        new SwapEvent.KeysGiven(Role.Initiator, Bench.Seller() with { ClaimKey = Bench.Key(1).Decompress() }),
        SwapRefusal.BadKey);

    [Fact]
    public void Refuses_payments_before_there_is_a_contract() => Refused(
        new SwapEvent.FundingSeen(Role.Initiator, _bench.NewOutPoint(), Bench.Shares, 5), SwapRefusal.NoContractYet);

    [Fact]
    public void Refuses_a_preimage_of_another_hash()
    {
        _bench.BothLocked();
        var other = Preimage.Create(Bench.Bytes(8)).Reveal();
        Refused(
            new SwapEvent.ClaimSeen(
                Role.Participant, _bench.Swap.FundingOf(Role.Participant)!.OutPoint, _bench.NewTxId(), other, 300),
            SwapRefusal.WrongPreimage);
    }

    [Fact]
    public void Refuses_a_spend_of_what_was_never_paid()
    {
        _bench.FirstLocked();
        var id = _bench.NewTxId();
        Refused(new SwapEvent.RefundSeen(Role.Initiator, _bench.NewOutPoint(), id, 5), SwapRefusal.UnknownPayment);
        Refused(new SwapEvent.SpendGone(Role.Initiator, _bench.NewOutPoint(), id), SwapRefusal.UnknownSpend);
        Refused(new SwapEvent.FundingGone(Role.Initiator, _bench.NewOutPoint()), SwapRefusal.UnknownPayment);
    }

    [Fact]
    public void Refuses_other_terms_once_they_are_fixed()
    {
        _bench.WithKeys();
        var terms = _bench.Swap.Terms!;
        var other = terms with { Long = Locktime.At(terms.Long.UnixSeconds + 1) };
        Refused(new SwapEvent.TermsFixed(other), SwapRefusal.TermsAlreadyFixed);
        Assert.True(_bench.Decide(new SwapEvent.TermsFixed(terms)).IsTaken);
    }

    [Fact]
    public void Refuses_keys_for_a_swap_that_has_ended()
    {
        _bench.After(_bench.Plan.KeysWithin + 1);
        Refused(new SwapEvent.KeysGiven(Role.Initiator, Bench.Seller()), SwapRefusal.Over);
    }

    private void Refused(SwapEvent happened, SwapRefusal refusal)
    {
        var before = _bench.Swap;
        var decision = _bench.Decide(happened);

        Assert.Equal(refusal, decision.Refusal);
        Assert.Same(before, decision.Swap);
        Assert.Empty(decision.Effects);
    }
}
