using Market.Contracts;
using Market.Web.Tests.Host;

namespace Market.Web.Tests;

/// <summary>Who is live and what stands still: one text for all pages.</summary>
public sealed class StatusTextTests
{
    private const string First = "P2SHARE-BTC";
    private const string Other = "P2SHARE-K20-BTC";

    [Fact]
    public void While_all_is_live_nothing_is_wrong()
    {
        var status = With();
        Assert.Null(StatusText.Trouble(status, First));
        Assert.Equal("Everything works: orders are matched and swaps move.", StatusText.Summary(status));
    }

    [Theory]
    [InlineData("sharechain", Health.Lagging, "sharechain behind: nothing new is matched")]
    [InlineData("matching", Health.Down, "matching down: nothing new is matched")]
    [InlineData("swaps", Health.Down, "swaps down")]
    public void What_is_wrong_with_one_instrument_is_said_of_it_alone(string part, Health health, string words)
    {
        var status = With(Part(part, health, First));
        Assert.Equal(words, StatusText.Trouble(status, First));
        Assert.Null(StatusText.Trouble(status, Other));
        Assert.Contains(
            part == "swaps" ? "Orders are matched." : $"Nothing new is matched in {First};", StatusText.Summary(status),
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_all_share_stands_still_for_all_and_matching_that_waits_for_it_is_not_said_twice()
    {
        var status = With(
            Part("mainchain", Health.Down, null), Part("matching", Health.Down, First), Part("matching", Health.Down, Other));
        foreach (var instrument in new[] { First, Other })
            Assert.Equal("mainchain down: nothing new is matched", StatusText.Trouble(status, instrument));
        Assert.Contains("Nothing new is matched;", StatusText.Summary(status), StringComparison.Ordinal);
    }

    private static ComponentStatus Part(string name, Health health, string? instrument) =>
        new() { Name = name, Instrument = instrument, Health = health, Detail = "Words." };

    private static ServerStatus With(params ComponentStatus[] parts) =>
        new RecordedMarket(TimeProvider.System) { Other = Other }.Status() with
        {
            Components = [Part("database", Health.Live, null), .. parts],
            Health = parts.Length == 0 ? Health.Live : parts.Max(part => part.Health),
        };
}
