using Market.Client.Api;
using Market.Client.Orders;
using Market.Client.Wallets;
using Market.Contracts;

namespace Market.Client.Tests.Orders;

/// <summary>What is unknown of an order is never said, or acted on, as a no.</summary>
public sealed partial class OrderDeskTests : IClassFixture<ArenaFixture>, IDisposable
{
    private static readonly OrderWish Wish = new(Side.Sell, new Price(98_000), new Quantity(10 * Quantity.UnitsPerShare));

    private readonly QuickClock _clock = new();
    private readonly OrderExchange _market;
    private readonly List<string> _news = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("market-desk-").FullName;
    private OrderLog _log = null!;
    private MarketApi _api = null!;
    private OrderDesk _desk = null!;

    public OrderDeskTests(ArenaFixture fixture)
    {
        var arena = fixture.Arena;
        Wallet = new Wallet(arena.Seller.Wallet.Keys, WalletFile.Open(null, Devnet.Chains), arena.Main, arena.Shares);
        _market = new OrderExchange(_clock);
        Start();
    }

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    private Wallet Wallet { get; }

    private OrderAmends Amends => new(_api, LogPath, _clock);

    private string LogPath => Path.Combine(_folder, "orders.jsonl");

    private bool IsPromised => Wallet.File.Purposes().Count > 0;

    public void Dispose()
    {
        _log.Dispose();
        _api.Dispose();
        _market.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(Way.LostAfter)]
    [InlineData(Way.LostBefore)]
    [InlineData(Way.BadGateway)]
    [InlineData(Way.NoConnection)]
    public async Task An_order_that_lost_one_answer_is_placed_once(Way way)
    {
        _market.Fate = (method, number) => method == HttpMethod.Post && number == 1 ? way : Way.Well;

        var placed = await _desk.PlaceAsync(Wish, Now);

        Assert.Equal(Assert.Single(_market.Open), placed.Order, Same);
        Assert.Equal(SentOrderState.Placed, _log.StateOf(placed.Order.ClientOrderId));
        Assert.True(IsPromised);
    }

    [Fact]
    public async Task An_order_whose_answers_are_all_lost_is_asked_for_by_its_own_id()
    {
        _market.Fate = (method, _) => method == HttpMethod.Post ? Way.LostAfter : Way.Well;

        var placed = await _desk.PlaceAsync(Wish, Now);

        Assert.Equal(Assert.Single(_market.Open), placed.Order, Same);
    }

    [Fact]
    public async Task A_refusal_of_a_repetition_is_no_refusal_of_the_first()
    {
        _market.Fate = (method, number) => method != HttpMethod.Post ? Way.Well : number == 1 ? Way.LostAfter : Way.Refused;

        var placed = await _desk.PlaceAsync(Wish, Now);

        Assert.Equal(Assert.Single(_market.Open), placed.Order, Same);
        Assert.True(IsPromised);
    }

    [Fact]
    public async Task Where_the_first_never_arrived_the_refusal_of_the_repetition_holds()
    {
        _market.Fate = (method, number) => method != HttpMethod.Post ? Way.Well : number == 1 ? Way.LostBefore : Way.Refused;

        var refused = await Assert.ThrowsAsync<MarketApiException>(() => _desk.PlaceAsync(Wish, Now));

        Assert.Equal(ProblemCodes.TradingPaused, refused.Code);
        Assert.Empty(_market.Orders);
        Assert.False(IsPromised);
        Assert.Empty(_desk.Unknown);
    }

    [Fact]
    public async Task A_request_that_comes_late_is_waited_for_before_the_refusal_of_its_repetition_holds()
    {
        _market.Fate = (method, number) => method != HttpMethod.Post ? Way.Well : number == 1 ? Way.Late : Way.Refused;

        var placed = await _desk.PlaceAsync(Wish, Now);

        Assert.Equal(Assert.Single(_market.Open), placed.Order, Same);
        Assert.True(IsPromised);
    }

    [Fact]
    public async Task A_refusal_of_the_only_try_frees_the_coins_at_once()
    {
        _market.Fate = (_, _) => Way.Refused;
        await _desk.GetInstrumentFirstAsync(_market);

        await Assert.ThrowsAsync<MarketApiException>(() => _desk.PlaceAsync(Wish, Now));

        Assert.False(IsPromised);
        Assert.Empty(_desk.Unknown);
    }

    [Fact]
    public async Task Where_there_was_no_connection_nothing_was_sent()
    {
        await _desk.GetInstrumentFirstAsync(_market);
        _market.Fate = (_, _) => Way.NoConnection;

        var away = await Assert.ThrowsAsync<MarketUnavailableException>(() => _desk.PlaceAsync(Wish, Now));

        Assert.Contains("No market answers", away.Message);
        Assert.False(IsPromised);
        Assert.Empty(_desk.Unknown);
    }

    [Theory]
    [InlineData(Way.LostAfter)]
    [InlineData(Way.LostBefore)]
    public async Task The_same_wish_after_a_lost_answer_goes_on_with_the_first_order(Way way)
    {
        await _desk.GetInstrumentFirstAsync(_market);
        _market.Fate = (method, number) => method == HttpMethod.Post && number == 1 ? way : Way.LostBefore;
        var unknown = await Assert.ThrowsAsync<OrderUnknownException>(() => _desk.PlaceAsync(Wish, Now));
        Assert.DoesNotContain("No market answers", unknown.Message);
        Assert.True(IsPromised);

        _market.Fate = (_, _) => Way.Well;
        Restart();
        var placed = await _desk.PlaceAsync(Wish, Now);

        Assert.Equal(unknown.ClientOrderId, placed.Order.ClientOrderId);
        Assert.Equal(Assert.Single(_market.Open), placed.Order, Same);
        Assert.Contains(_news, said => said.Contains("going on with that one"));
        await _desk.PlaceAsync(Wish with { Quantity = new Quantity(Quantity.UnitsPerShare) }, Now);
        Assert.Equal(2, _market.Open.Count);
    }

    [Fact]
    public async Task The_same_wish_in_another_instrument_is_another_order()
    {
        const string other = "P2SHARE-K20-BTC";
        await _desk.GetInstrumentFirstAsync(_market);
        _market.Fate = (_, _) => Way.LostBefore;
        var unknown = await Assert.ThrowsAsync<OrderUnknownException>(() => _desk.PlaceAsync(Wish, Now));
        _market.Fate = (_, _) => Way.Well;

        _desk.TurnTo(other);
        var placed = await _desk.PlaceAsync(Wish, Now);

        Assert.Equal(other, placed.Order.Instrument);
        Assert.Equal(placed.Order.Id, Assert.Single(_market.Open).Id);
        Assert.Equal(unknown.ClientOrderId, Assert.Single(_desk.Unknown).ClientOrderId);
        _desk.TurnTo("P2SHARE-BTC");
        Assert.Equal(unknown.ClientOrderId, (await _desk.PlaceAsync(Wish, Now)).Order.ClientOrderId);
    }

    [Fact]
    public async Task Of_a_wish_that_says_which_coins_are_meant_none_that_was_lost_is_the_answer()
    {
        await _desk.GetInstrumentFirstAsync(_market);
        _market.Fate = (_, _) => Way.LostBefore;
        await Assert.ThrowsAsync<OrderUnknownException>(() => _desk.PlaceAsync(Wish, Now));
        _market.Fate = (_, _) => Way.Well;
        var free = (await Wallet.GetCoinsAsync(Market.Chains.ChainKind.Sharechain, Now)).Single(coin => coin.ReservedFor is null);

        var placed = await _desk.PlaceAsync(Wish with { IsMeant = coin => coin.OutPoint == free.OutPoint }, Now);

        Assert.Equal(free.OutPoint.ToString(), Assert.Single(placed.Order.Outpoints));
        Assert.Single(_desk.Unknown);
    }

    [Fact]
    public async Task An_order_is_on_disk_before_it_is_sent()
    {
        _market.Fate = (method, _) =>
        {
            if (method == HttpMethod.Post)
            {
                using var written = new StreamReader(new FileStream(LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
                Assert.Contains("\"request\":", written.ReadToEnd());
            }

            return Way.Well;
        };

        await _desk.PlaceAsync(Wish, Now);
    }

    [Fact]
    public async Task Reconciling_frees_no_coins_of_an_order_that_may_still_arrive()
    {
        await LoseAsync(Way.Late);

        await _desk.ReconcileAsync(Now);
        Assert.True(IsPromised);
        Assert.Single(_desk.Unknown);

        _clock.Advance(OrderExchange.Lateness);
        await _desk.ReconcileAsync(Now);
        Assert.True(IsPromised);
        Assert.Empty(_desk.Unknown);
        Assert.Single(_market.Open);
        Assert.NotNull(_log.Find(_market.Open[0].ClientOrderId));
    }

    [Fact]
    public async Task Reconciling_frees_the_coins_of_an_order_that_can_arrive_no_more()
    {
        var id = await LoseAsync(Way.LostBefore);
        Assert.NotNull(_log.Find(id));

        _clock.Advance(TimeSpan.FromSeconds(2 * SignedRequest.MaxSkewSeconds + 1));
        await _desk.ReconcileAsync(Now);

        Assert.False(IsPromised);
        Assert.Empty(_desk.Unknown);
        Assert.Null(_log.Find(id));
        Restart();
        Assert.Equal(SentOrderState.Refused, _log.StateOf(id));
    }

    [Fact]
    public async Task A_market_that_is_away_settles_nothing()
    {
        await LoseAsync(Way.LostBefore);
        _clock.Advance(TimeSpan.FromHours(1));
        _market.Fate = (_, _) => Way.NoConnection;

        Assert.False(await _desk.TryReconcileAsync(Now));

        Assert.True(IsPromised);
        Assert.Single(_desk.Unknown);
    }

    private static bool Same(Order left, Order right) =>
        (left.Id, left.ClientOrderId, left.Status) == (right.Id, right.ClientOrderId, right.Status);

    private void Fill(Order order, OrderStatus status)
    {
        _market.Change(order.ClientOrderId, known => known with
        {
            Status = status,
            Filled = known.Quantity,
            Remaining = default,
        });
        _market.Fills.Add(new Fill
        {
            TradeId = "1",
            OrderId = order.Id,
            ClientOrderId = order.ClientOrderId,
            Instrument = order.Instrument,
            Side = order.Side,
            Price = order.Price,
            Quantity = order.Quantity,
            Notional = new Sats(1),
            Fee = new Sats(0),
            Maker = false,
            SwapId = "swap-1",
            Time = order.CreatedAt,
            Status = TradeStatus.Pending,
        });
    }

    /// <summary>An order whose sender died before it heard of it.</summary>
    private async Task<string> LoseAsync(Way way)
    {
        await _desk.GetInstrumentFirstAsync(_market);
        using var death = new CancellationTokenSource();
        _market.Fate = (method, number) =>
        {
            if (method == HttpMethod.Post)
            {
                death.Cancel();
            }

            return method == HttpMethod.Post && number == 1 ? way : Way.LostBefore;
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _desk.PlaceAsync(Wish, death.Token));
        _market.Fate = (_, _) => Way.Well;
        Restart();
        return Assert.Single(_desk.Unknown).ClientOrderId;
    }

    private void Start()
    {
        _log = OrderLog.Open(LogPath);
        _api = new MarketApi(new Uri("http://market.test"), Wallet.Keys, _clock, _market);
        _desk = new OrderDesk(_api, Wallet, _log, _ => false, _clock) { OnNews = _news.Add };
    }

    private void Restart()
    {
        _log.Dispose();
        _api.Dispose();
        Start();
    }
}
