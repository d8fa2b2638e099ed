using Market.Client.Api;
using Market.Client.Strategies;
using Market.Client.Tests.Orders;
using Market.Contracts;
using Market.Testing.Chains;

namespace Market.Client.Tests.Strategies;

/// <summary>A ledger over restarts, crashes and other orders of the account.</summary>
public sealed class MakerLedgerTests : IDisposable
{
    private const string P2Share = "P2SHARE-BTC";
    private const long One = Quantity.UnitsPerShare;
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("market-ledger-").FullName, "bot-ledger.jsonl");
    private readonly ManualClock _clock = new();
    private readonly OrderExchange _market;
    private readonly MarketApi _api;

    public MakerLedgerTests()
    {
        _market = new OrderExchange(_clock);
        _api = new MarketApi(
            new Uri("http://market.test"), new ApiKeyCredential(new string('1', 64), "k", new string('2', 64)), _clock, _market);
    }

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _api.Dispose();
        _market.Dispose();
        Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);
    }

    [Fact]
    public async Task Every_trade_of_the_bot_counts_once_however_often_it_is_started_and_wherever_it_crashed()
    {
        Add(1, "bot1", Side.Buy, 100, SwapOutcome.Settled, before: true);
        using (var ledger = Open())
        {
            Add(2, "bot2", Side.Buy, 100, null);
            Add(3, "c3", Side.Buy, 100, SwapOutcome.Settled);
            await ledger.HearAsync(_api, MarketMaker.OrderPrefix, Now);
            Assert.Equal((One, 1L), (ledger.Of(P2Share).Coming, ledger.Of(P2Share).At(100).Pending.Count));
        }

        // What came while it was away, and a line that a crash cut short.
        Add(4, "pbot4", Side.Sell, 130, SwapOutcome.Settled);
        Change(2, SwapOutcome.Settled);
        await File.AppendAllTextAsync(_path, "{\"kind\":\"trade\",\"ti", Now);
        using (var ledger = Open())
        {
            await ledger.HearAsync(_api, MarketMaker.OrderPrefix, Now);
            await ledger.HearAsync(_api, MarketMaker.OrderPrefix, Now);
            Assert.Throws<IOException>(Open);
        }

        using var read = MakerLedger.Read(_path);
        var result = read.Of(P2Share).At(100);
        Assert.Equal((30m, 0L, 2L, -14L), (result.Realized, result.Inventory, result.Trades.Count, result.CoinFees));
        Assert.Equal([P2Share], read.Instruments);
        Assert.Equal(4 + 1, File.ReadLines(_path).Count());
    }

    [Fact]
    public async Task A_swap_that_ends_long_after_newer_trades_is_asked_for()
    {
        using var ledger = Open();
        Add(1, "bot1", Side.Buy, 100, null);
        await ledger.HearAsync(_api, MarketMaker.OrderPrefix, Now);
        _market.Fills.Clear();
        _market.Moving.Add("s1");
        await ledger.HearAsync(_api, MarketMaker.OrderPrefix, Now);
        Assert.Single(ledger.Of(P2Share).Pending);
        _market.Moving.Clear();
        await ledger.HearAsync(_api, MarketMaker.OrderPrefix, Now);
        Assert.Equal(1, ledger.Of(P2Share).At(100).Trades.Count);
    }

    [Fact]
    public void What_is_no_ledger_is_said_and_not_counted()
    {
        File.WriteAllText(_path, "nothing\n{\"kind\":\"begun\",\"time\":\"2026-06-01T12:00:00Z\"}\n");
        Assert.Throws<InvalidDataException>(() => MakerLedger.Read(_path));
        Assert.Throws<InvalidDataException>(Open);
    }

    private MakerLedger Open() => MakerLedger.Open(
        _path, _clock.Now, (_, outcome) => outcome == SwapOutcome.Settled ? new SwapCosts(new(7), default) : null);

    private void Change(int id, SwapOutcome outcome)
    {
        var at = _market.Fills.FindIndex(fill => fill.TradeId == $"{id}");
        _market.Fills[at] = _market.Fills[at] with { SwapOutcome = outcome };
    }

    private void Add(int id, string order, Side side, long price, SwapOutcome? outcome, bool before = false)
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        _market.Fills.Insert(0, new Fill
        {
            TradeId = $"{id}",
            OrderId = "7",
            ClientOrderId = order,
            Instrument = P2Share,
            Side = side,
            Price = new(price),
            Quantity = new(One),
            Notional = new(price),
            Fee = default,
            Maker = true,
            SwapId = $"s{id}",
            Time = before ? _clock.Now.AddHours(-1) : _clock.Now,
            Status = TradeStatus.Pending,
            SwapOutcome = outcome,
        });
    }
}
