namespace Market.Swaps.Tests.Machine;

/// <summary>Who let a swap fail, what it cost the other, and when both legs count as locked.</summary>
public sealed class SwapDefaultsTests
{
    private readonly Bench _bench = new();

    [Theory]
    [InlineData(Role.Initiator)]
    [InlineData(Role.Participant)]
    public void Whose_keys_are_missing_let_it_fail(Role given)
    {
        _bench.Decide(new SwapEvent.KeysGiven(given, given == Role.Initiator ? Bench.Seller() : Bench.Buyer()));
        _bench.After(_bench.Plan.KeysWithin + 1);
        AssertGuilty(_bench.Plan.KeysWithin, given.Other());
    }

    [Fact]
    public void Where_both_keys_are_missing_both_let_it_fail()
    {
        _bench.After(_bench.Plan.KeysWithin + 1);
        Assert.Null(_bench.Swap.Failure!.Blamed);
        AssertGuilty(_bench.Plan.KeysWithin, Role.Initiator, Role.Participant);
    }

    [Theory]
    [InlineData(Role.Initiator)]
    [InlineData(Role.Participant)]
    public void Who_declines_let_it_fail(Role role)
    {
        _bench.WithKeys();
        _bench.Decide(new SwapEvent.Declined(role));
        AssertGuilty(_bench.Plan.KeysWithin + _bench.Plan.InitiatorLockWithin, role);
        // It said so itself: there is no doubt, wherever the market was.
        Assert.Equal([role], SwapDefaults.Of(_bench.Swap, _bench.Now, null));
    }

    [Fact]
    public void Who_does_not_lock_first_let_it_fail()
    {
        _bench.WithKeys().At(_bench.Deadlines.InitiatorLockBy + 1);
        AssertGuilty(_bench.Plan.KeysWithin + _bench.Plan.InitiatorLockWithin, Role.Initiator);
    }

    [Fact]
    public void Who_does_not_lock_second_let_it_fail_and_cost_the_other_the_long_locktime()
    {
        _bench.FirstLocked().At(_bench.Deadlines.ParticipantLockBy + 1);
        AssertGuilty(_bench.Plan.LongSpan, Role.Participant);
    }

    [Fact]
    public void Who_does_not_reveal_let_it_fail_and_cost_the_other_the_short_locktime()
    {
        _bench.BothLocked().At(_bench.Deadlines.RevealBy + 1);
        AssertGuilty(_bench.Plan.ShortSpan, Role.Initiator);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void A_first_lock_that_is_deep_so_late_that_little_time_is_left_makes_nobody_guilty(int late, bool isGuilty)
    {
        _bench.WithKeys();
        _bench.Fund(Role.Initiator);
        _bench.At(_bench.Deadlines.ParticipantLockBy - _bench.Plan.KeysWithin + late).Bury(Role.Initiator);
        Assert.Equal(SwapPhase.ParticipantLocking, _bench.Phase);
        _bench.At(_bench.Deadlines.ParticipantLockBy + 1);
        Assert.Equal(FailureCode.ParticipantDidNotLock, _bench.Swap.Failure!.Code);
        Assert.Equal(isGuilty ? [Role.Participant] : [], SwapDefaults.Of(_bench.Swap, 0, null));
    }

    [Fact]
    public void A_second_lock_that_is_deep_too_late_for_a_reveal_makes_nobody_guilty()
    {
        _bench.FirstLocked();
        _bench.Fund(Role.Participant);
        _bench.At(_bench.Deadlines.RevealBy);
        // The block that makes it deep comes between the last look before the deadline and the first after it.
        _bench.CoinHeight += _bench.Plan.ParticipantConfirmations;
        _bench.At(_bench.Deadlines.RevealBy + 1);
        Assert.Equal(FailureCode.NotRevealed, _bench.Swap.Failure!.Code);
        Assert.Empty(SwapDefaults.Of(_bench.Swap, 0, null));
        Assert.Empty(SwapDefaults.Of(_bench.Swap, 0, _bench.Deadlines.RevealBy - _bench.Plan.KeysWithin + 1));
        Assert.Equal([Role.Initiator], SwapDefaults.Of(_bench.Swap, 0, _bench.Deadlines.RevealBy - _bench.Plan.KeysWithin));
    }

    [Fact]
    public void A_first_lock_that_was_broadcast_and_waited_past_its_deadline_is_nobodys_doing()
    {
        _bench.WithKeys();
        _bench.Fund(Role.Initiator, inBlock: false);
        _bench.At(_bench.Deadlines.RevealBy + 1);
        Assert.Equal(FailureCode.InitiatorLockedLate, _bench.Swap.Failure!.Code);
        AssertGuilty(0);
    }

    [Fact]
    public void A_second_lock_that_was_broadcast_and_waited_past_its_deadline_is_nobodys_doing()
    {
        _bench.FirstLocked();
        _bench.Fund(Role.Participant, inBlock: false);
        _bench.At(_bench.Deadlines.RevealBy + 1);
        Assert.Equal(FailureCode.ParticipantLockedLate, _bench.Swap.Failure!.Code);
        AssertGuilty(0);
    }

    [Fact]
    public void What_was_to_be_done_while_the_market_was_away_for_more_than_half_of_the_time_is_nobodys_doing()
    {
        _bench.FirstLocked().At(_bench.Deadlines.ParticipantLockBy + 1);
        var from = _bench.Swap.EnteredAt(SwapPhase.ParticipantLocking)!.Value;
        var half = from + (_bench.Deadlines.ParticipantLockBy - from) / 2;
        Assert.Equal([Role.Participant], SwapDefaults.Of(_bench.Swap, half, null));
        Assert.Empty(SwapDefaults.Of(_bench.Swap, half + 1, null));
    }

    [Fact]
    public void Nobody_lets_a_swap_fail_that_has_not_failed()
    {
        Assert.Empty(SwapDefaults.Of(_bench.Swap, 0, null));
        _bench.BothLocked();
        Assert.Empty(SwapDefaults.Of(_bench.Swap, 0, null));
    }

    [Fact]
    public void Both_legs_are_locked_once_both_are_as_deep_as_the_plan_asks_for_and_until_the_swap_fails()
    {
        Assert.False(AreLocked());
        _bench.FirstLocked();
        Assert.False(AreLocked());
        _bench.Fund(Role.Participant, inBlock: false);
        Assert.False(AreLocked());
        _bench.Fund(Role.Participant, again: _bench.Swap.FundingOf(Role.Participant)!.OutPoint);
        Assert.Equal(SwapPhase.ParticipantLocked, _bench.Phase);
        Assert.False(AreLocked());
        _bench.Bury(Role.Participant);
        Assert.True(AreLocked());
        _bench.At(_bench.Deadlines.RevealBy + 1);
        Assert.False(AreLocked());
    }

    [Fact]
    public void A_second_lock_that_came_early_does_not_count_before_the_first_is_deep()
    {
        _bench.WithKeys();
        _bench.Fund(Role.Participant);
        _bench.Bury(Role.Participant);
        _bench.Fund(Role.Initiator);
        Assert.False(AreLocked());
        _bench.Bury(Role.Initiator);
        Assert.True(AreLocked());
    }

    private bool AreLocked() => SwapDefaults.AreBothLocked(_bench.Swap, _bench.Tips);

    private void AssertGuilty(int cost, params Role[] roles)
    {
        Assert.NotNull(_bench.Swap.Failure);
        Assert.Equal(roles, SwapDefaults.Of(_bench.Swap, seenSince: 0, Bench.Start));
        Assert.All(roles, role => Assert.Equal(cost, SwapDefaults.CostOf(_bench.Swap, role)));
    }
}
