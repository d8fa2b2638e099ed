namespace Market.Trading.Tests;

public sealed class AllocationTests
{
    [Fact]
    public void A_running_engine_allocates_nothing()
    {
        var rules = new InstrumentRules { MinQuantity = 10 };
        var book = new OrderBook(rules, new BookLimits
        {
            MaxOrders = 4_096,
            MaxOpenTrades = 1_024,
            MaxOrdersPerAccount = 4_096,
            ClientIdMemory = 512,
        });
        var events = new EventBuffer(8_192);
        Churn(book, events, seed: 1, commands: 50_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Churn(book, events, seed: 2, commands: 200_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(book.ForgottenClientIds > 0);
        book.Verify();
    }

    private static readonly TimeInForce[] Times =
        [TimeInForce.GoodTilCancelled, TimeInForce.ImmediateOrCancel, TimeInForce.GoodTilDate, TimeInForce.FillOrKill];

    private static readonly OrderFlags[] Flags =
        [OrderFlags.None, OrderFlags.None, OrderFlags.PostOnly, OrderFlags.PostOnly | OrderFlags.Reprice];

    private static readonly SelfTradePrevention[] SelfTrades =
    [
        SelfTradePrevention.CancelNewest, SelfTradePrevention.CancelOldest, SelfTradePrevention.Decrement,
        SelfTradePrevention.Decrement,
    ];

    private static void Churn(OrderBook book, EventBuffer events, ulong seed, int commands)
    {
        Span<char> name = stackalloc char[20];
        var trade = new TradeId(0);
        for (var i = 0; i < commands; i++)
        {
            seed = seed * 6364136223846793005 + 1442695040888963407;
            var r = (uint)(seed >> 33);
            events.Clear();
            var account = new AccountId(1 + r % 32);
            var side = (r & 32) == 0 ? Side.Buy : Side.Sell;
            var price = 1_000 + (side == Side.Buy ? -1 : 1) * (long)(r >> 8 & 255) + (long)(r >> 16 & 31);
            seed.TryFormat(name, out var length);
            ClientOrderId.TryParse(name[..length], out var id);
            var command = (r >> 24 & 15) switch
            {
                < 6 => Command.Limit(account, side, price, 10 + (r & 127), clientId: id, body: seed),
                6 => Command.Market(account, side, price, 10 + (r & 127), Times[(r & 1) * 2 + 1], id, seed, SelfTrades[r >> 4 & 3]),
                < 9 => Command.Limit(account, side, price, 10 + (r & 127), Times[r & 3], Flags[r >> 2 & 3], id, seed,
                    SelfTrades[r >> 4 & 3], 1 + r % 8),
                < 11 => Command.Cancel(account, new OrderId(book.Sequence / 2 + r % 64)),
                12 => Command.Amend(account, new OrderId(book.Sequence / 2 + r % 64), price, 10 + (r >> 5 & 127)),
                11 => (r & 3) == 0 ? Command.CancelAll(account) : Command.Expire(new OrderId(book.Sequence / 2 + r % 64), 8),
                _ => Command.CloseTrade(trade = new TradeId(trade.Value + 1),
                    (r & 1) == 0 ? TradeOutcome.Settled : TradeOutcome.Returned, (TradeOutcome)(r >> 1 & 1)),
            };
            book.Execute(command, events);
        }
    }
}
