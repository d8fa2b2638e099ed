namespace Market.Swaps.Tests.Machine;

/// <summary>What was in a block is in none any more.</summary>
public sealed class ReorganisedPathTests
{
    private readonly Bench _bench = new();

    private SwapPhase Phase => _bench.Phase;

    [Fact]
    public void A_first_lock_reorganised_before_the_second_goes_back_to_waiting()
    {
        _bench.FirstLocked();
        _bench.Fund(Role.Initiator, inBlock: false, again: _bench.Swap.FundingOf(Role.Initiator)!.OutPoint);
        Assert.Equal(SwapPhase.InitiatorLocking, Phase);
        Assert.True(_bench.Alarmed(SwapAlarm.FirstLockReorganised));
        Assert.False(_bench.Owes(SwapEffectKind.Lock, Role.Participant));

        _bench.Fund(Role.Initiator, again: _bench.Swap.FundingOf(Role.Initiator)!.OutPoint);
        _bench.Bury(Role.Initiator);
        Assert.Equal(SwapPhase.ParticipantLocking, Phase);
    }

    [Fact]
    public void A_first_lock_that_vanishes_is_broadcast_again_and_waited_for()
    {
        _bench.FirstLocked();
        var outPoint = _bench.Swap.FundingOf(Role.Initiator)!.OutPoint;
        _bench.At(_bench.Deadlines.InitiatorLockBy + 5);
        _bench.Decide(new SwapEvent.FundingGone(Role.Initiator, outPoint));

        Assert.Equal(SwapPhase.InitiatorLocking, Phase);
        Assert.Contains(_bench.Last.Effects, e => e is { Kind: SwapEffectKind.RelayFunding, Leg: Role.Initiator });
        _bench.Fund(Role.Initiator, again: outPoint);
        _bench.Bury(Role.Initiator);
        Assert.Equal(SwapPhase.ParticipantLocking, Phase);
    }

    [Fact]
    public void A_first_lock_reorganised_after_the_second_raises_an_alarm_and_stops_the_reveal()
    {
        _bench.BothLocked();
        var outPoint = _bench.Swap.FundingOf(Role.Initiator)!.OutPoint;
        _bench.Decide(new SwapEvent.FundingGone(Role.Initiator, outPoint));

        Assert.Equal(SwapPhase.ParticipantLocked, Phase);
        Assert.True(_bench.Alarmed(SwapAlarm.FirstLockReorganisedLate));
        Assert.False(_bench.Owes(SwapEffectKind.Reveal, Role.Initiator));
        Assert.Contains(_bench.Last.Effects, e => e is { Kind: SwapEffectKind.RelayFunding, Leg: Role.Initiator });

        _bench.Fund(Role.Initiator, again: outPoint);
        Assert.False(_bench.Owes(SwapEffectKind.Reveal, Role.Initiator));
        _bench.Bury(Role.Initiator);
        Assert.True(_bench.Owes(SwapEffectKind.Reveal, Role.Initiator));
    }

    [Fact]
    public void A_second_lock_reorganised_stops_the_reveal_until_it_is_back()
    {
        _bench.BothLocked();
        var outPoint = _bench.Swap.FundingOf(Role.Participant)!.OutPoint;
        _bench.Decide(new SwapEvent.FundingGone(Role.Participant, outPoint));
        Assert.Equal(SwapPhase.ParticipantLocking, Phase);
        Assert.True(_bench.Alarmed(SwapAlarm.SecondLockReorganised));
        Assert.False(_bench.Owes(SwapEffectKind.Reveal, Role.Initiator));

        _bench.Fund(Role.Participant, again: outPoint);
        _bench.Bury(Role.Participant);
        Assert.True(_bench.Owes(SwapEffectKind.Reveal, Role.Initiator));
    }

    [Fact]
    public void A_reveal_reorganised_out_stays_public_and_is_claimed()
    {
        _bench.BothLocked();
        var id = _bench.Claim(Role.Participant);
        _bench.SpendGone(Role.Participant, id);

        Assert.Equal(SwapPhase.Revealed, Phase);
        Assert.True(_bench.Alarmed(SwapAlarm.RevealReorganised));
        Assert.NotNull(_bench.Swap.Preimage);
        Assert.True(_bench.Owes(SwapEffectKind.Claim, Role.Participant, Role.Initiator));
        Assert.True(_bench.Owes(SwapEffectKind.Claim, Role.Initiator, Role.Participant));
    }

    [Fact]
    public void A_settled_swap_opens_again_where_a_claim_is_reorganised_out()
    {
        _bench.BothLocked();
        var first = _bench.Claim(Role.Initiator);
        _bench.Claim(Role.Participant);
        _bench.Mine(shares: 3, coins: 2);
        Assert.True(_bench.Swap.Closed);
        _bench.SpendGone(Role.Initiator, first);

        Assert.Equal(SwapPhase.Revealed, Phase);
        Assert.False(_bench.Swap.Closed);
        Assert.True(_bench.Owes(SwapEffectKind.Claim, Role.Participant, Role.Initiator));
    }
}
