using Market.Client.Tests.Orders;
using Market.Contracts;
using Market.Strategies;

namespace Market.Client.Tests.Strategies;

/// <summary>What is quoted, and when anew.</summary>
public sealed class MakerCoreTests
{
    private const long One = Quantity.UnitsPerShare;

    [Fact]
    public void It_quotes_anew_only_once_the_worth_moved_further_than_it_tolerates()
    {
        var core = new MakerCore(new MakerOptions { Levels = 2 });
        var first = core.Look(View(100_000, []));
        Assert.False(first.IsAnew);
        Assert.Equal([98_500, 98_000, 101_500, 102_000], first.Quotes.Select(quote => quote.Price.Sats));
        Assert.Empty(core.Look(View(101_000, first.Quotes)).Quotes);
        // One that is gone comes again around what the others stand around.
        var gap = core.Look(View(100_900, [.. first.Quotes.Skip(1)]));
        Assert.Equal((false, 98_500), (gap.IsAnew, Assert.Single(gap.Quotes).Price.Sats));
        var moved = core.Look(View(101_001, first.Quotes));
        Assert.True(moved.IsAnew);
        Assert.Equal(4, moved.Quotes.Count);
        Assert.Equal(99_480, moved.Quotes[0].Price.Sats);
    }

    [Fact]
    public void What_its_bids_bring_and_its_offers_take_stays_within_its_limits()
    {
        var core = new MakerCore(new MakerOptions { Levels = 3, MaxInventory = new(125 * One), MinInventory = new(70 * One) });
        var plan = core.Look(View(100_000, [], held: 100));
        Assert.Equal([10 * One, 10 * One, 5 * One], Sizes(plan, Side.Buy));
        Assert.Equal([10 * One, 10 * One, 10 * One], Sizes(plan, Side.Sell));
        // What comes to it and what goes from it counts, and what stands does.
        plan = core.Look(View(100_000, [.. plan.Quotes.Where(quote => quote.Side == Side.Buy).Take(1)], held: 100) with
        {
            Coming = 8 * One,
            Going = 24 * One,
        });
        Assert.Equal([7 * One], Sizes(plan, Side.Buy));
        Assert.Equal([6 * One], Sizes(plan, Side.Sell));
        plan = core.Look(View(100_000, [], held: 130));
        Assert.Empty(Sizes(plan, Side.Buy));
    }

    [Fact]
    public void In_discount_it_names_parts_of_face_value_and_a_worst_price()
    {
        var core = new MakerCore(new MakerOptions { Levels = 1, InDiscount = true, Drift = 0.02m });
        Assert.Empty(core.Look(View(90_000, []) with { Face = null }).Quotes);
        var first = core.Look(View(90_000, []) with { Face = 100_000 });
        Assert.Equal(["0.8865", "0.9135"], first.Quotes.Select(quote => quote.Discount.ToString()));
        Assert.Equal([88_650, 91_350], first.Quotes.Select(quote => quote.Price.Sats));
        Assert.Equal([90_430, 89_520], first.Quotes.Select(quote => quote.Worst.Sats));
        // Face value and worth move together: the market moves the quotes, and nothing is made anew.
        Assert.Empty(core.Look(View(91_000, first.Quotes) with { Face = 101_111.11m }).Quotes);
        // Further than the worst prices reach they are made anew, and so they are where the part moves.
        Assert.True(core.Look(View(92_000, first.Quotes) with { Face = 102_222 }).IsAnew);
        Assert.True(core.Look(View(95_000, first.Quotes) with { Face = 102_222 }).IsAnew);
    }

    [Fact]
    public void What_is_too_small_to_be_swapped_is_not_quoted()
    {
        var rules = OrderExchange.TheInstrument.Rules with { MinQuantity = new(2 * One), LotSize = new(One) };
        var core = new MakerCore(new MakerOptions { Levels = 1, MaxInventory = new(101 * One) });
        Assert.Empty(Sizes(core.Look(View(100_000, [], held: 100) with { Rules = rules }), Side.Buy));
        Assert.Equal(
            [3 * One],
            Sizes(core.Look(View(100_000, []) with { Held = 97 * One + One / 2, Rules = rules }), Side.Buy));
    }

    private static IEnumerable<long> Sizes(MakerPlan plan, Side side) =>
        plan.Quotes.Where(quote => quote.Side == side).Select(quote => quote.Quantity.Units);

    private static MakerView View(decimal worth, IReadOnlyList<Quote> standing, long held = 0) => new()
    {
        Worth = worth,
        Face = worth,
        Standing = standing,
        Held = held * One,
        Coming = 0,
        Going = 0,
        Rules = OrderExchange.TheInstrument.Rules,
    };
}
