namespace Market.Swaps.Tests.Machine;

public sealed class PathTests
{
    private readonly Bench _bench = new();

    private SwapPhase Phase => _bench.Phase;

    [Fact]
    public void A_swap_settles()
    {
        _bench.WithKeys();
        Assert.True(_bench.Owes(SwapEffectKind.Lock, Role.Initiator));
        Assert.False(_bench.Owes(SwapEffectKind.Lock, Role.Participant));

        _bench.Fund(Role.Initiator, inBlock: false);
        Assert.Equal(SwapPhase.InitiatorLocking, Phase);
        Assert.False(_bench.Owes(SwapEffectKind.Lock, Role.Initiator));
        _bench.Fund(Role.Initiator, again: _bench.Swap.FundingOf(Role.Initiator)!.OutPoint);
        Assert.Equal(SwapPhase.InitiatorLocked, Phase);
        Assert.Equal(1, _bench.Swap.ConfirmationsOf(Role.Initiator, _bench.Tips));
        Assert.False(_bench.Owes(SwapEffectKind.Lock, Role.Participant));

        _bench.Mine(shares: 2);
        Assert.Equal(SwapPhase.ParticipantLocking, Phase);
        Assert.True(_bench.Owes(SwapEffectKind.Lock, Role.Participant, Role.Participant));

        _bench.Fund(Role.Participant);
        Assert.Equal(SwapPhase.ParticipantLocked, Phase);
        Assert.False(_bench.Owes(SwapEffectKind.Reveal, Role.Initiator));
        _bench.Mine(coins: 1);
        Assert.True(_bench.Owes(SwapEffectKind.Reveal, Role.Initiator, Role.Participant));

        var reveal = _bench.Claim(Role.Participant, inBlock: false);
        Assert.Equal(SwapPhase.Revealed, Phase);
        Assert.True(_bench.Owes(SwapEffectKind.Claim, Role.Participant, Role.Initiator));
        Assert.True(_bench.Owes(SwapEffectKind.Claim, Role.Initiator, Role.Participant));

        _bench.Claim(Role.Initiator);
        Assert.Equal(SwapPhase.Claimed, Phase);
        _bench.Claim(Role.Participant, again: reveal);
        _bench.Mine(shares: 3, coins: 2);
        Assert.Equal(SwapPhase.Settled, Phase);
        Assert.Contains(_bench.Last.Effects, effect => effect.Kind == SwapEffectKind.Settle);
        Assert.True(_bench.Swap.Closed);
        Assert.Null(_bench.Swap.Failure);
    }

    [Fact]
    public void Everything_seen_at_once_after_a_restart_settles_too()
    {
        _bench.WithKeys();
        _bench.Now += 10_000;
        _bench.ShareHeight += 500;
        _bench.CoinHeight += 100;
        var first = _bench.NewOutPoint();
        var second = _bench.NewOutPoint();
        _bench.Decide(new SwapEvent.FundingSeen(Role.Initiator, first, Bench.Shares, 1003));
        _bench.Decide(new SwapEvent.FundingSeen(Role.Participant, second, Bench.Sats, 202));
        Assert.Equal(SwapPhase.Refunding, Phase);
        _bench.Decide(new SwapEvent.ClaimSeen(Role.Participant, second, _bench.NewTxId(), _bench.Secret.Reveal(), 204));
        _bench.Decide(new SwapEvent.ClaimSeen(Role.Initiator, first, _bench.NewTxId(), _bench.Secret.Reveal(), 1020));

        Assert.Equal(SwapPhase.Settled, Phase);
    }

    [Theory]
    [InlineData(Role.Initiator)]
    [InlineData(Role.Participant)]
    public void Keys_that_do_not_come_let_it_expire(Role given)
    {
        _bench.Decide(new SwapEvent.KeysGiven(given, given == Role.Initiator ? Bench.Seller() : Bench.Buyer()));
        _bench.After(_bench.Plan.KeysWithin);
        Assert.Equal(SwapPhase.Matched, Phase);
        _bench.After(1);

        Assert.Equal(SwapPhase.Expired, Phase);
        Assert.Equal(new Failure(FailureCode.KeysMissing, given.Other()), _bench.Swap.Failure);
        Assert.True(_bench.Swap.Closed);
    }

    [Fact]
    public void A_seller_who_never_locks_lets_it_expire()
    {
        _bench.WithKeys().At(_bench.Deadlines.InitiatorLockBy + 1);

        Assert.Equal(SwapPhase.Expired, Phase);
        Assert.Equal(Role.Initiator, _bench.Swap.Failure!.Blamed);
    }

    [Fact]
    public void A_lock_after_the_expiry_is_refundable()
    {
        _bench.WithKeys().At(_bench.Deadlines.InitiatorLockBy + 1);
        _bench.Fund(Role.Initiator);
        Assert.Equal(SwapPhase.Refunding, Phase);
        Assert.False(_bench.Swap.Closed);
        _bench.At(_bench.Deadlines.Long + 13);

        Assert.True(_bench.Owes(SwapEffectKind.Refund, Role.Initiator, Role.Initiator));
    }

    [Fact]
    public void A_first_lock_that_is_not_deep_in_time_goes_back()
    {
        _bench.WithKeys();
        _bench.Fund(Role.Initiator);
        _bench.At(_bench.Deadlines.ParticipantLockBy + 1);

        Assert.Equal(SwapPhase.Refunding, Phase);
        Assert.Equal(FailureCode.InitiatorLockedLate, _bench.Swap.Failure!.Code);
        Assert.False(_bench.Owes(SwapEffectKind.Lock, Role.Participant));
    }

    [Fact]
    public void A_first_lock_that_is_in_no_block_in_time_is_made_void_by_its_owner()
    {
        _bench.WithKeys();
        var stuck = _bench.Fund(Role.Initiator, inBlock: false);
        _bench.At(_bench.Deadlines.ParticipantLockBy);
        Assert.Contains(
            _bench.Last.Effects, effect => effect is { Kind: SwapEffectKind.RelayFunding, Leg: Role.Initiator });
        Assert.False(_bench.Owes(SwapEffectKind.Abandon, Role.Initiator));

        _bench.After(1);
        Assert.Equal(SwapPhase.Refunding, Phase);
        Assert.True(_bench.Owes(SwapEffectKind.Abandon, Role.Initiator, Role.Initiator));

        // Seen no more: whoever kept it may bring it back.
        _bench.Decide(new SwapEvent.FundingGone(Role.Initiator, stuck));
        Assert.True(_bench.Owes(SwapEffectKind.Abandon, Role.Initiator, Role.Initiator));

        // A block was faster: it goes back past its locktime.
        _bench.Fund(Role.Initiator, again: stuck);
        Assert.False(_bench.Owes(SwapEffectKind.Abandon, Role.Initiator));
    }

    [Fact]
    public void A_second_lock_that_is_in_no_block_in_time_is_made_void_but_not_once_the_preimage_is_public()
    {
        _bench.FirstLocked();
        _bench.Fund(Role.Participant, inBlock: false);
        _bench.At(_bench.Deadlines.RevealBy);
        Assert.Equal(SwapPhase.ParticipantLocking, Phase);
        Assert.False(_bench.Owes(SwapEffectKind.Abandon, Role.Participant));

        _bench.After(1);
        Assert.Equal(SwapPhase.Refunding, Phase);
        Assert.True(_bench.Owes(SwapEffectKind.Abandon, Role.Participant, Role.Participant));
        Assert.False(_bench.Owes(SwapEffectKind.Abandon, Role.Initiator));

        _bench.Claim(Role.Participant, inBlock: false);
        Assert.Equal(SwapPhase.Revealed, Phase);
        Assert.False(_bench.Owes(SwapEffectKind.Abandon, Role.Participant));
    }

    [Fact]
    public void A_lock_that_is_replaced_by_a_dearer_one_is_followed_without_alarm()
    {
        _bench.FirstLocked();
        var first = _bench.Fund(Role.Participant, inBlock: false);
        _bench.Decide(new SwapEvent.FundingGone(Role.Participant, first));
        Assert.DoesNotContain(_bench.Last.Effects, effect => effect.Kind == SwapEffectKind.Alarm);
        var second = _bench.Fund(Role.Participant, inBlock: false);
        Assert.Equal(second, _bench.Swap.FundingOf(Role.Participant)!.OutPoint);

        _bench.Fund(Role.Participant, again: second);
        _bench.Bury(Role.Participant);
        Assert.True(_bench.Owes(SwapEffectKind.Reveal, Role.Initiator));
        Assert.Contains(_bench.Last.Effects, effect => effect.Kind == SwapEffectKind.Reveal && effect.OutPoint == second);
    }

    [Fact]
    public void A_buyer_who_vanishes_before_locking_costs_the_seller_only_time()
    {
        _bench.FirstLocked().At(_bench.Deadlines.ParticipantLockBy + 1);
        Assert.Equal(SwapPhase.Refunding, Phase);
        Assert.Equal(new Failure(FailureCode.ParticipantDidNotLock, Role.Participant), _bench.Swap.Failure);
        Assert.False(_bench.Owes(SwapEffectKind.Refund, Role.Initiator));

        _bench.At(_bench.Deadlines.Long + 12);
        Assert.False(_bench.Owes(SwapEffectKind.Refund, Role.Initiator));
        _bench.After(1);
        Assert.True(_bench.Owes(SwapEffectKind.Refund, Role.Initiator, Role.Initiator));

        _bench.Refund(Role.Initiator, inBlock: false);
        Assert.Equal(SwapPhase.Refunding, Phase);
        Assert.True(_bench.Owes(SwapEffectKind.Refund, Role.Initiator, Role.Initiator));
        _bench.Refund(Role.Initiator);
        Assert.Equal(SwapPhase.InitiatorRefunded, Phase);
        _bench.Bury(Role.Initiator);
        Assert.True(_bench.Swap.Closed);
    }

    [Fact]
    public void A_seller_who_never_reveals_sends_both_legs_back_in_their_order()
    {
        _bench.BothLocked().At(_bench.Deadlines.RevealBy);
        Assert.True(_bench.Owes(SwapEffectKind.Reveal, Role.Initiator));
        _bench.After(1);
        Assert.Equal(SwapPhase.Refunding, Phase);
        Assert.Equal(new Failure(FailureCode.NotRevealed, Role.Initiator), _bench.Swap.Failure);
        Assert.False(_bench.Owes(SwapEffectKind.Reveal, Role.Initiator));

        _bench.At(_bench.Deadlines.Short + 61);
        Assert.True(_bench.Owes(SwapEffectKind.Refund, Role.Participant, Role.Participant));
        Assert.False(_bench.Owes(SwapEffectKind.Refund, Role.Initiator));
        _bench.Refund(Role.Participant);
        Assert.Equal(SwapPhase.ParticipantRefunded, Phase);
        _bench.Bury(Role.Participant);
        Assert.False(_bench.Swap.Closed);

        _bench.At(_bench.Deadlines.Long + 13);
        Assert.True(_bench.Owes(SwapEffectKind.Refund, Role.Initiator, Role.Initiator));
        _bench.Refund(Role.Initiator);
        Assert.Equal(SwapPhase.Refunded, Phase);
        _bench.Bury(Role.Initiator);
        Assert.True(_bench.Swap.Closed);
    }

    [Fact]
    public void A_reveal_after_its_time_is_claimed_whatever_the_clock_says()
    {
        _bench.BothLocked().At(_bench.Deadlines.Long + 100);
        Assert.Equal(SwapPhase.Refunding, Phase);
        _bench.Claim(Role.Participant);

        Assert.Equal(SwapPhase.Revealed, Phase);
        Assert.True(_bench.Owes(SwapEffectKind.Claim, Role.Participant, Role.Initiator));
        Assert.False(_bench.Owes(SwapEffectKind.Refund, Role.Initiator));
    }

    [Fact]
    public void A_participant_refunded_after_a_late_reveal_lets_the_initiator_take_back_too()
    {
        _bench.BothLocked().At(_bench.Deadlines.Short + 100);
        _bench.Claim(Role.Participant, inBlock: false);
        Assert.Equal(SwapPhase.Revealed, Phase);
        _bench.Refund(Role.Participant);
        Assert.Equal(SwapPhase.ParticipantRefunded, Phase);
        Assert.False(_bench.Owes(SwapEffectKind.Claim, Role.Participant));
        _bench.At(_bench.Deadlines.Long + 100);

        Assert.True(_bench.Owes(SwapEffectKind.Refund, Role.Initiator, Role.Initiator));
    }

    [Fact]
    public void One_who_takes_both_legs_is_a_fault_and_the_other_rescues_what_is_left()
    {
        _bench.BothLocked();
        _bench.Claim(Role.Participant, inBlock: false);
        _bench.At(_bench.Deadlines.Long + 100);
        _bench.Refund(Role.Initiator);

        Assert.Equal(SwapPhase.Faulted, Phase);
        Assert.True(_bench.Owes(SwapEffectKind.Refund, Role.Participant, Role.Participant));
        Assert.False(_bench.Owes(SwapEffectKind.Claim, Role.Initiator));
    }

    [Theory]
    [InlineData(Role.Initiator)]
    [InlineData(Role.Participant)]
    public void A_party_may_decline_until_the_reveal(Role role)
    {
        _bench.BothLocked();
        _bench.Decide(new SwapEvent.Declined(role));
        Assert.Equal(SwapPhase.Refunding, Phase);
        _bench.Claim(Role.Participant);

        Assert.Equal(SwapRefusal.TooLateToDecline, _bench.Decide(new SwapEvent.Declined(role)).Refusal);
    }

    [Fact]
    public void Deadlines_are_compared_with_the_latest_of_clock_and_median_times()
    {
        _bench.WithKeys();
        var tips = _bench.Tips with { Coin = new TipView(200, _bench.Deadlines.InitiatorLockBy + 1) };
        var decision = SwapMachine.Decide(_bench.Swap, new SwapEvent.Tick(), tips);

        Assert.Equal(SwapPhase.Expired, decision.Swap.Phase);
    }
}
