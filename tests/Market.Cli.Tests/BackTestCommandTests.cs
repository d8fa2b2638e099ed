using System.Text.Json;
using Market.Client.Recordings;
using Market.Contracts;
using Market.Strategies;

namespace Market.Cli.Tests;

/// <summary>`market bot --backtest` and `market bot pnl`, on files.</summary>
public sealed class BackTestCommandTests : IDisposable
{
    private const string Id = "P2SHARE-BTC";
    private readonly string _folder = Directory.CreateTempSubdirectory("market-backtest-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_recording_is_played_in_words_and_in_json_and_the_same_seed_says_the_same()
    {
        Record();
        var (code, json, error) = await CapturedConsole.RunAsync("bot", "--backtest", _folder, "--json", "--swap-time", "1s");
        Assert.True(code == 0, error);
        var report = JsonDocument.Parse(json).RootElement;
        Assert.Equal((Id, 1), (report.GetProperty("instrument").GetString(), report.GetProperty("makerFills").GetInt32()));
        Assert.Equal("1", report.GetProperty("result").GetProperty("trades").GetProperty("count").ToString());
        Assert.NotEmpty(report.GetProperty("supposes").EnumerateArray());
        var again = await CapturedConsole.RunAsync("bot", "--backtest", _folder, "--json", "--swap-time", "1s");
        Assert.Equal(json, again.Result);

        (code, var words, _) = await CapturedConsole.RunAsync("bot", "--backtest", _folder);
        Assert.Equal(0, code);
        Assert.Contains("Under way, not counted: 1 trades; buying 4, selling 0 shares.", words, StringComparison.Ordinal);
        Assert.Contains("Not modelled:", words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bad-backtest", "--swap-failures", "1.5")]
    [InlineData("bad-quotes", "--ask", "0.9")]
    [InlineData("bad-time", "--swap-time", "soon")]
    [InlineData("bad-fees", "--fee-factor", "-1")]
    [InlineData("damaged-file", "--instrument", "P2POOLV2-12-BTC")]
    public async Task What_cannot_be_played_is_refused_by_its_code(string expected, params string[] options)
    {
        Record();
        var (code, _, error) = await CapturedConsole.RunAsync(["bot", "--backtest", _folder, .. options]);
        Assert.Equal(1, code);
        Assert.Contains($"[{expected}]", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_is_said_with_what_makes_it()
    {
        var none = Path.Combine(_folder, "none");
        var (code, _, error) = await CapturedConsole.RunAsync("bot", "--backtest", none);
        Assert.Equal(1, code);
        Assert.Contains("market record", error, StringComparison.Ordinal);
        (code, _, error) = await CapturedConsole.RunAsync("bot", "pnl", "--wallet", none);
        Assert.Equal(1, code);
        Assert.Contains("[no-ledger]", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_is_told_by_trade_fee_and_outcome()
    {
        var trade = new LedgerLine
        {
            Kind = LedgerKind.Trade,
            Time = default,
            Instrument = Id,
            TradeId = "1",
            Side = Side.Buy,
            Price = new Price(100),
            Quantity = new Quantity(Quantity.UnitsPerShare),
            Notional = new Sats(100),
            Fee = default(Sats),
        };
        LedgerLine[] lines =
        [
            new() { Kind = LedgerKind.Begun, Time = default }, trade,
            new()
            {
                Kind = LedgerKind.End,
                Time = default,
                Instrument = Id,
                TradeId = "1",
                Outcome = SwapOutcome.Settled,
                CoinFees = new Sats(7),
            },
        ];
        await File.WriteAllLinesAsync(
            Path.Combine(_folder, "bot-ledger.jsonl"), lines.Select(line => JsonSerializer.Serialize(line, MarketJson.Options)),
            TestContext.Current.CancellationToken);
        var (code, words, error) = await CapturedConsole.RunAsync("bot", "pnl", "--wallet", _folder, "--worth", "120");
        Assert.True(code == 0, error);
        Assert.Contains("over what it cost: 20 sat", words, StringComparison.Ordinal);
        Assert.Contains("Swaps settled: 1 for 100 sat; chain fees -7 sat", words, StringComparison.Ordinal);
        Assert.Contains("Total: 13 sat", words, StringComparison.Ordinal);
    }

    private void Record()
    {
        if (Directory.GetFiles(_folder).Length > 0)
        {
            return;
        }

        var start = new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
        using var writer = new RecordingWriter(_folder, new RecordingLimits(1_000_000, 10));
        writer.Begin(
            new RecordedHead
            {
                Format = "market-recording",
                Version = 1,
                Server = "http://market.test/",
                Begun = start,
                Instruments = [TheInstrument],
                Fees = [],
            },
            [], null);
        Add(Channels.Discount(Id), StreamEventType.Snapshot, 0, """{"modelPrice":100000,"faceValue":100000}""");
        Add(Channels.Book(Id), StreamEventType.Snapshot, 0,
            """{"instrument":"P2SHARE-BTC","sequence":0,"time":"2026-06-01T12:00:00Z","bids":[],"asks":[],"checksum":0}""");
        Add(Channels.Trades(Id), StreamEventType.Update, 4,
            """
            {"id":"1","instrument":"P2SHARE-BTC","price":"90000","quantity":"400000000","notional":"360000","takerSide":"sell",
             "swapId":"s","time":"2026-06-01T12:00:04Z","status":"pending"}
            """);
        Add(Channels.Ticker(Id), StreamEventType.Update, 9, "{}");
        Add(Channels.Book(Id), StreamEventType.Delta, 9,
            """{"instrument":"P2SHARE-BTC","sequence":1,"time":"2026-06-01T12:00:09Z","bids":[],"asks":[],"checksum":0}""");
        writer.Flush("1");

        void Add(string channel, StreamEventType type, int second, string data) => writer.Add(new RecordedLine
        {
            Event = new StreamEvent
            {
                Channel = channel,
                Type = type,
                Sequence = second,
                Time = start.AddSeconds(second),
                Data = JsonDocument.Parse(data).RootElement.Clone(),
            },
        });
    }

    private static Instrument TheInstrument { get; } = new()
    {
        Id = Id,
        Sharechain = "p2share-devnet",
        Base = "P2SHARE",
        Quote = "BTC",
        Network = "devnet",
        Status = InstrumentStatus.Open,
        Rules = new TradingRules
        {
            TickSize = new Price(10),
            LotSize = new Quantity(1),
            MinQuantity = new Quantity(1),
            MaxQuantity = new Quantity(1_000 * Quantity.UnitsPerShare),
            MinNotional = new Sats(1),
            MaxPrice = new Price(10_000_000),
            MaxOpenOrders = 100,
            MaxOutpoints = 10,
            MakerFee = 0,
            TakerFee = 0,
            OrderTypes = [OrderType.Limit],
            TimesInForce = [TimeInForce.Gtc],
        },
    };
}
