using Market.Client.Orders;
using Market.Contracts;

namespace Market.Client.Tests.Orders;

public sealed class OrderLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("market-orders").FullName;

    private string Path => System.IO.Path.Combine(_folder, "orders.jsonl");

    [Fact]
    public void Remembers_every_order()
    {
        using (var log = OrderLog.Open(Path))
        {
            log.Add(Order("a"));
            log.Add(Order("b"));
        }

        using var again = OrderLog.Open(Path);
        Assert.Equal(Order("a"), again.Find("a"));
        Assert.Equal(Order("b"), again.Find("b"));
        Assert.Null(again.Find("c"));
    }

    [Fact]
    public void Cuts_off_a_line_torn_by_a_crash_and_goes_on()
    {
        using (var log = OrderLog.Open(Path))
        {
            log.Add(Order("a"));
        }

        File.AppendAllText(Path, """{"clientOrderId":"b","instr""");
        using (var log = OrderLog.Open(Path))
        {
            Assert.Null(log.Find("b"));
            log.Add(Order("c"));
        }

        using var again = OrderLog.Open(Path);
        Assert.NotNull(again.Find("a"));
        Assert.NotNull(again.Find("c"));
    }

    [Fact]
    public void Is_open_in_one_process_only()
    {
        using var log = OrderLog.Open(Path);

        Assert.Throws<IOException>(() => OrderLog.Open(Path));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static SentOrder Order(string id) => new(id, "P2SHARE-BTC", Side.Sell, new Price(100), new Quantity(5));
}
