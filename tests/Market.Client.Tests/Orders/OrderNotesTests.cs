using Market.Client.Orders;
using Market.Contracts;

namespace Market.Client.Tests.Orders;

/// <summary>What other programs of the owner note of their orders, as whoever drives swaps reads it.</summary>
public sealed class OrderNotesTests : IDisposable
{
    private const string First = """{"clientOrderId":"a","instrument":"P2SHARE-BTC","side":"sell","price":"100","quantity":"5"}""";
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private string Orders => Path.Combine(_folder, "orders.jsonl");

    private string Notes => Path.Combine(OrderNotes.Beside(Orders)!, "bot.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_later_line_widens_what_an_order_may_trade_at_and_changes_nothing_else()
    {
        using var log = OrderLog.Open(Orders);
        Assert.Null(log.Find("a"));
        Write(First + '\n');
        Assert.Equal((100L, 5L, false), Terms(log));
        Write("""{"clientOrderId":"a","price":"90","proved":true}""" + '\n');
        Write("""{"clientOrderId":"a","price":"95","quantity":"4"}""" + '\n');
        Assert.Equal((90L, 5L, false), Terms(log));
        Write("""{"clientOrderId":"a","side":"buy","price":"1","quantity":"99"}""" + '\n');
        Write("""{"clientOrderId":"a","instrument":"OTHER-BTC","price":"1","quantity":"99"}""" + '\n');
        Write("""{"clientOrderId":"a","price":"0"}""" + '\n');
        Assert.Equal((90L, 5L, false), Terms(log));
        // What is amended by the command line widens it as well, and another file may.
        new OrderTermsFile(OrderTermsFile.Beside(Orders)).Add(new OrderTerms("a", new Price(80), new Quantity(3)));
        Assert.Equal((80L, 5L, false), Terms(log));
        OrderNotes.Add(new OrderNote("a") { Quantity = new Quantity(7) }, Path.Combine(OrderNotes.Beside(Orders)!, "other.jsonl"));
        Assert.Equal((80L, 7L, false), Terms(log));
        Assert.Equal(7, OrderLog.Peek(Orders, "a")!.Quantity.Units);
    }

    [Fact]
    public void What_was_never_placed_leads_to_nothing_until_it_is_noted_anew()
    {
        using var log = OrderLog.Open(Orders);
        Write(First + '\n' + """{"clientOrderId":"a","void":true}""" + '\n');
        Assert.Null(log.Find("a"));
        Write("""{"clientOrderId":"a","price":"1","quantity":"99"}""" + '\n');
        Assert.Null(log.Find("a"));
        Write(First.Replace("100", "110", StringComparison.Ordinal) + '\n');
        Assert.Equal((110L, 5L, false), Terms(log));
    }

    [Fact]
    public void What_a_crash_cut_short_counts_for_nothing_and_takes_nothing_else_with_it()
    {
        using var log = OrderLog.Open(Orders);
        Write(First[..40]);
        Assert.Null(log.Find("a"));
        // The writer, started again, ends what stands there before it goes on: so say the notes' rules.
        Write('\n' + First + '\n');
        Assert.Equal((100L, 5L, false), Terms(log));
        Write('\n' + First.Replace("\"a\"", "\"b\"", StringComparison.Ordinal));
        Assert.Null(log.Find("b"));
        Write("\n");
        Assert.NotNull(log.Find("b"));
        // Lines for which there is no room are passed over, whatever a piece of one would say.
        Write(new string('x', 70_000) + '\n' + First.Replace("\"a\"", "\"c\"", StringComparison.Ordinal) + '\n');
        Assert.NotNull(log.Find("c"));
        // A file that was begun anew is read anew.
        File.WriteAllText(Notes, First.Replace("\"a\"", "\"d\"", StringComparison.Ordinal) + '\n');
        Assert.NotNull(log.Find("d"));
    }

    [Theory]
    [InlineData("""{"clientOrderId":"a","instrument":"P2SHARE-BTC","side":"sell","price":"0","quantity":"5"}""")]
    [InlineData("""{"clientOrderId":"a","instrument":"P2SHARE-BTC","side":"sell","price":"100","quantity":"0"}""")]
    [InlineData("""{"clientOrderId":"a","instrument":"P2SHARE-BTC","side":"sell","price":"100"}""")]
    [InlineData("""{"clientOrderId":"a","instrument":"P2SHARE-BTC","price":"100","quantity":"5"}""")]
    [InlineData("""{"clientOrderId":"a","side":"sell","price":"100","quantity":"5"}""")]
    [InlineData("""{"clientOrderId":"a","instrument":"P2SHARE-BTC","side":"sell","price":100,"quantity":"5"}""")]
    [InlineData("[]")]
    [InlineData("null")]
    public void A_line_that_does_not_say_what_was_ordered_is_none(string line)
    {
        using var log = OrderLog.Open(Orders);
        Write(line + '\n');
        Assert.Null(log.Find("a"));
    }

    [Fact]
    public void An_own_order_is_what_its_own_file_says()
    {
        using var log = OrderLog.Open(Orders);
        Write(First + '\n');
        log.Add(new SentOrder("a", "P2SHARE-BTC", Side.Sell, new Price(200), new Quantity(1)));
        Assert.Equal(200, log.Find("a")!.Price.Sats);
        log.Settle("a", SentOrderState.Refused, DateTimeOffset.UnixEpoch);
        Assert.Null(log.Find("a"));
    }

    [Fact]
    public void One_that_trades_at_once_is_matched_soon_after_it_was_noted_or_not_at_all()
    {
        using var log = OrderLog.Open(Orders);
        var at = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        OrderNotes.Add(
            new OrderNote("i")
            {
                Instrument = "P2SHARE-BTC",
                Side = Side.Buy,
                Price = new Price(1),
                Quantity = new Quantity(2),
                Proved = true,
                TimeInForce = TimeInForce.Ioc,
                NotedAt = at,
            },
            Notes);
        var order = log.Find("i")!;
        Assert.Equal((at.AddSeconds(2 * SignedRequest.MaxSkewSeconds), true), (order.MatchesUntil!.Value, order.DrawsOnProved));
    }

    private static (long Price, long Quantity, bool? Proved) Terms(OrderLog log) =>
        log.Find("a") is { } order ? (order.Price.Sats, order.Quantity.Units, order.DrawsOnProved) : default;

    private void Write(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Notes)!);
        File.AppendAllText(Notes, text);
    }
}
