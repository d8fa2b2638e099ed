using Market.Api.Realtime;
using Market.Contracts;
using Market.Trading;

namespace Market.Api.Tests.Host;

/// <summary>Changes of a book as the sequencer tells them, and trades.</summary>
internal static class Books
{
    public const string Id = "P2SHARE-BTC";

    /// <summary>Changes the book: one delta each.</summary>
    public static void Change(MarketHost host, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            host.Get<MarketFeed>().Committed(
                [new BookEvent
                {
                    Kind = EventKind.Rested, Order = new OrderId(5_000_000 + (ulong)i), Side = Market.Trading.Side.Buy,
                    Price = 90_000 + 10 * i % 5_000, Remaining = 1_000_000,
                }], [], [], null, host.Clock.Now);
        }
    }

    public static Trade TradeOf(int i) => new()
    {
        Id = $"{i}",
        Instrument = Id,
        Price = new Price(1),
        Quantity = new Quantity(1),
        Notional = new Sats(1),
        TakerSide = Contracts.Side.Buy,
        SwapId = "",
        Time = DateTimeOffset.UnixEpoch,
        Status = TradeStatus.Pending,
    };
}
