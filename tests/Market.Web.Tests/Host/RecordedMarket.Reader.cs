using Market.Contracts;

namespace Market.Web.Tests.Host;

/// <summary>What the pages read of it.</summary>
internal sealed partial class RecordedMarket
{
    /// <summary>The first instrument.</summary>
    public const string First = "P2SHARE-BTC";

    /// <summary>Another instrument; null where the market trades one.</summary>
    public string? Other { get; set; }

    Task<IReadOnlyList<Instrument>> IMarketReader.InstrumentsAsync(CancellationToken cancel) =>
        Read<IReadOnlyList<Instrument>>(() => [InstrumentOf(First), .. Other is null ? (Instrument[])[] : [InstrumentOf(Other)]]);

    /// <summary>An instrument as it stands.</summary>
    public Instrument InstrumentOf(string id) =>
        new()
        {
            Id = id,
            Base = id.Split("-BTC")[0],
            Sharechain = id.Split("-BTC")[0].ToLowerInvariant() + "-devnet",
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

    Task<ServerStatus> IMarketReader.StatusAsync(CancellationToken cancel) => Read(Status);

    public ServerStatus Status() =>
        new()
        {
            Version = "0.1.0",
            Network = "devnet",
            StartedAt = Now.AddMinutes(-94),
            Time = Now,
            Health = ShareChainBehind ? Health.Lagging : Health.Live,
            Chains = [Tips(), .. Other is null ? (ChainTips[])[] : [Tips() with { Instrument = Other }]],
            SwapsMoving = Newest(1000).Count(s => s.Outcome == SwapOutcome.Moving),
            StreamClients = 4,
            Components =
            [
                new ComponentStatus
                {
                    Name = "sharechain",
                    Health = ShareChainBehind ? Health.Lagging : Health.Live,
                    Detail = "in sync",
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
