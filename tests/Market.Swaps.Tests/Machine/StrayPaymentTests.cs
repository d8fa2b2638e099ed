using Market.Bitcoin;

namespace Market.Swaps.Tests.Machine;

/// <summary>Payments to a leg that are too small, too many, or not the ones that were announced.</summary>
public sealed class StrayPaymentTests
{
    private readonly Bench _bench = new();

    private SwapPhase Phase => _bench.Phase;

    [Fact]
    public void Too_little_is_no_lock_and_comes_back()
    {
        _bench.WithKeys();
        _bench.Fund(Role.Initiator, amount: new Amount(Bench.Shares.Sats - 1));
        Assert.Equal(SwapPhase.InitiatorLocking, Phase);
        _bench.At(_bench.Deadlines.InitiatorLockBy + 1);
        Assert.Equal(SwapPhase.Refunding, Phase);
        _bench.At(_bench.Deadlines.Long + 100);

        Assert.True(_bench.Owes(SwapEffectKind.Refund, Role.Initiator, Role.Initiator));
    }

    [Fact]
    public void Dust_from_a_stranger_changes_nothing()
    {
        _bench.WithKeys();
        for (var i = 0; i < 100; i++)
        {
            _bench.Fund(Role.Initiator, amount: new Amount(400));
        }

        Assert.Equal(SwapRefusal.TooManyPayments, _bench.Last.Refusal);
        _bench.Fund(Role.Initiator);
        Assert.Equal(SwapPhase.InitiatorLocked, Phase);
    }

    [Fact]
    public void A_second_payment_is_taken_back_while_the_swap_settles()
    {
        _bench.FirstLocked();
        var second = _bench.Fund(Role.Initiator);
        _bench.Fund(Role.Participant);
        _bench.Bury(Role.Participant);
        _bench.Claim(Role.Initiator);
        _bench.Claim(Role.Participant);
        _bench.Mine(shares: 3, coins: 3);
        Assert.Equal(SwapPhase.Settled, Phase);
        Assert.False(_bench.Swap.Closed);

        _bench.At(_bench.Deadlines.Long + 100);
        var refund = Assert.Single(_bench.Last.Effects, effect => effect.Kind == SwapEffectKind.Refund);
        Assert.Equal((Role.Initiator, second), (refund.Actor!.Value, refund.OutPoint!.Value));
        _bench.Decide(new SwapEvent.RefundSeen(Role.Initiator, second, _bench.NewTxId(), _bench.ShareHeight));
        _bench.Mine(shares: 3);
        Assert.Equal(SwapPhase.Settled, Phase);
        Assert.True(_bench.Swap.Closed);
    }

    [Fact]
    public void A_replaced_lock_counts_by_script_and_amount_whatever_its_txid()
    {
        _bench.WithKeys();
        var first = _bench.Fund(Role.Initiator, inBlock: false);
        _bench.Decide(new SwapEvent.FundingGone(Role.Initiator, first));
        var second = _bench.Fund(Role.Initiator);

        Assert.Equal(second, _bench.Swap.FundingOf(Role.Initiator)!.OutPoint);
        Assert.Equal(SwapPhase.InitiatorLocked, Phase);
    }
}
