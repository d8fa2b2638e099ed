using System.Text.Json.Nodes;
using Market.Api.Realtime;
using Market.Api.Tests.Host;
using Market.Testing;
using Market.Trading;

namespace Market.Api.Tests.Orders;

/// <summary>A bot in JavaScript that follows the book goes on after its connection broke.</summary>
public sealed class NodeFollowerTests(MarketFixture fixture) : IClassFixture<MarketFixture>
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task A_follower_hears_of_the_book_again_after_a_reconnect()
    {
        using var stop = new CancellationTokenSource();
        var telling = TellAsync(fixture.Host, stop.Token);
        await using var relay = new CuttingRelay(fixture.Host.Address, "\"delta\"");
        var said = JsonNode.Parse(await NodeBots.RunAsync(
            "follow.mjs", TimeSpan.FromMinutes(4), relay.Address.ToString().TrimEnd('/'), "20", "180"))!;
        await stop.CancelAsync();
        await telling;
        Assert.Equal(1, relay.Cuts);
        Assert.Equal((1, 0), ((int)said["reconnects"]!, (int)said["mismatches"]!));

        // The first change is what the connection broke at: all that were heard came after it, on a snapshot that was asked for
        // anew. The first one may have gone with the change.
        Assert.InRange((int)said["snapshots"]!, 1, 2);
        Assert.True((int)said["deltas"]! >= 20);
    }

    private static async Task TellAsync(MarketHost host, CancellationToken stop)
    {
        var feed = host.Get<MarketFeed>();
        for (var i = 1UL; !stop.IsCancellationRequested; i++)
        {
            feed.Committed(
                [new BookEvent
                {
                    Kind = EventKind.Rested, Order = new OrderId(1_000_000 + i), Side = Side.Buy,
                    Price = 90_000 + 10 * (long)(i % 50), Remaining = 1_000_000,
                }], [], [], null, host.Clock.Now);
            await Task.Delay(Pace, CancellationToken.None);
        }
    }
}
