using System.Text.Json;
using System.Text.Json.Nodes;
using Market.Api.Doors.Clients;
using Market.Api.Trading;
using Market.Chains.Http;
using Market.Contracts;

namespace Market.Api.Doors.OpenApi;

/// <summary>The examples of the OpenAPI document.</summary>
public static class Examples
{
    /// <summary>An example as it stands in the document.</summary>
    public static JsonNode? Node(object value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var type = value.GetType();
        var isOfNode = (type.GetElementType() ?? type).Namespace == typeof(NodeJson).Namespace;
        return JsonSerializer.SerializeToNode(value, type, isOfNode ? NodeJson.Options : MarketJson.Options);
    }

    /// <summary>An instrument's id.</summary>
    public const string InstrumentId = "P2SHARE-BTC";

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
        Value = Id,
        Key = Key,
        Text = SignInText.Of("127.0.0.1:8080", "devnet", Key, Id),
        ExpiresAt = Then.AddMinutes(1),
    };

    /// <summary>Body of createSession.</summary>
    public static CreateSession CreateSession { get; } = new() { Key = Key, Challenge = Id, Signature = Signature };

    /// <summary>A session.</summary>
    public static Session Session { get; } = new()
    {
        Token = string.Concat(Enumerable.Repeat("eb5mfvnc", 12)),
        Key = Key,
        ExpiresAt = Then.AddHours(1),
    };

    /// <summary>An account.</summary>
    public static Account Account { get; } = new() { Key = Key, ExpiresAt = Then.AddHours(1) };

    /// <summary>The clock.</summary>
    public static ServerTime Time { get; } = new() { Time = Then, UnixMilliseconds = Then.ToUnixTimeMilliseconds() };

    /// <summary>An instrument.</summary>
    public static Instrument Instrument { get; } = new()
    {
        Id = InstrumentId,
        Base = "P2SHARE",
        Sharechain = "p2share-devnet",
        Quote = "BTC",
        Network = "devnet",
        Status = InstrumentStatus.Open,
        Rules = InstrumentListing.Rules,
    };

    /// <summary>Expiry series: one that is traded, and one that is gone.</summary>
    public static ExpirySeriesList Series { get; } = new()
    {
        Items =
        [
            new ExpirySeries
            {
                Instrument = "P2POOLV2-12-BTC",
                Sharechain = "p2poolv2-devnet",
                Number = 12,
                FirstRoot = 3_600,
                LastRoot = 3_899,
                State = SeriesState.Listed,
                Lists = new SeriesMoment { Height = 3_604 },
                Closes = new SeriesMoment { Height = 4_324, Expected = Then.AddMinutes(20) },
                FirstExpires = new SeriesMoment { Height = 5_100, Expected = Then.AddMinutes(46) },
            },
            new ExpirySeries
            {
                Instrument = "P2POOLV2-6-BTC",
                Sharechain = "p2poolv2-devnet",
                Number = 6,
                FirstRoot = 1_800,
                LastRoot = 2_099,
                State = SeriesState.Expired,
                Lists = new SeriesMoment { Height = 1_804 },
            },
        ],
    };

    /// <summary>A session that has ended.</summary>
    public static EndedSession EndedSession { get; } = new() { Key = Key };

    /// <summary>Limits.</summary>
    public static Limits Limits { get; } = ShownLimits.Of(
        InstrumentListing.Rules, Clients.CapTable.Of(4_096)!.Of(Clients.ClientAddress.Of(System.Net.IPAddress.None)),
        new Dictionary<string, int> { ["getBlocks"] = Clients.CallWeight.Heavy, ["placeOrder"] = Clients.CallWeight.Middling },
        new Dictionary<string, int> { ["getBlocks"] = 20 });

    /// <summary>A book.</summary>
    public static BookSnapshot Book { get; } = BookOf([Level(98_100, 5, 2)], [Level(98_120, 3, 1)]);

    /// <summary>What was said beside a trade.</summary>
    private static Valuation Said { get; } = new()
    {
        Id = "019ca92e5b007c3f8d2a4b6c8e0f1a2b",
        Time = Then.AddSeconds(-2),
        FaceValue = 104_161.4,
        DTime = 0.996,
        ModelPrice = 100_639.1,
        FppsWorth = 81_766.7,
        HorizonYears = 10,
        Rate = 0.05,
        Uncertainty = 0.0913,
    };

    /// <summary>A trade.</summary>
    public static Trade Trade { get; } = new()
    {
        Id = "17",
        Instrument = Instrument.Id,
        Price = new Price(98_120),
        Quantity = new Quantity(250_000_000),
        Notional = new Sats(245_300),
        TakerSide = Side.Buy,
        SwapId = SwapId,
        Time = Then,
        Status = TradeStatus.Final,
        StatusAt = Then.AddSeconds(40),
        Valuation = Said,
    };

    /// <summary>A page of trades.</summary>
    public static Page<Trade> Trades { get; } = new() { Items = [Trade], NextCursor = "17" };

    /// <summary>A candle.</summary>
    public static Candle Candle { get; } = new()
    {
        Instrument = Instrument.Id,
        Interval = CandleInterval.Minute,
        Start = Then,
        Open = new Price(98_000),
        High = new Price(98_200),
        Low = new Price(97_950),
        Close = new Price(98_120),
        Volume = new Quantity(700_000_000),
        QuoteVolume = new Sats(686_420),
        Trades = 4,
        Valuation = Said,
    };

    /// <summary>A ticker.</summary>
    public static Ticker Ticker { get; } = new()
    {
        Instrument = Instrument.Id,
        Time = Then,
        Last = new Price(98_120),
        Bid = new Price(98_100),
        Ask = new Price(98_120),
        Since = Then.AddHours(-5),
        Change = -0.008,
        High = new Price(99_000),
        Low = new Price(97_000),
        Volume = new Quantity(120_000_000_000),
        QuoteVolume = new Sats(117_744_000),
        Trades = 310,
        OverFpps = 1.2,
        D = 0.942,
        DError = 0.0863,
        HorizonYears = 10,
        DTime = 0.996,
        DParams = 0.946,
    };

    /// <summary>A stream's message.</summary>
    public static StreamEvent StreamEvent { get; } = new()
    {
        Channel = Channels.Trades(Instrument.Id),
        Type = StreamEventType.Update,
        Sequence = 18,
        Position = "k3j9x2a1.7-18",
        Time = Then,
        Data = JsonSerializer.SerializeToElement(Trade, MarketJson.Options),
    };

    /// <summary>A request over a WebSocket.</summary>
    public static StreamRequest StreamRequest { get; } = new()
    {
        Op = StreamOps.Subscribe,
        Id = "1",
        Topic = Channels.TopicOf(Channels.Trades(InstrumentId)),
        Instrument = InstrumentId,
        Since = "k3j9x2a1.7-17",
    };

    /// <summary>Both tips.</summary>
    public static ChainTips Tips { get; } = new()
    {
        Instrument = InstrumentId,
        Sharechain = Tip(ChainName.Sharechain, 51_204, 2),
        Mainchain = Tip(ChainName.Mainchain, 9_310, 10),
    };

    /// <summary>A page of blocks.</summary>
    public static Page<BlockSummary> Blocks { get; } = new() { Items = [BlockOf()], NextCursor = "51204" };

    /// <summary>A block.</summary>
    public static BlockDetail Block { get; } = new()
    {
        Block = BlockOf(),
        Parent = Id,
        Active = true,
        Confirmations = 3,
        Bits = "1f0fffff",
        Work = 4_096,
        TransactionIds = [Id],
        Header = "01000000",
        Proof = new ShareProof
        {
            MainHeaderId = Id,
            MainParent = Id,
            IsMainBlock = false,
            Paid = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
            Amount = new Sats(5_000_000_000),
            Reason = "The draw: q = TaggedHash(\"p2share/select\", id of share #51,203 || 0) modulo n, where n is all base units "
                + "that take part at that share, in order of creation. The output that holds the q-th unit is paid.",
            Rule = "1 drawn owner",
            Payees =
            [
                new PaidParty { Address = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", Amount = new Sats(5_000_000_000) },
            ],
            Total = new Quantity(249_500_000_000),
            Draws =
            [
                new DrawnOutput
                {
                    Index = 0,
                    Unit = new Quantity(17_000_000_123),
                    Outpoint = Id + ":0",
                    Value = new Quantity(5_000_000_000),
                    Address = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
                },
            ],
            Named = [],
            Late = [],
        },
    };

    /// <summary>Blocks found.</summary>
    public static FoundBlocks Found { get; } = new()
    {
        Items =
        [
            new FoundBlock
            {
                Id = Id, Height = 9_310, ShareId = Id, ShareHeight = 51_204, IsWeak = false, FoundAt = Then,
                Fate = FoundFate.Accepted, FateAt = Then,
            },
        ],
        Remembered = 1,
    };

    /// <summary>A transaction.</summary>
    public static TransactionDetail Transaction { get; } = new()
    {
        Chain = ChainName.Mainchain,
        Id = Id,
        Height = 9_308,
        BlockId = Id,
        Confirmations = 3,
        VirtualSize = 141,
        Locktime = 0,
        Hex = "0200000000010100",
        Inputs =
        [
            new TransactionInput { Outpoint = $"{Id}:1", Sequence = 4_294_967_293, Witness = ["3044", "02"] },
        ],
        Outputs =
        [
            new TransactionOutput
            {
                Value = new Sats(245_300), Script = "0014751e76e8199196d454941c45d1b3a323f1433bd6",
                Address = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
            },
        ],
    };

    /// <summary>Fees.</summary>
    public static Fees Fees { get; } = new()
    {
        Instrument = InstrumentId,
        Maker = 0,
        Taker = 0,
        Sharechain = FeesOf(ChainName.Sharechain, 190),
        Mainchain = FeesOf(ChainName.Mainchain, 154),
    };

    /// <summary>A discount.</summary>
    public static Discount Discount { get; } = new()
    {
        Instrument = Instrument.Id,
        Time = Then,
        Price = new Price(98_120),
        OverFpps = 1.2,
        FppsWorth = 81_766.7,
        FppsPrice = 79_313.7,
        FaceValue = 104_161.4,
        PresentValue = 103_744.8,
        D = 0.942,
        DError = 0.0863,
        DTime = 0.996,
        DParams = 0.9458,
        RiskPremium = 0.975,
        ModelPrice = 100_639.1,
        ImpliedYield = 0.11,
        ImpliedYieldError = 0.06,
        ImpliedHashrate = 87_700,
        Uncertainty = 0.0913,
        Model = new DiscountParts
        {
            DParams = 0.97,
            Fee = 1,
            Orphan = 0.999,
            Latency = 0.999,
            Grinding = 1,
            GrindingMargin = 1.2,
            Variance = 0.972,
            Variation = 0.24,
        },
        Inputs = new DiscountInputs
        {
            Rate = 0.05,
            HorizonYears = 10,
            HorizonBlocks = 525_960,
            Reward = new Sats(5_000_100_000),
            RewardFees = new Sats(100_000),
            MainchainWork = 262_144,
            MainSpacing = 600,
            ShareWork = 180_000,
            SharesIssued = new Quantity(5_000_000_000),
            PoolHashrate = 90_000,
            PoolPart = 0.4,
            SharesOutstanding = new Quantity(250_000_000_000),
            SharesMature = new Quantity(249_500_000_000),
            SharesCounted = 120,
            ShareHeight = 51_204,
            MainHeight = 9_310,
            Orphans = 0.001,
            LockSeconds = 38,
            HolderPart = 0.01,
            RiskAversion = 1,
            Grinder = 0.5,
        },
    };

    /// <summary>A discount without a price: what was said when a trade was made.</summary>
    public static Discount Valuation { get; } = Discount with
    {
        Price = null,
        OverFpps = null,
        D = null,
        DError = null,
        DParams = null,
        RiskPremium = null,
        ImpliedYield = null,
        ImpliedYieldError = null,
        ImpliedHashrate = null,
    };

    /// <summary>A status.</summary>
    public static ServerStatus Status { get; } = new()
    {
        Version = "0.1.0",
        Network = "devnet",
        StartedAt = Then,
        Time = Then.AddMinutes(5),
        Health = Health.Live,
        Components = [new ComponentStatus { Name = "database", Health = Health.Live, Detail = "Answers." }],
        Chains = [Tips],
        SwapsMoving = 3,
        StreamClients = 12,
    };

    /// <summary>Keys for a swap.</summary>
    public static GiveSwapKeys SwapKeys { get; } = new()
    {
        ClaimKey = "02" + Key,
        RefundKey = "03c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
        PaymentHash = Id,
        PayoutScript = "0014751e76e8199196d454941c45d1b3a323f1433bd6",
    };

    /// <summary>A swap.</summary>
    public static SwapDetail Swap { get; } = new()
    {
        Summary = SummaryOf(),
        KeysGiven = [SwapRole.Seller],
        ShareLeg = LegOf(ChainName.Sharechain, 250_000_000, 3),
        CoinLeg = LegOf(ChainName.Mainchain, 245_300, 2),
        Steps =
        [
            new SwapStep
            {
                Key = SwapStepKey.Matched, Title = "Matched", State = SwapStepState.Current, Time = Then,
                Actor = SwapActor.Buyer, Deadline = DeadlineOf(),
                Sentence = "Matched. Waiting for the buyer to give fresh keys, by 12:00:30 UTC.",
                IfNobodyActs = "The swap expires. Nothing is locked yet and nothing is lost.",
            },
        ],
    };

    /// <summary>A page of swaps.</summary>
    public static Page<SwapSummary> Swaps { get; } = new() { Items = [SummaryOf()], NextCursor = "17" };

    /// <summary>How swaps ended.</summary>
    public static SwapCounts SwapCounts { get; } = new()
    {
        Instrument = InstrumentId,
        Moving = 3,
        Settled = 310,
        Failed = 12,
        FailedByNobody = 2,
        Sides =
        [
            new SideCounts
            {
                Side = SwapRole.Seller, SettledAsMaker = 190, SettledAsTaker = 120, FailedAsMaker = 1, FailedAsTaker = 2,
            },
            new SideCounts
            {
                Side = SwapRole.Buyer, SettledAsMaker = 120, SettledAsTaker = 190, FailedAsMaker = 0, FailedAsTaker = 7,
            },
        ],
    };

    /// <summary>A proof.</summary>
    public static SwapProof SwapProof { get; } = new()
    {
        Network = "devnet",
        Swap = Swap,
        Record = "{\"id\":\"" + SwapId + "\",\"phase\":\"matched\"}",
        Events =
        [
            new SwapEventRecord
            {
                Version = 1, Time = Then, Event = "keysGiven", From = SwapState.Matched, To = SwapState.Matched,
            },
        ],
    };

    private static SwapSummary SummaryOf() => new()
    {
        Id = SwapId,
        Instrument = InstrumentId,
        TradeId = "17",
        State = SwapState.Matched,
        Label = "matched",
        Outcome = SwapOutcome.Moving,
        Price = new Price(98_120),
        Quantity = new Quantity(250_000_000),
        Notional = new Sats(245_300),
        CreatedAt = Then,
        UpdatedAt = Then,
        Actor = SwapActor.Buyer,
        Deadline = DeadlineOf(),
        StepsDone = 0,
        StepsTotal = 6,
        Sentence = "Matched. Waiting for the buyer to give fresh keys, by 12:00:30 UTC.",
        Version = 1,
    };

    private static SwapDeadline DeadlineOf() =>
        new() { Time = Then.AddSeconds(30), Chain = ChainName.Sharechain, EstimatedHeight = 51_219 };

    private static SwapLeg LegOf(ChainName chain, long amount, int need) => new()
    {
        Chain = chain,
        Amount = new Sats(amount),
        Sentence = "There is no contract yet.",
        FundingConfirmations = new SwapConfirmations { Have = 0, Need = need },
    };

    private static ChainTip Tip(ChainName chain, long height, double spacing) => new()
    {
        Chain = chain,
        Height = height,
        Id = Id,
        Time = Then,
        MedianTime = Then.AddSeconds(-6 * spacing),
        SeenAt = Then,
        Bits = "1e3fffc0",
        Hashrate = 90_000,
        TargetSpacing = spacing,
        MempoolTransactions = 4,
        Live = true,
    };

    private static BlockSummary BlockOf() => new()
    {
        Chain = ChainName.Sharechain,
        Height = 51_204,
        Id = Id,
        Time = Then,
        Transactions = 1,
        Size = 420,
        PaidTo = "dshr1qw508d6qejxtdg4y5r3zarvary0c5xw7k7wumaq",
    };

    private static ChainFees FeesOf(ChainName chain, long funding) => new()
    {
        Chain = chain,
        FeeRate = 1,
        MinRelayFeeRate = 1,
        Funding = new Sats(funding),
        Claim = new Sats(139),
        Refund = new Sats(131),
    };

    private static BookLevel Level(long price, long shares, int orders) => new()
    {
        Price = new Price(price),
        Quantity = new Quantity(shares * Quantity.UnitsPerShare),
        Orders = orders,
    };

    private static BookSnapshot BookOf(BookLevel[] bids, BookLevel[] asks) => new()
    {
        Instrument = Instrument.Id,
        Sequence = 42,
        Time = Then,
        Bids = bids,
        Asks = asks,
        Checksum = BookChecksum.Compute(bids, asks),
    };
}
