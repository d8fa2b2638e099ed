namespace Market.Standing.Tests;

public sealed class LimiterTests
{
    private static readonly GateRules Narrow = new(Places: 2, MostWaiting: 100, MostBytes: 1_000_000, MostOfOne: 50);

    private readonly CreditLedger _credits = new();
    private readonly Dictionary<string, Tier> _tiers = [];
    private readonly Limiter _limiter;
    private long _now = 1_000_000;

    public LimiterTests() =>
        _limiter = new Limiter([Narrow, Narrow, Narrow, Narrow], _credits, key => _tiers.GetValueOrDefault(key, Tier.Newcomer));

    private AskedCall Enter(GateKind kind, string? key, string? address = null, int weight = 3, long? offer = null) =>
        _limiter.Enter(kind, new Call(weight, key, address, offer, 100), 0, _now, out _);

    private void Load(GateKind kind)
    {
        for (var i = 0; i < 20; i++) Enter(kind, $"load{i}", weight: 1);
        _now += LoadMeter.SmoothedOver;
        Enter(kind, "load", weight: 1);
    }

    [Fact]
    public void An_idle_service_is_free_however_fast_a_key_asks()
    {
        for (var i = 0; i < 1_000; i++)
        {
            _now += 10;
            var call = Enter(GateKind.Orders, "a");
            Assert.Equal((CallState.Served, 0L), (call.State, call.Price));
            _limiter.Leave(GateKind.Orders, call);
        }
        Assert.Equal(3_000, _limiter.RateOf("a", _now));
    }

    [Fact]
    public void A_loaded_one_has_a_price_which_rises_with_a_key_s_rate_and_falls_with_its_tier()
    {
        Load(GateKind.Orders);
        var first = Enter(GateKind.Orders, "a").Price;
        Assert.True(first > 0);
        for (var i = 0; i < 250; i++) Enter(GateKind.Orders, "a");
        Assert.True(Enter(GateKind.Orders, "a").Price > 2 * first);
        _tiers["a"] = Tier.Authority;
        Assert.Equal(Enter(GateKind.Orders, "b").Price, Enter(GateKind.Orders, "a").Price);
    }

    [Fact]
    public void What_is_said_of_a_price_is_what_is_asked_for_then()
    {
        Load(GateKind.Orders);
        var said = _limiter.PriceOf(GateKind.Orders, 3, "a", _now);
        Assert.Equal(said, Enter(GateKind.Orders, "a").Price);
    }

    [Fact]
    public void A_flood_of_one_kind_leaves_the_others_alone()
    {
        Load(GateKind.Orders);
        Load(GateKind.Cancels);
        Assert.Equal(CallState.Served, Enter(GateKind.Swaps, "a").State);
        Assert.Equal(CallState.Waiting, Enter(GateKind.Orders, "a").State);
        Assert.Equal(0, Enter(GateKind.Swaps, "a").Price);
    }

    [Fact]
    public void Fresh_keys_behind_one_address_are_as_dear_as_the_address_among_those_who_pay_nothing()
    {
        Load(GateKind.Orders);
        for (var i = 0; i < 40; i++) Enter(GateKind.Orders, $"fresh{i}", "6.6.6.6");
        var flood = Enter(GateKind.Orders, "one more", "6.6.6.6");
        var person = Enter(GateKind.Orders, "person", "1.2.3.4");
        Assert.True(flood.Rate > person.Rate);
    }

    [Fact]
    public void Of_a_caller_without_a_key_the_address_is_what_has_a_rate()
    {
        Load(GateKind.Reads);
        var first = Enter(GateKind.Reads, null, "1.2.3.4").Price;
        for (var i = 0; i < 300; i++) Enter(GateKind.Reads, null, "1.2.3.4");
        Assert.True(Enter(GateKind.Reads, null, "1.2.3.4").Price > first);
    }

    [Fact]
    public void A_read_pays_nothing_under_a_flood_unless_it_offers_something()
    {
        _credits.Earn("a", 100_000);
        Load(GateKind.Reads);
        Load(GateKind.Orders);
        Assert.Equal(0, Enter(GateKind.Reads, "a").Offered);
        Assert.Equal(100_000, _credits.FreeOf("a"));
        Assert.Equal(900, Enter(GateKind.Reads, "a", offer: 900).Offered);
        var order = Enter(GateKind.Orders, "a");
        Assert.True(order.Price > 0);
        Assert.Equal(order.Price, order.Offered);
    }

    [Fact]
    public void Whoever_waited_too_long_is_refused_at_every_gate()
    {
        Load(GateKind.Orders);
        Load(GateKind.Reads);
        _now += GateRules.LongestWait;
        Assert.Equal(2 * 19, _limiter.Expire(_now).Count);
    }
}
