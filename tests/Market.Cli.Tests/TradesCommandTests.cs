using Market.Cli.Verbs;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Tests;

/// <summary>What the command line says of trades and of orders that settle.</summary>
public sealed class TradesCommandTests
{
    private static readonly DateTimeOffset Then = new(2026, 3, 14, 15, 9, 26, TimeSpan.Zero);

    [Theory]
    [InlineData(TradeStatus.Pending, "pending: its legs are not both locked yet")]
    [InlineData(TradeStatus.Final, "98,000 sat, final")]
    [InlineData(TradeStatus.Withdrawn, "withdrawn: its swap failed")]
    public void A_trade_says_whether_it_counts(TradeStatus status, string words)
    {
        var line = TradesCommand.Line(TradeOf(status));
        Assert.EndsWith(words, line, StringComparison.Ordinal);
        Assert.Contains("trade 17: buy 1.5 shares at 98,000 sat", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_of_trades_has_their_states_and_fits_into_eighty_columns()
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = 80;
        TradesCommand.Draw(console, [.. Enum.GetValues<TradeStatus>().Select(TradeOf)]);
        var lines = writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.All(lines, line => Assert.InRange(line.TrimEnd().Length, 1, 80));
        Assert.Equal(["pending", "final", "withdrawn"], lines.Skip(1).Select(line => line.TrimEnd().Split(' ')[^1]));
    }

    [Fact]
    public void How_swaps_ended_is_said_by_side()
    {
        static SideCounts Side(SwapRole side, long maker, long taker) => new()
        {
            Side = side,
            SettledAsMaker = 1,
            SettledAsTaker = 2,
            FailedAsMaker = maker,
            FailedAsTaker = taker,
        };
        Assert.Equal(
            "Swaps so far: 1,310 settled, 3 on their way, 12 failed (3 by sellers, 7 by buyers, 2 by nobody).",
            TradesCommand.Words(new SwapCounts
            {
                Instrument = "P2SHARE-BTC",
                Moving = 3,
                Settled = 1_310,
                Failed = 12,
                FailedByNobody = 2,
                Sides = [Side(SwapRole.Seller, 1, 2), Side(SwapRole.Buyer, 3, 4)],
            }));
    }

    [Theory]
    [InlineData(OrderStatus.Open, null, "in the book")]
    [InlineData(OrderStatus.Settling, null, "settling: filled, its swaps run")]
    [InlineData(OrderStatus.Filled, null, "filled")]
    [InlineData(OrderStatus.Cancelled, CancelReason.SwapFailed, "cancelled (SwapFailed)")]
    public void An_order_says_where_it_stands(OrderStatus status, CancelReason? reason, string words)
    {
        var order = new Order
        {
            Id = "1",
            ClientOrderId = "c1",
            Instrument = "P2SHARE-BTC",
            Side = Side.Buy,
            Type = OrderType.Limit,
            Price = new Price(98_000),
            Quantity = new Quantity(1),
            Filled = new Quantity(1),
            Remaining = default,
            TimeInForce = TimeInForce.Gtc,
            PostOnly = false,
            Status = status,
            CancelReason = reason,
            Outpoints = [],
            CreatedAt = Then,
            UpdatedAt = Then,
        };
        Assert.Equal(words, OrdersCommand.Words(order));
        if (status == OrderStatus.Settling)
            Assert.Contains("settling until its swaps are done", OrderWords.Of(order, default), StringComparison.Ordinal);
    }

    private static Trade TradeOf(TradeStatus status) => new()
    {
        Id = "17",
        Instrument = "P2SHARE-BTC",
        Price = new Price(98_000),
        Quantity = new Quantity(150_000_000),
        Notional = new Sats(147_000),
        TakerSide = Side.Buy,
        SwapId = new string('a', 32),
        Time = Then,
        Status = status,
    };
}
