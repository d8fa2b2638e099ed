using Market.Bitcoin;

namespace Market.Swaps.Tests.Machine;

/// <summary>Of shares that expire nobody is blamed for a step that agents must not take.</summary>
public sealed class SharesInDoubtTests
{
    private static readonly SwapRules Rules = SwapRules.Of(NetworkProfile.Of("devnet") with { SharesExpire = true });

    private readonly Bench _bench = new(Rules);

    [Fact]
    public void A_first_lock_is_wanted_only_of_shares_that_surely_outlive_the_swap()
    {
        _bench.WithKeys().At(_bench.Deadlines.InitiatorLockBy + 1);
        AssertLock(FailureCode.InitiatorDidNotLock, Bench.Start);
    }

    [Fact]
    public void A_second_lock_is_wanted_only_against_shares_that_surely_outlive_the_swap()
    {
        _bench.FirstLocked().At(_bench.Deadlines.ParticipantLockBy + 1);
        AssertLock(FailureCode.ParticipantDidNotLock, _bench.Swap.EnteredAt(SwapPhase.ParticipantLocking)!.Value);
    }

    [Fact]
    public void A_reveal_is_wanted_only_while_the_shares_last_until_they_can_have_been_claimed()
    {
        _bench.BothLocked();
        var lockedAt = _bench.Now;
        _bench.At(_bench.Deadlines.RevealBy + 1);
        Assert.Equal(FailureCode.NotRevealed, _bench.Swap.Failure!.Code);
        Assert.Equal(lockedAt, SharesInDoubt.Since(_bench.Swap, lockedAt));
        var needed = _bench.Deadlines.Long - _bench.Deadlines.RevealBy;
        Assert.True(SharesInDoubt.CouldAct(_bench.Swap, needed, _bench.Now));
        Assert.False(SharesInDoubt.CouldAct(_bench.Swap, needed - 1, _bench.Now));
    }

    [Fact]
    public void Keys_and_what_a_party_says_itself_have_nothing_to_do_with_the_shares()
    {
        _bench.After(_bench.Plan.KeysWithin + 1);
        Assert.Null(SharesInDoubt.Since(_bench.Swap, null));
        var declined = new Bench(Rules).WithKeys();
        declined.Decide(new SwapEvent.Declined(Role.Participant));
        Assert.Null(SharesInDoubt.Since(declined.Swap, null));
    }

    [Fact]
    public void Nothing_is_in_doubt_of_shares_that_never_expire()
    {
        var never = new Bench().FirstLocked();
        never.At(never.Deadlines.ParticipantLockBy + 1);
        Assert.Equal(FailureCode.ParticipantDidNotLock, never.Swap.Failure!.Code);
        Assert.Null(SharesInDoubt.Since(never.Swap, null));
    }

    private void AssertLock(FailureCode code, long since)
    {
        Assert.Equal(code, _bench.Swap.Failure!.Code);
        Assert.Equal(since, SharesInDoubt.Since(_bench.Swap, null));
        var needed = _bench.Deadlines.Long - since + _bench.Plan.ExpiryMargin!.Value;
        Assert.True(SharesInDoubt.CouldAct(_bench.Swap, needed, since));
        Assert.False(SharesInDoubt.CouldAct(_bench.Swap, needed - 1, since));
    }
}
