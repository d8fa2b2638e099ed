using Market.Contracts;

namespace Market.Web.Tests.Host;

/// <summary>What the pages read of it.</summary>
internal sealed partial class RecordedMarket
{
    /// <summary>The first instrument.</summary>
    public const string First = "P2SHARE-BTC";

    /// <summary>Another instrument; null where the market trades one.</summary>
    public string? Other { get; set; }

    /// <summary>The series that the first instrument is; null where its shares never expire.</summary>
    public ExpirySeries? FirstSeries { get; set; }

    /// <summary>A series of the first instrument's shares.</summary>
    public static ExpirySeries SeriesOf(SeriesState state) => new()
    {
        Instrument = First,
        Sharechain = "p2share-devnet",
        Number = 3,
        FirstRoot = 900,
        LastRoot = 1_199,
        State = state,
        Lists = new SeriesMoment { Height = 905 },
    };

    Task<IReadOnlyList<Instrument>> IMarketReader.InstrumentsAsync(CancellationToken cancel) =>
        Read<IReadOnlyList<Instrument>>(() =>
            [InstrumentOf(First) with { Series = FirstSeries }, .. Other is null ? (Instrument[])[] : [InstrumentOf(Other)]]);

    /// <summary>An instrument as it stands.</summary>
    public Instrument InstrumentOf(string id)
    {
        Assert.True(Instrument.TryParseId(id, out var design, out var series));
        return new()
        {
            Id = id,
            Base = design.ToUpperInvariant(),
            Sharechain = design + "-devnet",
            Series = series is { } number ? SeriesOf(id, design, number) : null,
            Quote = "BTC",
            Network = "devnet",
            Status = ShareChainBehind ? InstrumentStatus.Paused : InstrumentStatus.Open,
            StatusReason = ShareChainBehind ? "the sharechain's node is 200 blocks behind." : null,
            Rules = new TradingRules
            {
                TickSize = new Price(10),
                LotSize = new Quantity(1_000_000),
                MinQuantity = new Quantity(10_000_000),
                MaxQuantity = new Quantity(100_000_000_000),
                MinNotional = new Sats(5_000),
                MaxPrice = new Price(100_000_000),
                MaxOpenOrders = 200,
                MaxOutpoints = 32,
                MakerFee = 0,
                TakerFee = 0,
                OrderTypes = [OrderType.Limit],
                TimesInForce = [TimeInForce.Gtc, TimeInForce.Ioc],
            },
        };
    }

    private static ExpirySeries SeriesOf(string id, string design, int number) => new()
    {
        Instrument = id,
        Sharechain = design + "-devnet",
        Number = number,
        FirstRoot = number * 300,
        LastRoot = (number * 300) + 299,
        State = SeriesState.Listed,
        Lists = new SeriesMoment { Height = (number * 300) + 4 },
    };

    Task<BookSnapshot> IMarketReader.BookAsync(string instrument, int depth, CancellationToken cancel) =>
        Read(() => Snapshot(depth));

    Task<IReadOnlyList<Trade>> IMarketReader.TradesAsync(string instrument, int limit, CancellationToken cancel) =>
        Read(() => NewestTrades(limit));

    Task<IReadOnlyList<Candle>> IMarketReader.CandlesAsync(
        string instrument,
        CandleInterval interval,
        int limit,
        CancellationToken cancel
    ) => Read(() => Candles(interval));

    Task<Ticker> IMarketReader.TickerAsync(string instrument, CancellationToken cancel) => Read(Ticker);

    /// <summary>Minutes of which something was said.</summary>
    public int SaidMinutes { get; set; } = 150;

    /// <summary>What was said of an instrument in each minute, the newest first.</summary>
    public IReadOnlyList<WorthReading> Readings(string instrument)
    {
        var now = Discount();
        var newest = Floor(Now, 60);
        return Young ? [] : [.. Enumerable.Range(0, SaidMinutes).Select(i =>
        {
            var (moved, time) = (1 + (0.02 * Math.Sin(i / 9.0)), newest.AddMinutes(-i));
            return new WorthReading
            {
                Instrument = instrument,
                Time = time,
                Said = now with
                {
                    Instrument = instrument,
                    Time = time,
                    D = now.D * moved,
                    DParams = now.DParams * moved,
                    ModelPrice = now.ModelPrice / moved,
                    ImpliedYield = now.ImpliedYield * moved,
                    Inputs = now.Inputs with { PoolHashrate = now.Inputs.PoolHashrate * moved },
                },
                Market = new MarketFigures
                {
                    Bid = new Price(98_100),
                    Ask = new Price(98_160),
                    Mid = 98_130,
                    MeanPrice = 98_088.4,
                    BidDepth = new Sats(412_000_000),
                    AskDepth = new Quantity(520_000_000_000),
                },
                Holders = new HolderFigures
                {
                    Count = 41,
                    Total = new Quantity(2_500_000_000_000),
                    Largest = 0.3,
                    LargestTen = 0.82,
                    Half = 3,
                },
            };
        })];
    }

    private static readonly WorthRatios Ratios = new()
    {
        PricePerHash = 1.043,
        Hashrate = 0.31,
        HashrateError = 0.04,
        D = 1.02,
        DError = 0.13,
    };

    Task<Page<WorthReading>> IMarketReader.ReadingsAsync(
        string instrument, CandleInterval every, int limit, string? cursor, CancellationToken cancel) =>
        Read(() => PageOf<WorthReading>(
            [.. Readings(instrument).Where(reading => every == CandleInterval.Minute || reading.Time.Minute == 0)], limit, cursor));

    Task<Page<ComparedReading>> IMarketReader.ComparedAsync(
        string instrument, string with, CandleInterval every, int limit, string? cursor, CancellationToken cancel) =>
        Read(() => PageOf<ComparedReading>(
            [.. Readings(instrument).Select(one => new ComparedReading { Time = one.Time, Ratios = Ratios })], limit, cursor));

    Task<InstrumentComparison> IMarketReader.ComparisonAsync(string instrument, CancellationToken cancel) =>
        Read(() => new InstrumentComparison
        {
            Against = instrument,
            Items =
            [
                .. new[] { First, Other }.OfType<string>().Where(_ => !Young).Select(id => new ComparedInstrument
                {
                    Instrument = id,
                    Sharechain = id == First ? "p2share-devnet" : "p2share-k20-devnet",
                    Time = Now,
                    Price = new Price(98_120),
                    OverFpps = 1.21,
                    Hashrate = 92_400,
                    HashrateError = 0.3,
                    D = 0.942,
                    DError = 0.12,
                    Market = Readings(id)[0].Market,
                    Ratios = id == instrument ? null : Ratios,
                    Differs = id == instrument
                        ? []
                        : [new RuleDifference { Rule = "payout", Here = "20 drawn owners", There = "1 drawn owner" }],
                }),
            ],
        });

    private static Page<T> PageOf<T>(IReadOnlyList<T> all, int limit, string? cursor)
    {
        var from = cursor is null ? 0 : int.Parse(cursor, System.Globalization.CultureInfo.InvariantCulture);
        var end = from + limit;
        return new Page<T>
        {
            Items = [.. all.Skip(from).Take(limit)],
            NextCursor = end < all.Count ? end.ToString(System.Globalization.CultureInfo.InvariantCulture) : null,
        };
    }

    Task<Discount?> IMarketReader.DiscountAsync(string instrument, CancellationToken cancel) =>
        Read<Discount?>(() => Young ? null : Discount());

    Task<Page<SwapSummary>> IMarketReader.SwapsAsync(
        string instrument,
        SwapOutcome? outcome,
        int limit,
        string? cursor,
        CancellationToken cancel
    ) =>
        Read(() =>
            new Page<SwapSummary>
            {
                Items = Newest(1000)
                    .Where(s => s.Instrument == instrument && (outcome is null || s.Outcome == outcome))
                    .Take(limit)
                    .ToArray(),
            }
        );

    Task<SwapCounts> IMarketReader.SwapCountsAsync(string instrument, CancellationToken cancel) => Read(SwapCounts);

    public SwapCounts SwapCounts() =>
        new()
        {
            Instrument = "P2SHARE-BTC",
            Moving = Newest(1000).Count(s => s.Outcome == SwapOutcome.Moving),
            Settled = Newest(1000).Count(s => s.Outcome == SwapOutcome.Settled),
            Failed = 12,
            FailedByNobody = 2,
            Sides =
            [
                new SideCounts
                {
                    Side = SwapRole.Seller,
                    SettledAsMaker = 1,
                    SettledAsTaker = 1,
                    FailedAsMaker = 1,
                    FailedAsTaker = 2,
                },
                new SideCounts
                {
                    Side = SwapRole.Buyer,
                    SettledAsMaker = 1,
                    SettledAsTaker = 1,
                    FailedAsMaker = 3,
                    FailedAsTaker = 4,
                },
            ],
        };

    Task<SwapDetail?> IMarketReader.SwapAsync(string id, CancellationToken cancel) =>
        Read(() =>
        {
            lock (gate)
                return swaps.Find(s => s.Summary.Id == id);
        });

    /// <summary>Whether the server has a port for miners.</summary>
    public string? Stratum { get; set; } = "127.0.0.1:3333";

    Task<MiningServer> IMarketReader.MiningAsync(string instrument, CancellationToken cancel) =>
        Read(() => new MiningServer
        {
            Stratum = Stratum,
            Connections = Stratum is null ? 0 : 3,
            ShareDifficulty = Stratum is null ? null : 3_540.2,
            MainDifficulty = Stratum is null ? null : 1_048_576,
            Total = MinedFigures(Stratum is null ? 0 : 3),
            Blocks = Stratum is null
                ? []
                : [new MinedBlock { Time = Now.AddMinutes(-7), Id = BlockId(ChainName.Mainchain, 9_309), Fate = "accepted" }],
        });

    Task<Miner?> IMarketReader.MinerAsync(string instrument, string address, CancellationToken cancel) =>
        Read(() => address != MinerOf(instrument)
            ? null
            : new Miner
            {
                Instrument = instrument,
                Sharechain = InstrumentOf(instrument).Sharechain,
                Address = address,
                Stratum = Stratum,
                Total = MinedFigures(Stratum is null ? 0 : 2),
                Workers = Stratum is null
                    ? []
                    :
                    [
                        new MinerWorker { Name = "bitaxe", Agent = "bitaxe/BM1370", Connections = 1, Figures = MinedFigures(1) },
                        new MinerWorker { Name = "", Agent = "<b>", Connections = 0, Figures = MinedFigures(1) },
                    ],
                WorkersInAll = Stratum is null ? 0 : 2,
                SecondsToShare = Stratum is null ? null : 12_566,
                SecondsToBlock = Stratum is null ? null : 3_721_000,
                Holdings = new MinerHoldings
                {
                    Held = new Quantity(125_000_000_000),
                    Mature = new Quantity(90_000_000_000),
                    Maturing = new Quantity(35_000_000_000),
                    Earned = new Quantity(145_000_000_000),
                    Sold = new Quantity(20_000_000_000),
                    From = 46_884,
                    Bid = Young ? null : new Price(98_110),
                    BidWants = Young ? null : new Quantity(2_000_000_000),
                    WorthNow = Young ? null : new Sats(88_299_000),
                },
            });

    /// <summary>An address of an instrument's sharechain that mines.</summary>
    public static string MinerOf(string instrument) =>
        (instrument == First ? "dshr1q" : "dsk1q") + SwapScript.Hex("miner1")[..38];

    private static MinerFigures MinedFigures(int workers) => new()
    {
        Accepted = 4_310 * workers,
        Stale = 12 * workers,
        Rejected = workers == 0
            ? []
            : [new RejectedResults { Reason = "duplicate", Words = "Duplicate share", Count = workers }],
        BestDifficulty = workers == 0 ? 0 : 81_204.5,
        Shares = 17 * workers,
        LastResult = workers == 0 ? null : TimeProvider.System.GetUtcNow().AddSeconds(-4),
        FiveMinutes = RateOf(1.21e12 * workers, 0.18),
        Hour = RateOf(1.18e12 * workers, 0.053),
        Day = RateOf(1.19e12 * workers, 0.015),
    };

    private static MinedRate RateOf(double rate, double error) =>
        new() { HashesPerSecond = rate, RelativeError = rate > 0 ? error : 1 };

    Task<ServerStatus> IMarketReader.StatusAsync(CancellationToken cancel) => Read(Status);

    public ServerStatus Status() =>
        new()
        {
            Version = "0.1.0",
            Network = "devnet",
            StartedAt = Now.AddMinutes(-94),
            Time = Now,
            Health = SwapsTrouble is not null ? Health.Down : ShareChainBehind ? Health.Lagging : Health.Live,
            Chains = [Tips(), .. Other is null ? (ChainTips[])[] : [Tips() with { Instrument = Other }]],
            SwapsMoving = Newest(1000).Count(s => s.Outcome == SwapOutcome.Moving),
            StreamClients = 4,
            Components =
            [
                new ComponentStatus
                {
                    Name = "sharechain",
                    Health = ShareChainBehind ? Health.Lagging : Health.Live,
                    Detail = ShareChainBehind ? "The sharechain lags: no block since 09:12." : "in sync",
                },
                new ComponentStatus
                {
                    Name = "swaps",
                    Instrument = First,
                    Health = SwapsTrouble is null ? Health.Live : Health.Down,
                    Detail = SwapsTrouble ?? "3 moving.",
                },
                new ComponentStatus
                {
                    Name = "mainchain",
                    Health = Health.Live,
                    Detail = "in sync, embedded",
                },
                new ComponentStatus
                {
                    Name = "database",
                    Health = Health.Live,
                    Detail = "commit takes 2.1 ms",
                },
            ],
        };

    Task<Fees> IMarketReader.FeesAsync(string instrument, CancellationToken cancel) =>
        Read(() =>
        {
            static ChainFees Of(ChainName chain) =>
                new()
                {
                    Chain = chain,
                    FeeRate = 1,
                    MinRelayFeeRate = 1,
                    Funding = new Sats(153),
                    Claim = new Sats(138),
                    Refund = new Sats(130),
                };
            return new Fees
            {
                Instrument = instrument,
                Maker = 0,
                Taker = 0,
                Sharechain = Of(ChainName.Sharechain),
                Mainchain = Of(ChainName.Mainchain),
            };
        });

    Task<WatchedAccount> IMarketReader.AccountAsync(string instrument, string key, CancellationToken cancel) =>
        Read(() =>
            new WatchedAccount
            {
                Key = key,
                Standing = "Standing: newcomer, 250 open orders, 100 takes at once. An order is free now.",
                Orders =
                    key != OwnKey || asks.Count == 0
                        ? []
                        :
                        [
                            new WatchedOrder
                            {
                                Id = "o1",
                                Side = Side.Sell,
                                Price = new Price(asks.ElementAt(2).Key),
                                Quantity = new Quantity(500_000_000),
                                Remaining = new Quantity(320_000_000),
                                Status = OrderStatus.Open,
                                CreatedAt = Now.AddMinutes(-4),
                            },
                            new WatchedOrder
                            {
                                Id = "o2",
                                Side = Side.Buy,
                                Price = new Price(97_000),
                                Quantity = new Quantity(100_000_000),
                                Remaining = new Quantity(0),
                                Status = OrderStatus.Settling,
                                CreatedAt = Now.AddMinutes(-3),
                            },
                        ],
                Swaps =
                    key != OwnKey
                        ? []
                        : Newest(3).Select(s => new WatchedSwap { Role = SwapRole.Seller, Swap = s }).ToArray(),
            }
        );

    Task<byte[]> IMarketReader.OpenApiAsync(CancellationToken cancel) =>
        Read(() => System.Text.Encoding.UTF8.GetBytes(OpenApi));

    private Task<T> Read<T>(Func<T> value) =>
        Broken ? Task.FromException<T>(new IOException("the database is gone")) : Task.FromResult(value());
}
