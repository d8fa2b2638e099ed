using System.Text.Json;
using Market.Contracts;

namespace Market.Api.Hosting.OpenApi;

/// <summary>The examples of the OpenAPI document.</summary>
public static class Examples
{
    private const string Key = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
    private const string Id = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b";
    private const string SwapId = "5f4dcc3b5aa765d61d8327deb882cf99";
    private const string Signature =
        "e907831f80848d1069a5371b402410364bdf1c5f8307b0084c55f1ce2dca821525f66a4a85ea8b71e482a74f382d2ce5ebeee8fdb2172f47" +
        "7df4900d310536c0";

    private static readonly DateTimeOffset Then = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Body of createChallenge.</summary>
    public static CreateChallenge CreateChallenge { get; } = new() { Key = Key };

    /// <summary>A challenge.</summary>
    public static Challenge Challenge { get; } = new()
    {
        Value = Id, Key = Key, Text = SignInText.Of("devnet", Key, Id), ExpiresAt = Then.AddMinutes(1),
    };

    /// <summary>Body of createSession.</summary>
    public static CreateSession CreateSession { get; } = new() { Key = Key, Challenge = Id, Signature = Signature };

    /// <summary>A session.</summary>
    public static Session Session { get; } = new()
    {
        Token = string.Concat(Enumerable.Repeat("eb5mfvnc", 12)), Key = Key, ExpiresAt = Then.AddHours(1),
    };

    /// <summary>An account.</summary>
    public static Account Account { get; } = new() { Key = Key, ExpiresAt = Then.AddHours(1) };

    /// <summary>The clock.</summary>
    public static ServerTime Time { get; } = new() { Time = Then, UnixMilliseconds = Then.ToUnixTimeMilliseconds() };

    /// <summary>An instrument.</summary>
    public static Instrument Instrument { get; } = new()
    {
        Id = Contracts.Instrument.P2ShareBtc, Base = "P2SHARE", Quote = "BTC", Network = "devnet",
        Status = InstrumentStatus.Open, Rules = Features.Instruments.InstrumentCatalog.Rules,
    };

    /// <summary>Limits.</summary>
    public static Limits Limits { get; } = Features.Service.GetLimitsEndpoint.Limits(Instrument);

    /// <summary>A book.</summary>
    public static BookSnapshot Book { get; } = BookOf([Level(98_100, 5, 2)], [Level(98_120, 3, 1)]);

    /// <summary>A trade.</summary>
    public static Trade Trade { get; } = new()
    {
        Id = "17", Instrument = Instrument.Id, Price = new Price(98_120), Quantity = new Quantity(250_000_000),
        Notional = new Sats(245_300), TakerSide = Side.Buy, SwapId = SwapId, Time = Then,
    };

    /// <summary>A page of trades.</summary>
    public static Page<Trade> Trades { get; } = new() { Items = [Trade], NextCursor = "17" };

    /// <summary>A candle.</summary>
    public static Candle Candle { get; } = new()
    {
        Instrument = Instrument.Id, Interval = CandleInterval.Minute, Start = Then, Open = new Price(98_000),
        High = new Price(98_200), Low = new Price(97_950), Close = new Price(98_120), Volume = new Quantity(700_000_000),
        QuoteVolume = new Sats(686_420), Trades = 4,
    };

    /// <summary>A ticker.</summary>
    public static Ticker Ticker { get; } = new()
    {
        Instrument = Instrument.Id, Time = Then, Last = new Price(98_120), Bid = new Price(98_100), Ask = new Price(98_120),
        Change = -0.008, High = new Price(99_000), Low = new Price(97_000), Volume = new Quantity(120_000_000_000),
        QuoteVolume = new Sats(117_744_000), Trades = 310, D = 0.942, DTime = 0.996, DParams = 0.946,
    };

    /// <summary>A stream's message.</summary>
    public static StreamEvent StreamEvent { get; } = new()
    {
        Channel = Channels.Trades(Instrument.Id), Type = StreamEventType.Update, Sequence = 18, Time = Then,
        Data = JsonSerializer.SerializeToElement(Trade, MarketJson.Options),
    };

    private static BookLevel Level(long price, long shares, int orders) => new()
    {
        Price = new Price(price), Quantity = new Quantity(shares * Quantity.UnitsPerShare), Orders = orders,
    };

    private static BookSnapshot BookOf(BookLevel[] bids, BookLevel[] asks) => new()
    {
        Instrument = Instrument.Id, Sequence = 42, Time = Then, Bids = bids, Asks = asks,
        Checksum = BookChecksum.Compute(bids, asks),
    };
}
