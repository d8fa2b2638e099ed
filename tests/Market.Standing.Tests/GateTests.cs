namespace Market.Standing.Tests;

public sealed class GateTests
{
    private const long Start = 1_000_000;

    private readonly CreditLedger _credits = new();

    private static readonly GateRules Narrow = new(Places: 1, MostWaiting: 8, MostBytes: 8_000, MostOfOne: 3);

    private Gate New(GateRules? rules = null) => new(rules ?? Narrow, _credits);

    private static Call Of(string? key, long? offer = null, string? address = null, int bytes = 100) =>
        new(1, key, address, offer, bytes);

    private AskedCall Enter(
        Gate gate, string? key, long? offer = null, long price = 1, long rate = 0, long at = Start, long head = 0,
        int bytes = 100) =>
        gate.Enter(Of(key, offer, bytes: bytes), price, rate, head, at, out _);

    private Gate Full(out AskedCall first, GateRules? rules = null)
    {
        var gate = New(rules);
        first = Enter(gate, "first");
        Assert.Equal(CallState.Served, first.State);
        return gate;
    }

    [Fact]
    public void A_free_place_is_free()
    {
        _credits.Earn("a", 100);
        var gate = New();
        var call = Enter(gate, "a", offer: 50, price: 20);
        Assert.Equal((CallState.Served, 0L, 100L), (call.State, call.Paid, _credits.FreeOf("a")));
        gate.Leave(call);
        Assert.Equal((0, 100L), (gate.InUse, _credits.Of("a").Units));
    }

    [Fact]
    public void Who_offers_more_goes_first_and_pays_what_it_takes_to_be_ahead_of_the_next()
    {
        foreach (var key in (string[])["a", "b", "c"]) _credits.Earn(key, 1_000);
        var gate = Full(out var first);
        var (a, b, c) = (Enter(gate, "a", 10), Enter(gate, "b", 300), Enter(gate, "c", 40));
        Assert.Equal(700, _credits.FreeOf("b"));
        Assert.Same(b, gate.Leave(first));
        Assert.Same(c, gate.Leave(b));
        Assert.Same(a, gate.Leave(c));
        Assert.Null(gate.Leave(a));
        Assert.Equal((40L, 10L, 0L), (b.Paid, c.Paid, a.Paid));
        Assert.Equal((960L, 990L, 1_000L), (_credits.FreeOf("b"), _credits.FreeOf("c"), _credits.FreeOf("a")));
    }

    [Fact]
    public void The_price_is_the_least_that_is_paid_and_less_is_no_offer()
    {
        _credits.Earn("a", 1_000);
        _credits.Earn("b", 1_000);
        var gate = Full(out var first);
        var (early, b) = (Enter(gate, "a", 19, price: 20), Enter(gate, "b", 500, price: 20));
        Assert.Equal(0, early.Offered);
        Assert.Same(b, gate.Leave(first));
        Assert.Equal(20, b.Paid);
        Assert.Same(early, gate.Leave(b));
        Assert.Equal(0, early.Paid);
    }

    [Fact]
    public void Who_says_nothing_offers_the_price_if_it_has_four_times_that()
    {
        _credits.Earn("rich", 80);
        _credits.Earn("poor", 79);
        var gate = Full(out _);
        Assert.Equal(20, Enter(gate, "rich", price: 20).Offered);
        Assert.Equal(0, Enter(gate, "poor", price: 20).Offered);
        Assert.Equal(0, Enter(gate, "rich", offer: 0, price: 20).Offered);
    }

    [Fact]
    public void Nobody_offers_what_it_has_not()
    {
        _credits.Earn("a", 100);
        var gate = Full(out _);
        Assert.Equal(100, Enter(gate, "a", offer: long.MaxValue).Offered);
        Assert.Equal(0, Enter(gate, "a", offer: 50).Offered);
        Assert.Equal(0, Enter(gate, "nobody", offer: 50).Offered);
        Assert.Equal(0, Enter(gate, null, offer: 50).Offered);
    }

    [Fact]
    public void Waiting_counts_as_an_offer()
    {
        _credits.Earn("a", 100);
        var gate = Full(out var first);
        var early = Enter(gate, "poor", at: Start);
        var late = Enter(gate, "a", offer: 5, at: Start + 5 * GateRules.PerCredit + 1);
        Assert.Same(early, gate.Leave(first));
        Assert.Same(late, gate.Leave(early));
        Assert.Equal(0, late.Paid);
    }

    [Fact]
    public void What_an_earlier_one_waited_is_paid_for_by_who_goes_before_it()
    {
        _credits.Earn("a", 100);
        var gate = Full(out var first);
        Enter(gate, "poor", at: Start);
        var late = Enter(gate, "a", offer: 50, at: Start + 7 * GateRules.PerCredit);
        Assert.Same(late, gate.Leave(first));
        Assert.Equal(7, late.Paid);
    }

    [Fact]
    public void A_tier_s_head_start_and_a_caller_s_own_rate_count_in_the_order()
    {
        var gate = Full(out var first);
        var fast = Enter(gate, "fast", rate: 1_000);
        var slow = Enter(gate, "slow", rate: 10, at: Start + 100);
        var known = Enter(gate, "known", at: Start + 200, head: 1_000);
        Assert.Same(known, gate.Leave(first));
        Assert.Same(slow, gate.Leave(known));
        Assert.Same(fast, gate.Leave(slow));
    }

    [Fact]
    public void One_place_of_eight_goes_to_who_pays_nothing_and_of_them_to_standing_and_the_lowest_rate()
    {
        _credits.Earn("rich", CreditUnits.Most);
        var gate = Full(out var serving, Narrow with { MostWaiting = 1_000, MostBytes = 1_000_000 });
        var heavy = Enter(gate, "heavy", rate: 900);
        var light = Enter(gate, "light", rate: 5);
        var known = Enter(gate, "known", rate: 900, head: 9_500);
        var served = new List<AskedCall>();
        for (var i = 0; i < 3 * GateRules.FloorEvery; i++)
        {
            Enter(gate, "rich", offer: 10_000);
            serving = gate.Leave(serving)!;
            served.Add(serving);
        }
        Assert.Equal(GateRules.FloorEvery - 1, served.IndexOf(known));
        Assert.Equal(2 * GateRules.FloorEvery - 1, served.IndexOf(light));
        Assert.Equal(3 * GateRules.FloorEvery - 1, served.IndexOf(heavy));
    }

    [Fact]
    public void Where_too_much_waits_the_last_in_order_goes_and_no_payer_pushes_out_who_cannot_pay()
    {
        _credits.Earn("rich", CreditUnits.Most);
        var gate = Full(out _);
        var newcomer = Enter(gate, "n");
        var cheap = Enter(gate, "rich", offer: 1);
        for (var i = 0; i < 3; i++) Enter(gate, "rich", offer: 10);
        var more = gate.Enter(Of("rich", 20), 1, 0, 0, Start, out var refused);
        Assert.Equal(CallState.Waiting, more.State);
        Assert.Same(cheap, Assert.Single(refused));
        Assert.Equal((CallState.Refused, CallRefusal.QueueFull), (cheap.State, cheap.Refusal));
        var last = Enter(gate, "rich", offer: 1);
        Assert.Equal((CallState.Refused, CallRefusal.QueueFull), (last.State, last.Refusal));
        Assert.Equal(CallState.Waiting, newcomer.State);
        // Nothing is kept of who was refused.
        Assert.Equal(CreditUnits.Most - 50, _credits.FreeOf("rich"));
    }

    [Fact]
    public void Among_those_who_pay_nothing_the_highest_rate_goes()
    {
        var gate = Full(out _);
        for (var i = 0; i < 4; i++) Enter(gate, $"bot{i}", rate: 500 + i);
        var person = gate.Enter(Of("person"), 1, 10, 0, Start + 9, out var refused);
        Assert.Equal(CallState.Waiting, person.State);
        Assert.Equal("bot3", Assert.Single(refused).Asked.Key);
    }

    [Fact]
    public void What_waits_is_bounded_in_bytes_too()
    {
        var gate = Full(out _);
        Enter(gate, "a", bytes: 3_900);
        Assert.Equal(CallState.Waiting, Enter(gate, "b", bytes: 100).State);
        var more = Enter(gate, "c", bytes: 1);
        Assert.Equal((CallState.Refused, CallRefusal.QueueFull), (more.State, more.Refusal));
        Assert.Equal(2, gate.Waiting);
    }

    [Fact]
    public void One_caller_has_a_few_calls_that_wait_without_paying()
    {
        _credits.Earn("a", 10);
        var gate = Full(out var first);
        for (var i = 0; i < Narrow.MostOfOne; i++) Assert.Equal(CallState.Waiting, Enter(gate, "a", offer: 0).State);
        Assert.Equal(CallRefusal.TooManyOfOne, Enter(gate, "a", offer: 0).Refusal);
        Assert.Equal(CallState.Waiting, Enter(gate, "a", offer: 10).State);
        Assert.Equal(CallState.Waiting, Enter(gate, "b").State);
        gate.Leave(gate.Leave(first)!);
        Assert.Equal(CallState.Waiting, Enter(gate, "a", offer: 0).State);
        // Those without a key are counted by address; those of this machine are not.
        for (var i = 0; i < 3; i++) gate.Enter(Of(null, address: "1.2.3.4"), 1, 0, 0, Start, out _);
        Assert.NotEqual(CallState.Waiting, gate.Enter(Of(null, address: "1.2.3.4"), 1, 0, 0, Start, out _).State);
    }

    [Fact]
    public void Nothing_waits_for_longer_than_a_call_may()
    {
        _credits.Earn("a", 10);
        var gate = Full(out _);
        var (paying, free) = (Enter(gate, "a", offer: 10), Enter(gate, "b", at: Start + 1));
        Assert.Empty(gate.Expire(Start + GateRules.LongestWait - 1));
        Assert.Same(paying, Assert.Single(gate.Expire(Start + GateRules.LongestWait)));
        Assert.Equal((CallRefusal.WaitedTooLong, 10L), (paying.Refusal, _credits.FreeOf("a")));
        Assert.Equal(1, gate.Waiting);
        Assert.Equal(CallState.Waiting, free.State);
    }

    [Fact]
    public void Who_gives_up_gets_back_what_it_offered_and_leaves_no_trace()
    {
        _credits.Earn("a", 10);
        var gate = Full(out var first);
        var call = Enter(gate, "a", offer: 10);
        Assert.Null(gate.Leave(call));
        Assert.Equal((10L, 0, CallState.Over), (_credits.FreeOf("a"), gate.Waiting, call.State));
        Assert.Null(gate.Leave(call));
        Assert.Null(gate.Leave(first));
        Assert.Null(gate.Leave(first));
        Assert.Equal(0, gate.InUse);
    }

    [Fact]
    public void What_waits_behind_the_gate_is_load_of_it()
    {
        var gate = New();
        for (var at = Start; at < Start + 20_000; at += 10) gate.Measure(2_000, at);
        Assert.InRange(gate.Load.Level, 1_900, 2_000);
    }
}
