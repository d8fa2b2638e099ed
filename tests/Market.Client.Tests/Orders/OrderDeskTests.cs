using Market.Client.Api;
using Market.Client.Orders;
using Market.Client.Tests.Agent;
using Market.Client.Wallets;
using Market.Contracts;

namespace Market.Client.Tests.Orders;

/// <summary>What is unknown of an order is never said, or acted on, as a no.</summary>
public sealed class OrderDeskTests : IClassFixture<ArenaFixture>, IDisposable
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

    [Theory]
    [InlineData(Way.Well)]
    [InlineData(Way.LostAfter)]
    [InlineData(Way.LostBefore)]
    [InlineData(Way.BadGateway)]
    public async Task A_cancelled_order_frees_its_coins_as_soon_as_it_is_known(Way way)
    {
        var placed = await _desk.PlaceAsync(Wish, Now);
        _market.Fate = (method, number) => method == HttpMethod.Delete && number == 1 ? way : Way.Well;

        var cancelled = await _desk.CancelAsync(placed.Order.Id, Now);

        Assert.Equal(OrderStatus.Cancelled, cancelled.Status);
        Assert.False(IsPromised);
    }

    [Fact]
    public async Task A_cancel_that_gets_no_answer_is_not_told_as_a_refusal()
    {
        var placed = await _desk.PlaceAsync(Wish, Now);
        _market.Fate = (method, _) => method == HttpMethod.Delete ? Way.LostBefore : Way.Well;

        await Assert.ThrowsAsync<AnswerLostException>(() => _desk.CancelAsync(placed.Order.Id, Now));

        Assert.True(IsPromised);
    }

    [Fact]
    public async Task A_filled_order_cannot_be_cancelled()
    {
        var placed = await _desk.PlaceAsync(Wish, Now);
        Fill(placed.Order, OrderStatus.Filled);

        var refused = await Assert.ThrowsAsync<MarketApiException>(() => _desk.CancelAsync(placed.Order.Id, Now));

        Assert.Equal(ProblemCodes.OrderClosed, refused.Code);
    }

    [Theory]
    [InlineData(Way.Well)]
    [InlineData(Way.LostAfter)]
    public async Task All_are_cancelled_and_named_whatever_became_of_the_answer(Way way)
    {
        var first = await _desk.PlaceAsync(Wish, Now);
        var second = await _desk.PlaceAsync(Wish with { Price = new Price(99_000) }, Now);
        _market.Fate = (method, number) => method == HttpMethod.Post && number == 3 ? way : Way.Well;

        var cancelled = await _desk.Cancels.CancelAllAsync(_desk.InstrumentId, Now);

        Assert.Equal(
            new[] { first.Order.Id, second.Order.Id }.Order(), cancelled.Select(order => order.Id).Order());
        Assert.False(IsPromised);
    }

    [Theory]
    [InlineData(Way.Well)]
    [InlineData(Way.LostAfter)]
    public async Task All_are_those_of_the_wallets_instrument_and_no_other_of_the_same_account(Way way)
    {
        var own = await _desk.PlaceAsync(Wish, Now);
        var other = await _desk.PlaceAsync(Wish with { Price = new Price(99_000) }, Now);
        _market.Change(other.Order.ClientOrderId, order => order with { Instrument = "OTHER-BTC" });
        _market.Fate = (method, number) => method == HttpMethod.Post && number == 3 ? way : Way.Well;

        var cancelled = await _desk.Cancels.CancelAllAsync(_desk.InstrumentId, Now);

        Assert.Equal(own.Order.Id, Assert.Single(cancelled).Id);
        Assert.Equal("OTHER-BTC", Assert.Single(_market.Open).Instrument);
    }

    [Fact]
    public async Task Coins_stay_promised_while_a_swap_of_a_closed_order_moves_or_is_not_known()
    {
        var placed = await _desk.PlaceAsync(Wish, Now);
        Fill(placed.Order, OrderStatus.Cancelled);
        _market.Moving.Add("swap-1");
        await _desk.ReconcileAsync(Now);
        Assert.True(IsPromised);

        var fills = _market.Fills.ToList();
        _market.Moving.Clear();
        _market.Fills.Clear();
        await _desk.ReconcileAsync(Now);
        Assert.True(IsPromised);

        // The order of this number in another instrument is another order.
        _market.Fills.AddRange(fills.Select(fill => fill with { Instrument = "P2SHARE-K20-BTC" }));
        await _desk.ReconcileAsync(Now);
        Assert.True(IsPromised);

        _market.Fills.Clear();
        _market.Fills.AddRange(fills);
        await _desk.ReconcileAsync(Now);
        Assert.False(IsPromised);
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

/// <summary>Two chains and a wallet with coins, for all tests of a class.</summary>
public sealed class ArenaFixture : IAsyncLifetime
{
    internal Arena Arena { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Arena = await Arena.StartAsync();

    public ValueTask DisposeAsync() => Arena.DisposeAsync();
}

internal static class Desks
{
    /// <summary>So that what is to fail is the order, and not what is asked before it.</summary>
    public static async Task GetInstrumentFirstAsync(this OrderDesk desk, OrderExchange market)
    {
        var fate = market.Fate;
        market.Fate = (_, _) => Way.Well;
        await desk.GetInstrumentAsync(TestContext.Current.CancellationToken);
        market.Fate = fate;
    }
}
