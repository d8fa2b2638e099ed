using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Market.Chains;
using Market.Client.Api;
using Market.Client.Wallets;
using Market.Contracts;

namespace Market.Client.Orders;

/// <summary>What is wanted of the market, before coins stand behind it.</summary>
/// <param name="Side">Buy or sell.</param>
/// <param name="Price">The worst price that is taken.</param>
/// <param name="Quantity">How much.</param>
/// <param name="TimeInForce">How long it stands.</param>
/// <param name="PostOnly">Never take.</param>
public sealed record OrderWish(
    Side Side, Price Price, Quantity Quantity, TimeInForce TimeInForce = TimeInForce.Gtc, bool PostOnly = false)
{
    /// <summary>Whether the price is that of a limit order, or the protection of a market order.</summary>
    public OrderType Type { get; init; } = OrderType.Limit;

    /// <summary>The part of face value at which it stands, never worse than the price; null where the price is its own.</summary>
    public DiscountFactor? Discount { get; init; }

    /// <summary>When it expires, where it is good till a date: whole milliseconds.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>With <see cref="PostOnly"/>: what becomes of it where it would take; refused where null.</summary>
    public PostOnlyMode? PostOnlyMode { get; init; }

    /// <summary>What happens on meeting an own order.</summary>
    public SelfTradePrevention SelfTradePrevention { get; init; } = SelfTradePrevention.CancelNewest;

    /// <summary>What its client order id begins with: up to 7 characters of those that ids have, of which the first is not
    /// <see cref="OrderCoins.PooledMark"/>. That mark stands before it where the order draws on proved coins.</summary>
    public string IdPrefix { get; init; } = "c";

    /// <summary>Whether it draws on any coins that the account has proved, instead of having some to itself.</summary>
    public bool DrawsOnProved { get; init; }

    /// <summary>Which of the wallet's coins may stand behind it; any that are free where null.</summary>
    public Func<WalletCoin, bool>? IsMeant { get; init; }
}

/// <summary>
/// Places and cancels orders for a wallet: chooses the coins behind an order, promises them to it, and signs with their keys the
/// exact text of the order, so that nobody can place another in its name. An order is written down before it is sent; where its
/// answer is lost it is neither placed nor refused but unknown, until the market says of its client order id which.
/// </summary>
/// <param name="api">The market, with the wallet's account.</param>
/// <param name="wallet">The coins.</param>
/// <param name="log">Where orders are noted before they are sent.</param>
/// <param name="drives">True for a swap, by its id, that the own agent drives still.</param>
/// <param name="clock">Tells the time.</param>
/// <param name="instrument">The id of the instrument that is traded; null for that of the wallet's sharechain, which where shares
/// expire is none: then a series is to be named.</param>
public sealed class OrderDesk(
    MarketApi api, Wallet wallet, OrderLog log, Func<string, bool> drives, TimeProvider clock, string? instrument = null)
{
    // With the pause: longer than a request that got lost on its way can still arrive.
    private const int MostTries = 30;
    private const int MostUnknownALook = 50;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    /// <summary>
    /// A signed request is taken for so long after it was made, by the market's clock; ours may be as far ahead of that. Later, an
    /// order that the market does not know will never be placed.
    /// </summary>
    private static readonly TimeSpan InFlight = TimeSpan.FromSeconds(2 * SignedRequest.MaxSkewSeconds);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _lastTries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _placing = new(StringComparer.Ordinal);
    private readonly OrderCoins _coins = new(api, wallet.File, drives);
    private readonly DateTimeOffset _since = clock.GetUtcNow();
    private Instrument? _instrument;

    /// <summary>Whether orders draw on the account's proved coins, whatever their wishes say of it, but for those that say which
    /// coins are meant.</summary>
    public bool DrawsOnProved { get; set; }

    /// <summary>Is told, in a sentence, of an order whose answer was lost and is known now.</summary>
    public Action<string>? OnNews { get; set; }

    /// <summary>Cancels orders and frees their coins.</summary>
    public OrderCancels Cancels { get; } = new(api, new OrderCoins(api, wallet.File, drives), clock);

    /// <summary>The orders whose answer is not known: each may stand in the book.</summary>
    public IReadOnlyCollection<SentOrder> Unknown => log.Unknown;

    /// <summary>What the coins behind an order are promised to.</summary>
    public static string PurposeOf(string clientOrderId) => OrderCoins.PurposeOf(clientOrderId);

    /// <summary>The chain whose coins stand behind orders of a side.</summary>
    public static ChainKind ChainOf(Side side) => side == Side.Sell ? ChainKind.Sharechain : ChainKind.Mainchain;

    /// <summary>The id of the instrument that is traded.</summary>
    public string InstrumentId { get; private set; } = instrument ?? TradedInstrument.IdOf(wallet.On(ChainKind.Sharechain));

    /// <summary>Trades in another instrument of the wallet's sharechain from now on: another series. Orders sent before stand
    /// where they are. For whoever places orders with it: not while one is being placed.</summary>
    /// <param name="instrument">Its id.</param>
    public void TurnTo(string instrument)
    {
        ArgumentNullException.ThrowIfNull(instrument);
        if (instrument != InstrumentId)
        {
            (InstrumentId, _instrument) = (instrument, null);
        }
    }

    /// <summary>The instrument of the wallet's sharechain, as the market states it; asked for once.</summary>
    /// <exception cref="MarketApiException">The market does not trade it: says what it trades.</exception>
    public async Task<Instrument> GetInstrumentAsync(CancellationToken cancellation = default) =>
        _instrument ??= await api.GetInstrumentAsync(InstrumentId, cancellation).ConfigureAwait(false);

    /// <summary>The most that free coins of the wallet can stand behind in one order to sell, fees reserved; nought where that is
    /// less than the market takes.</summary>
    /// <param name="price">The order's price.</param>
    /// <param name="isMeant">Which coins of the instrument are meant.</param>
    /// <param name="coins">How many of them at most, the largest; never more than an order may name.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<Quantity> MostToSellAsync(
        Price price, Func<WalletCoin, bool> isMeant, int coins, CancellationToken cancellation = default)
    {
        var traded = await GetInstrumentAsync(cancellation).ConfigureAwait(false);
        return await new OrderBacking(wallet, traded, ChainOf(Side.Sell)).MostToSellAsync(price, isMeant, coins, cancellation)
            .ConfigureAwait(false);
    }

    /// <summary>
    /// Places an order. Where one of the same wish was sent before in this instrument and its answer was lost, it goes on with that
    /// one and places no second. A lost answer is asked for until it is known.
    /// </summary>
    /// <param name="wish">What is wanted.</param>
    /// <param name="cancellation">Gives up: the order is then unknown, and <see cref="ReconcileAsync"/> finds out.</param>
    /// <exception cref="InsufficientFundsException">No coins for it.</exception>
    /// <exception cref="MarketApiException">The market refused, for certain: the coins are free again.</exception>
    /// <exception cref="MarketUnavailableException">No market answered and nothing was sent: the coins are free again.</exception>
    /// <exception cref="OrderUnknownException">The answer was lost for longer than this waits.</exception>
    public async Task<PlacedOrder> PlaceAsync(OrderWish wish, CancellationToken cancellation = default)
    {
        if (log.Unknown.FirstOrDefault(
            order => order.Answers(wish, InstrumentId) && _placing.TryAdd(order.ClientOrderId, true)) is { } before)
        {
            OnNews?.Invoke("The same order was sent before and its answer was lost: going on with that one.");
            return await SendUntilKnownAsync(before, mayBeOut: true, cancellation).ConfigureAwait(false);
        }

        var chain = ChainOf(wish.Side);
        var traded = await GetInstrumentAsync(cancellation).ConfigureAwait(false);
        var backing = new OrderBacking(wallet, traded, chain);
        if (wish.DrawsOnProved || (DrawsOnProved && wish.IsMeant is null))
        {
            return await DrawAsync(wish, traded, backing, cancellation).ConfigureAwait(false);
        }

        var coins = await backing.ChooseAsync(wish, cancellation).ConfigureAwait(false);
        var id = wish.IdPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        _placing[id] = true;
        if (!wallet.File.TryReserve(chain, [.. coins.Select(coin => coin.OutPoint)], PurposeOf(id)))
        {
            _placing.TryRemove(id, out _);
            throw new InsufficientFundsException(chain, "The coins for this order were promised elsewhere meanwhile. Try again.");
        }

        var sent = Sent(id, traded, wish, backing.Sign(wish, id, coins));
        log.Add(sent);
        return await SendUntilKnownAsync(sent, mayBeOut: false, cancellation).ConfigureAwait(false);
    }

    private static SentOrder Sent(string id, Instrument traded, OrderWish wish, PlaceOrder request) =>
        new(id, traded.Id, wish.Side, wish.Price, wish.Quantity)
        {
            // A market order never rests.
            TimeInForce = wish is { Type: OrderType.Market, TimeInForce: TimeInForce.Gtc } ? TimeInForce.Ioc : wish.TimeInForce,
            ExpiresAt = wish.ExpiresAt,
            Request = request,
        };

    // Which of the proved coins stand behind it is the market's to choose; nothing is promised or signed here.
    private async Task<PlacedOrder> DrawAsync(
        OrderWish wish, Instrument traded, OrderBacking backing, CancellationToken cancellation)
    {
        var id = OrderCoins.PooledMark + wish.IdPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        _placing[id] = true;
        var sent = Sent(id, traded, wish, backing.Draw(wish, id));
        log.Add(sent);
        try
        {
            return await SendUntilKnownAsync(sent, mayBeOut: false, cancellation).ConfigureAwait(false);
        }
        catch (MarketApiException e) when (e.Code == ProblemCodes.InsufficientOutpoints)
        {
            throw new InsufficientFundsException(ChainOf(wish.Side), e.Message);
        }
    }

    /// <summary>Cancels an order and frees its coins where no swap needs them.</summary>
    /// <param name="order">The order, in whatever instrument it stands.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="MarketApiException">The market has no such order, or it is filled.</exception>
    /// <exception cref="AnswerLostException">Whether it is cancelled is not known: do the same again.</exception>
    public Task<Order> CancelAsync(Order order, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(order);
        return Cancels.CancelAsync(order.Id, order.Instrument, cancellation);
    }

    /// <summary>
    /// Asks for every order whose answer was lost, and frees the coins of all that are over: closed at the market with no swap that
    /// moves, refused, or never placed. To be called in a loop; it places nothing.
    /// </summary>
    /// <exception cref="MarketUnavailableException">No market answers: what is not known stays as it is.</exception>
    public async Task ReconcileAsync(CancellationToken cancellation = default)
    {
        foreach (var order in log.Unknown.Where(order => !_placing.ContainsKey(order.ClientOrderId)).Take(MostUnknownALook))
        {
            await AskAsync(order.ClientOrderId, isRefused: false, cancellation).ConfigureAwait(false);
        }

        foreach (var id in _coins.Promised().Where(id => !_placing.ContainsKey(id)))
        {
            if (log.StateOf(id) == SentOrderState.Refused)
            {
                _coins.Release(id);
            }
            else if (log.StateOf(id) != SentOrderState.Unknown)
            {
                await ReleaseIfOverAsync(id, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>As <see cref="ReconcileAsync"/>; false where the market is away or refuses, and all stays as it is.</summary>
    public async Task<bool> TryReconcileAsync(CancellationToken cancellation = default)
    {
        try
        {
            await ReconcileAsync(cancellation).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (Away.IsMarket(e))
        {
            return false;
        }
    }

    private async Task ReleaseIfOverAsync(string id, CancellationToken cancellation)
    {
        var mayArrive = MayArrive(id);
        if (await FindAsync(id, cancellation).ConfigureAwait(false) is { } order)
        {
            await _coins.TryReleaseAsync(order, cancellation).ConfigureAwait(false);
        }
        else if (!mayArrive)
        {
            // Promised to an order that neither log nor market knows.
            _coins.Release(id);
        }
    }

    /// <summary>Sends an order until it is placed or refused for certain.</summary>
    private async Task<PlacedOrder> SendUntilKnownAsync(SentOrder sent, bool mayBeOut, CancellationToken cancellation)
    {
        var id = sent.ClientOrderId;
        try
        {
            Exception? last = null;
            for (var tries = 0; tries < MostTries; tries++)
            {
                if (tries > 0)
                {
                    await Task.Delay(Pause, clock, cancellation).ConfigureAwait(false);
                }

                try
                {
                    return await SendAsync(sent, cancellation).ConfigureAwait(false);
                }
                catch (Exception e) when (e is MarketApiException or MarketUnavailableException)
                {
                    last = e;
                    mayBeOut |= IsOut(e);
                    if (await IsKnownAsync(id, e, mayBeOut, cancellation).ConfigureAwait(false) is { } order)
                    {
                        return order;
                    }
                }
            }

            throw new OrderUnknownException(id, last);
        }
        finally
        {
            _placing.TryRemove(id, out _);
        }
    }

    private async Task<PlacedOrder> SendAsync(SentOrder sent, CancellationToken cancellation)
    {
        try
        {
            var placed = await api.PlaceOrderAsync(sent.Request!, cancellation).ConfigureAwait(false);
            log.Settle(sent.ClientOrderId, SentOrderState.Placed, clock.GetUtcNow());
            return placed;
        }
        catch (Exception e) when (IsOut(e) || e is OperationCanceledException)
        {
            _lastTries[sent.ClientOrderId] = clock.GetUtcNow();
            throw;
        }
    }

    /// <summary>True where a try that failed so may have reached the market all the same.</summary>
    private static bool IsOut(Exception e) => e is AnswerLostException or MarketApiException { IsCertain: false };

    /// <summary>After a try that failed: the order where the market has it all the same; null where that is not known.</summary>
    /// <exception cref="Exception">The failure itself, where it is certain that the order was never placed.</exception>
    private async Task<PlacedOrder?> IsKnownAsync(string id, Exception failure, bool mayBeOut, CancellationToken cancellation)
    {
        if (!mayBeOut)
        {
            log.Settle(id, SentOrderState.Refused, clock.GetUtcNow());
            _coins.Release(id);
            ExceptionDispatchInfo.Throw(failure);
        }

        try
        {
            if (await AskAsync(id, failure is MarketApiException, cancellation).ConfigureAwait(false) is { } order)
            {
                return new PlacedOrder { Order = order, Fills = [] };
            }
        }
        catch (Exception e) when (e is MarketApiException or MarketUnavailableException)
        {
            // Not known still.
        }

        if (log.StateOf(id) == SentOrderState.Refused)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        return null;
    }

    /// <summary>Asks for an order whose answer was lost, and notes what is found.</summary>
    /// <param name="id">The client order id.</param>
    /// <param name="isRefused">The newest try was refused.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The order; null where the market does not have it.</returns>
    private async Task<Order?> AskAsync(string id, bool isRefused, CancellationToken cancellation)
    {
        // As of before the question: an answer says nothing of what arrives after it.
        var mayArrive = MayArrive(id);
        if (await FindAsync(id, cancellation).ConfigureAwait(false) is { } order)
        {
            log.Settle(id, SentOrderState.Placed, clock.GetUtcNow());
            OnNews?.Invoke($"An order whose answer was lost was placed: order {order.Id} ({order.Status}).");
            return order;
        }

        if (!mayArrive)
        {
            log.Settle(id, SentOrderState.Refused, clock.GetUtcNow());
            _coins.Release(id);
            OnNews?.Invoke(isRefused
                ? $"An order whose first answer was lost was refused, and never placed: client:{id}."
                : $"An order whose answer was lost was never placed: client:{id}.");
        }

        return null;
    }

    private async Task<Order?> FindAsync(string id, CancellationToken cancellation)
    {
        try
        {
            return await api.GetOrderAsync($"client:{id}", null, cancellation).ConfigureAwait(false);
        }
        catch (MarketApiException e) when (e.Code == ProblemCodes.UnknownOrder)
        {
            return null;
        }
    }

    /// <summary>A request that got lost may still arrive; one of a process before this one was made before this began.</summary>
    private bool MayArrive(string id) =>
        clock.GetUtcNow() <= (_lastTries.TryGetValue(id, out var last) ? last : _since) + InFlight;
}
