using Market.Api.Data;
using Market.Api.Settlement;
using Market.Contracts;
using Market.Swaps;

namespace Market.Api.Tests.Swaps;

/// <summary>A closed swap is worded once for its record and both heights, and anew where one of them is another.</summary>
public sealed class ClosedSwapTests
{
    private static readonly SwapTips Tips = TipsAt(100, 50, 1_000);
    private readonly ClosedSwaps _closed = new();
    private int _worded;

    [Fact]
    public void It_is_worded_once_whatever_the_clock_says()
    {
        var first = Ask("a", 3, Tips);

        Assert.Same(first, Ask("a", 3, TipsAt(100, 50, 9_000)));
        Assert.Equal(1, _worded);
    }

    [Theory]
    [InlineData("b", 3, 100, 50)]
    [InlineData("a", 4, 100, 50)]
    [InlineData("a", 3, 101, 50)]
    [InlineData("a", 3, 99, 50)]
    [InlineData("a", 3, 100, 51)]
    public void It_is_worded_anew_where_the_swap_its_version_or_a_height_is_another(string id, long version, int share, int coin)
    {
        var first = Ask("a", 3, Tips);

        Assert.NotSame(first, Ask(id, version, TipsAt(share, coin, 1_000)));
        Assert.Equal(2, _worded);
    }

    private SwapSummary Ask(string id, long version, SwapTips tips) =>
        _closed.Of(new SwapRow { Id = id, Version = version, Closed = true }, tips, () =>
        {
            _worded++;
            return Summary(id);
        });

    private static SwapTips TipsAt(int share, int coin, long clock) =>
        new(new TipView(share, clock), new TipView(coin, clock), clock);

    private static SwapSummary Summary(string id) => new()
    {
        Id = id,
        Instrument = "P2SHARE-BTC",
        TradeId = "1",
        State = SwapState.Settled,
        Label = "settled",
        Outcome = SwapOutcome.Settled,
        Price = new Price(1),
        Quantity = new Quantity(1),
        Notional = new Sats(1),
        CreatedAt = default,
        UpdatedAt = default,
        Actor = SwapActor.Nobody,
        StepsDone = 1,
        StepsTotal = 1,
        Sentence = "It is over.",
        Version = 1,
    };
}
