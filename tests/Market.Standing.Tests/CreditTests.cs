namespace Market.Standing.Tests;

public sealed class CreditTests
{
    private const string Ann = "a1";
    private const string Bob = "b2";

    [Fact]
    public void Credits_are_never_below_none_nor_above_what_can_be_stored()
    {
        Assert.Equal(CreditUnits.Most, CreditUnits.Capped(CreditUnits.Most - 1).Plus(long.MaxValue).Units);
        Assert.Equal(0, CreditUnits.Capped(-1).Units);
        Assert.Equal(CreditUnits.Most, CreditUnits.Capped(long.MaxValue).Units);
        Assert.Throws<ArgumentOutOfRangeException>(() => CreditUnits.Capped(5).Less(6));
        Assert.Throws<ArgumentOutOfRangeException>(() => CreditUnits.Capped(5).Plus(-1));
    }

    [Fact]
    public void What_does_not_fit_is_lost_and_said()
    {
        var ledger = new CreditLedger();
        Assert.Equal(CreditUnits.Most - 10, ledger.Earn(Ann, CreditUnits.Most - 10));
        Assert.Equal(10, ledger.Earn(Ann, 100));
        Assert.Equal(0, ledger.Earn(Ann, 1));
    }

    [Fact]
    public void The_same_credits_are_promised_to_one_call_at_a_time()
    {
        var ledger = new CreditLedger();
        ledger.Earn(Ann, 10);
        Assert.True(ledger.TryPromise(Ann, 7));
        Assert.False(ledger.TryPromise(Ann, 4));
        Assert.True(ledger.TryPromise(Ann, 3));
        Assert.Equal(0, ledger.FreeOf(Ann));
        Assert.Equal(10, ledger.Of(Ann).Units);
        Assert.False(ledger.TryPromise(Bob, 1));
        Assert.True(ledger.TryPromise(Bob, 0));
    }

    [Fact]
    public void A_call_uses_of_what_was_promised_what_it_costs_and_the_rest_is_free_again()
    {
        var ledger = new CreditLedger();
        ledger.Earn(Ann, 10);
        ledger.TryPromise(Ann, 7);
        ledger.Settle(Ann, 7, 2);
        Assert.Equal((8L, 8L), (ledger.Of(Ann).Units, ledger.FreeOf(Ann)));
        Assert.Throws<ArgumentOutOfRangeException>(() => ledger.Settle(Ann, 1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => ledger.Settle(Ann, 1, 1));
    }

    [Fact]
    public void A_key_without_credits_takes_no_room()
    {
        var ledger = new CreditLedger();
        ledger.Earn(Ann, 3);
        ledger.TryPromise(Ann, 3);
        ledger.Settle(Ann, 3, 3);
        ledger.Earn(Bob, 0);
        Assert.Equal(0, ledger.Count);
    }

    [Fact]
    public void Above_the_bound_those_with_the_fewest_are_forgotten_but_none_whose_credits_are_promised()
    {
        var ledger = new CreditLedger(most: 10);
        for (var i = 1; i <= 11; i++) ledger.Earn($"k{i}", i);
        ledger.TryPromise("k1", 1);
        Assert.Equal(["k2", "k3"], ledger.Forget());
        Assert.Equal(9, ledger.Count);
        Assert.Equal(1, ledger.Of("k1").Units);
        Assert.Empty(ledger.Forget());
    }
}
