using System.Globalization;
using Market.Contracts;

namespace Market.Web.Tests.Host;

/// <summary>A market that stands still until a test moves it: what the pages show in each of their states.</summary>
internal sealed partial class RecordedMarket(TimeProvider clock) : IMarketReader
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<long, long> bids = new(Comparer<long>.Create((a, b) => b.CompareTo(a)));
    private readonly SortedDictionary<long, long> asks = [];
    private readonly List<Trade> trades = [];
    private readonly List<Candle> candles = [];
    private readonly List<SwapDetail> swaps = [];
    private long sequence = 41;
    private long shareHeight = 51_204;

    public const string OwnKey = "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9";
    private const string OpenApi = """
        { "openapi": "3.1.0", "info": { "title": "Market", "version": "1.0", "description": "First.\n\nSecond." },
          "paths": { "/api/v1/orders": { "post": { "tags": ["Orders"], "summary": "Places an order",
            "security": [{ "session": [] }],
            "parameters": [{ "name": "Idempotency-Key", "in": "header", "description": "Makes a retry safe.",
              "schema": { "type": "string" } }],
            "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/PlaceOrder" },
              "example": { "side": "sell" } } } },
            "responses": { "201": { "description": "Placed." },
              "422": { "description": "badPrice: not a multiple of the tick." } } } } },
          "components": { "schemas": { "PlaceOrder": { "type": "object", "description": "A new order.",
            "required": ["side"], "properties": { "side": { "type": "string", "enum": ["buy", "sell"] },
              "price": { "type": "string", "pattern": "^[0-9]+$", "description": "Satoshis per whole share." } } } } } }
        """;

    /// <summary>When set, every read fails, as with a database that is gone.</summary>
    public bool Broken { get; set; }

    /// <summary>When set, the chains are too short for a discount.</summary>
    public bool Young { get; set; }

    /// <summary>Since when it has traded, where that is less than a day.</summary>
    public DateTimeOffset? Since { get; set; }

    /// <summary>What keeps swaps from being driven; null while nothing does.</summary>
    public string? SwapsTrouble { get; set; }

    /// <summary>When set, the sharechain's node is behind.</summary>
    public bool ShareChainBehind { get; set; }

    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>The oldest candles, of which nothing was said.</summary>
    public const int UnvaluedCandles = 12;

    /// <summary>Fills the market with two hours of trading.</summary>
    public RecordedMarket Filled()
    {
        var random = new Random(7);
        for (var i = 0; i < 24; i++)
        {
            bids[98_100 - i * 20 - random.Next(3) * 10] = random.NextInt64(20_000_000, 900_000_000);
            asks[98_160 + i * 20 + random.Next(3) * 10] = random.NextInt64(20_000_000, 900_000_000);
        }
        var price = 97_400L;
        var start = Floor(Now.AddSeconds(-1800), 10);
        for (var i = 0; i < 180; i++)
        {
            var open = price;
            price += random.Next(-9, 10) * 10 + (i % 40 < 24 ? 10 : -8);
            var (low, high) = (
                Math.Min(open, price) - random.Next(6) * 10,
                Math.Max(open, price) + random.Next(6) * 10
            );
            candles.Add(
                new Candle
                {
                    Instrument = "P2SHARE-BTC",
                    Interval = CandleInterval.TenSeconds,
                    Start = start.AddSeconds(10 * i),
                    Open = new Price(open),
                    High = new Price(high),
                    Low = new Price(low),
                    Close = new Price(price),
                    Volume = new Quantity(random.NextInt64(50_000_000, 900_000_000)),
                    QuoteVolume = new Sats(200_000),
                    Trades = 3,
                    Valuation = i < UnvaluedCandles ? null : Said(i),
                }
            );
        }
        for (var i = 0; i < 40; i++)
            trades.Insert(
                0,
                MakeTrade(
                    98_000 + random.Next(-20, 20) * 10,
                    random.NextInt64(10_000_000, 700_000_000),
                    random.Next(2) == 0 ? Side.Buy : Side.Sell,
                    Now.AddSeconds(-13 * (40 - i))
                )
            );
        AddSwap(SwapState.InitiatorRefunded, 1500);
        AddSwap(SwapState.Expired, 1200);
        AddSwap(SwapState.Settled, 300);
        AddSwap(SwapState.Settled, 240);
        AddSwap(SwapState.Revealed, 60);
        AddSwap(SwapState.InitiatorLocked, 30);
        AddSwap(SwapState.ParticipantLocking, 20);
        return this;
    }

    public string AddSwap(SwapState state, int secondsAgo)
    {
        lock (gate)
        {
            var id = SwapScript.Hex("swap" + swaps.Count.ToString(CultureInfo.InvariantCulture))[..32];
            swaps.Add(
                SwapScript.At(
                    id,
                    state,
                    Now.AddSeconds(-secondsAgo),
                    Now.AddSeconds(-secondsAgo / 4.0),
                    3,
                    new Price(98_120),
                    new Quantity(250_000_000 + swaps.Count * 37_000_000)
                )
            );
            return id;
        }
    }

    /// <summary>Moves a swap to another state.</summary>
    public SwapDetail Move(string id, SwapState state)
    {
        lock (gate)
        {
            var at = swaps.FindIndex(s => s.Summary.Id == id);
            var old = swaps[at].Summary;
            return swaps[at] = SwapScript.At(id, state, old.CreatedAt, Now, old.Version + 1, old.Price, old.Quantity);
        }
    }

    /// <summary>Sets a level of the book; 0 removes it.</summary>
    public BookDelta SetLevel(Side side, long price, long units)
    {
        lock (gate)
        {
            var levels = side == Side.Buy ? bids : asks;
            if (units == 0)
                levels.Remove(price);
            else
                levels[price] = units;
            sequence++;
            BookLevel[] changed = [Level(price, units)];
            var now = Snapshot(100);
            return new BookDelta
            {
                Instrument = "P2SHARE-BTC",
                Sequence = sequence,
                Time = Now,
                Bids = side == Side.Buy ? changed : [],
                Asks = side == Side.Sell ? changed : [],
                Checksum = now.Checksum,
            };
        }
    }

    /// <summary>What was said of a share's worth when the i-th candle closed: another face value than today's.</summary>
    public static Valuation Said(int i) => new()
    {
        Id = new string('0', 32),
        Time = DateTimeOffset.UnixEpoch,
        FaceValue = 120_000 - 50 * i,
        DTime = 0.996,
        ModelPrice = (120_000 - 50 * i) * 0.95,
        FppsWorth = 79_000,
        HorizonYears = 10,
        Rate = 0.05,
        Uncertainty = 0.09,
    };

    /// <summary>A trade at a price, and the candle it makes.</summary>
    public (Trade Trade, Candle Candle) TradeAt(long price, long units, Side taker)
    {
        lock (gate)
        {
            var trade = MakeTrade(price, units, taker, Now);
            trades.Insert(0, trade);
            var candle = new Candle
            {
                Instrument = "P2SHARE-BTC",
                Interval = CandleInterval.TenSeconds,
                Start = Floor(Now, 10),
                Open = new Price(price),
                High = new Price(price),
                Low = new Price(price),
                Close = new Price(price),
                Volume = new Quantity(units),
                QuoteVolume = trade.Notional,
                Trades = 1,
            };
            candles.RemoveAll(c => c.Start >= candle.Start);
            candles.Add(candle);
            return (trade, candle);
        }
    }

    /// <summary>A new share block.</summary>
    public ChainTips NextShare()
    {
        shareHeight++;
        return Tips();
    }

    public ChainTips Tips()
    {
        ChainTip Tip(ChainName chain, long height, double age, double rate, double spacing, bool live) =>
            new()
            {
                Chain = chain,
                Height = height,
                Id = BlockId(chain, height),
                Time = Now.AddSeconds(-age),
                MedianTime = Now.AddSeconds(-age - 5 * spacing),
                SeenAt = Now.AddSeconds(-age),
                Bits = "1e3fffc0",
                Hashrate = rate,
                TargetSpacing = spacing,
                MempoolTransactions = 3,
                Live = live,
            };
        return new ChainTips
        {
            Instrument = First,
            Sharechain = Tip(
                ChainName.Sharechain,
                shareHeight,
                ShareChainBehind ? 400 : 1,
                92_400,
                2,
                !ShareChainBehind
            ),
            Mainchain = Tip(ChainName.Mainchain, 9_310, 7, 26_300, 10, true),
        };
    }

    public BookSnapshot Snapshot(int depth)
    {
        lock (gate)
        {
            var b = bids.Take(depth).Select(l => Level(l.Key, l.Value)).ToArray();
            var a = asks.Take(depth).Select(l => Level(l.Key, l.Value)).ToArray();
            return new BookSnapshot
            {
                Instrument = "P2SHARE-BTC",
                Sequence = sequence,
                Time = Now,
                Bids = b,
                Asks = a,
                Checksum = BookChecksum.Compute(b, a),
            };
        }
    }

    public Ticker Ticker()
    {
        lock (gate)
        {
            var last = trades.Count > 0 ? trades[0].Price : (Price?)null;
            return new Ticker
            {
                Instrument = "P2SHARE-BTC",
                Time = Now,
                Last = last,
                Since = Since,
                Change = last is null ? null : -0.0082,
                Bid = bids.Count > 0 ? new Price(bids.First().Key) : null,
                Ask = asks.Count > 0 ? new Price(asks.First().Key) : null,
                High = last is null ? null : new Price(99_310),
                Low = last is null ? null : new Price(96_080),
                Volume = new Quantity(last is null ? 0 : 128_450_000_000),
                QuoteVolume = new Sats(126_000_000),
                Trades = trades.Count,
                D = last is null ? null : 0.942,
                DTime = 0.996,
                DParams = last is null ? null : 0.946,
            };
        }
    }

    public Discount Discount()
    {
        var last = Ticker().Last;
        const double face = 104_160;
        var d = last is { } p ? p.Sats / face : (double?)null;
        var lasting = new Discount
        {
            Instrument = "P2SHARE-BTC",
            Time = Now,
            Price = last,
            FaceValue = face,
            PresentValue = face * 0.996,
            D = d,
            DTime = 0.996,
            DParams = d / 0.996,
            RiskPremium = d / 0.996 / 0.968,
            ModelPrice = face * 0.996 * 0.968,
            ImpliedYield = 0.084,
            OverFpps = last is { } o ? o.Sats / 81_000.0 : null,
            FppsWorth = 81_000,
            FppsPrice = 81_000 * 0.97,
            DError = d * 0.031,
            ImpliedYieldError = 0.02,
            ImpliedHashrate = 91_000,
            Uncertainty = 0.031,
            Model = new DiscountParts
            {
                DParams = 0.968,
                Fee = 1,
                Orphan = 0.992,
                Latency = 0.995,
                GrindingMargin = 3.1,
                Grinding = 0.999,
                Variance = 0.982,
                Variation = 0.19,
            },
            Inputs = new DiscountInputs
            {
                Rate = 0.05,
                HorizonYears = 10,
                HorizonBlocks = 525_960,
                Reward = new Sats(5_000_000_000),
                RewardFees = new Sats(0),
                MainSpacing = 600,
                ShareWork = 184_800,
                SharesIssued = new Quantity(5_000_000_000),
                Orphans = 0.008,
                LockSeconds = 38,
                Grinder = 0.5,
                MainchainWork = 262_144,
                PoolHashrate = 92_400,
                PoolPart = 0.31,
                SharesOutstanding = new Quantity(1),
                SharesMature = new Quantity(1),
                SharesCounted = 1_024,
                ShareHeight = shareHeight,
                MainHeight = 9_310,
                HolderPart = 0.05,
                RiskAversion = 1,
            },
        };
        return FirstSeries is null ? lasting : lasting with
        {
            OwnerPrice = 0,
            Model = lasting.Model with { Grinding = 1, GrindingMargin = null, TopBuyer = 2.5, TopOwner = 0 },
            Inputs = lasting.Inputs with
            {
                HolderPart = null,
                Grinder = null,
                Window = new DiscountWindow
                {
                    Hashes = 6e6,
                    HashesPerShare = 65_536,
                    Root = 900,
                    Aged = 0.4,
                    Filled = 1,
                    LifeSeconds = 1_800,
                    Holders = 20,
                    Paid = new Quantity(1),
                    Buyer = new Quantity(1),
                },
            },
        };
    }

    public IReadOnlyList<SwapSummary> Newest(int limit)
    {
        lock (gate)
            return swaps.AsEnumerable().Reverse().Take(limit).Select(s => s.Summary).ToArray();
    }

    public IReadOnlyList<Trade> NewestTrades(int limit)
    {
        lock (gate)
            return trades.Take(limit).ToArray();
    }

    public IReadOnlyList<Candle> Candles(CandleInterval interval)
    {
        lock (gate)
            return interval == CandleInterval.TenSeconds ? candles.ToArray() : [];
    }

    private static BookLevel Level(long price, long units) =>
        new()
        {
            Price = new Price(price),
            Quantity = new Quantity(units),
            Orders = 1 + (int)(price / 10 % 3),
        };

    private Trade MakeTrade(long price, long units, Side taker, DateTimeOffset time) =>
        new()
        {
            Id = (trades.Count + 1).ToString(CultureInfo.InvariantCulture),
            Instrument = "P2SHARE-BTC",
            Price = new Price(price),
            Quantity = new Quantity(units),
            TakerSide = taker,
            Time = time,
            Notional = Sats.Notional(new Price(price), new Quantity(units)),
            SwapId = SwapScript.Hex("swap" + trades.Count)[..32],
            // The newest few are on their way; one in nine failed.
            Status = time > Now.AddSeconds(-30) ? TradeStatus.Pending
                : trades.Count % 9 == 4 ? TradeStatus.Withdrawn
                : TradeStatus.Final,
        };

    private static DateTimeOffset Floor(DateTimeOffset time, int seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds() / seconds * seconds);
}
