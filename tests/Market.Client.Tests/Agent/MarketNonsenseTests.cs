using System.Text.Json.Nodes;
using Market.Contracts;
using Market.Swaps;

namespace Market.Client.Tests.Agent;

/// <summary>A market that answers nonsense, invents swaps or hangs neither ends nor delays an agent.</summary>
public sealed class MarketNonsenseTests : IAsyncLifetime
{
    private Arena _arena = null!;

    private Party Seller => _arena.Seller;

    private Party Buyer => _arena.Buyer;

    public async ValueTask InitializeAsync() => _arena = (await Arena.StartAsync()).Match();

    public ValueTask DisposeAsync() => _arena.DisposeAsync();

    [Theory]
    [InlineData("null item")]
    [InlineData("null page")]
    [InlineData("overflow")]
    [InlineData("no JSON")]
    public async Task A_market_that_answers_nonsense_ends_no_agent(string how)
    {
        await _arena.UntilAsync(() => Phase(Buyer) == SwapPhase.ParticipantLocked, Seller, Buyer);
        _arena.Exchange.Raw = request => Task.FromResult(
            request.RequestUri!.AbsolutePath != Routes.Swaps ? null : how switch
            {
                "null item" => "{\"items\":[null]}",
                "null page" => "{\"items\":null}",
                "no JSON" => "nonsense",
                _ => Invented(1, price: long.MaxValue),
            });
        await _arena.ToTheEndAsync();

        Assert.Equal(SwapPhase.Settled, Phase(Buyer));
        await _arena.AccountAsync(moved: true);
    }

    [Fact]
    public async Task A_market_that_invents_swaps_fills_no_journal()
    {
        await _arena.UntilAsync(() => Phase(Buyer) == SwapPhase.ParticipantLocked, Seller, Buyer);
        var page = 0;
        _arena.Exchange.Raw = request => Task.FromResult(
            request.RequestUri!.AbsolutePath == Routes.Swaps ? Invented(100, page: page++) : null);
        var before = Buyer.Disk().Length;
        for (var i = 0; i < 10; i++)
        {
            await Buyer.StepAsync();
        }

        Assert.Single(Buyer.Agent.Swaps);
        Assert.Equal(before, Buyer.Disk().Length);
    }

    [Fact]
    public async Task A_market_that_hangs_holds_up_no_swap()
    {
        await _arena.UntilAsync(() => Phase(Buyer) == SwapPhase.ParticipantLocked, Seller, Buyer);
        _arena.MarketPatience = TimeSpan.FromMilliseconds(200);
        Seller.Restart();
        Buyer.Restart();
        _arena.Exchange.Hangs = true;
        await Seller.StepAsync();
        Assert.Contains(Seller.Notices, notice => notice.Contains("in time", StringComparison.Ordinal));
        Seller.Restart(withoutMarket: true);
        await _arena.ToTheEndAsync();
        await _arena.AccountAsync(moved: true);
    }

    private static SwapPhase Phase(Party party) =>
        party.Agent.Swaps.Count == 0 ? SwapPhase.Matched : party.Swap.Swap.Phase;

    /// <summary>Swaps that answer no order, as a page of the market.</summary>
    private string Invented(int count, int page = 0, long? price = null)
    {
        var text = _arena.Exchange.Traffic.Last(t => t.Contains("coinLeg", StringComparison.Ordinal));
        var template = JsonNode.Parse(text[(text.IndexOf(" -> ", StringComparison.Ordinal) + 4)..])!["summary"]!;
        var items = new JsonArray();
        for (var i = 0; i < count; i++)
        {
            var summary = template.DeepClone();
            summary["id"] = $"fake-{page}-{i}";
            if (price is { } high)
            {
                summary["price"] = new Price(high).ToString();
                summary["quantity"] = new Quantity(high).ToString();
            }

            items.Add(summary);
        }

        return new JsonObject { ["items"] = items }.ToJsonString();
    }
}
