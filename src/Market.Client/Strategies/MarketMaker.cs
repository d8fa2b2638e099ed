using Market.Chains;
using Market.Client.Api;
using Market.Client.Orders;
using Market.Client.Wallets;
using Market.Contracts;

namespace Market.Client.Strategies;

/// <summary>How a market maker quotes. Fractions are of the model's value: 0.98 bids two percent below it.</summary>
public sealed record MakerOptions
{
    /// <summary>The best bid, as a fraction of the model's value.</summary>
    public decimal Bid { get; init; } = 0.985m;

    /// <summary>The best ask, as a fraction of the model's value.</summary>
    public decimal Ask { get; init; } = 1.015m;

    /// <summary>The step between levels, as a fraction.</summary>
    public decimal Step { get; init; } = 0.005m;

    /// <summary>Orders of each side.</summary>
    public int Levels { get; init; } = 3;

    /// <summary>Shares of each order, in base units.</summary>
    public Quantity Size { get; init; } = new(10 * Quantity.UnitsPerShare);

    /// <summary>No bids while it holds more shares than this.</summary>
    public Quantity MaxInventory { get; init; } = new(2_000 * Quantity.UnitsPerShare);

    /// <summary>How far the model may move before quotes follow, as a fraction.</summary>
    public decimal Tolerance { get; init; } = 0.01m;

    /// <summary>Pause between two looks.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Says what it would do and places nothing.</summary>
    public bool Paper { get; init; }
}

/// <summary>
/// Quotes both sides around the model's value of a share, within an inventory limit, and moves its quotes with the
/// model. What stands in a quote's way is taken, at a better price than the quote's: one order below the value would
/// otherwise keep every bid above it out of the book. Swaps are the agent's matter; a coin that a swap or another order
/// needs is never quoted twice.
/// </summary>
/// <param name="api">The market.</param>
/// <param name="desk">Places and cancels.</param>
/// <param name="wallet">The coins.</param>
/// <param name="options">How it quotes.</param>
/// <param name="clock">Tells the time.</param>
public sealed class MarketMaker(MarketApi api, OrderDesk desk, Wallet wallet, MakerOptions options, TimeProvider clock)
{
    private const int MostOrders = 100;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private decimal _quoted;
    private DateTimeOffset _takesFrom = DateTimeOffset.MinValue;

    /// <summary>A market maker for a party.</summary>
    public MarketMaker(Trader trader, MakerOptions options, TimeProvider clock)
        : this(trader.Api, trader.Desk, trader.Wallet, options, clock)
    {
    }

    /// <summary>Told what it does.</summary>
    public Action<string>? OnSaid { get; init; }

    /// <summary>Quotes until cancelled, then takes its quotes out of the book.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var quoting = new Supervised("The market maker", clock, IsAway, failure => OnSaid?.Invoke(failure.Error.Message))
        {
            Pauses = new Backoff(clock, options.Pause, LongestPause),
            EndsBy = error => !IsAway(error),
        };
        try
        {
            await quoting.RepeatAsync(StepAsync, options.Pause, cancellation).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
        }
        finally
        {
            await WithdrawAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Looks once and places or moves quotes.</summary>
    public async Task StepAsync(CancellationToken cancellation = default)
    {
        await desk.ReconcileAsync(cancellation).ConfigureAwait(false);
        var instrument = await desk.GetInstrumentAsync(cancellation).ConfigureAwait(false);
        var discount = await api.GetDiscountAsync(instrument.Id, cancellation).ConfigureAwait(false);
        var model = (decimal)discount.ModelPrice;
        if (model < instrument.Rules.TickSize.Sats)
        {
            OnSaid?.Invoke($"The model values a share at {model:0.##} sat: nothing to quote yet.");
            return;
        }

        IReadOnlyList<Order> open =
        [
            .. (await api.GetOrdersAsync(OrderStatus.Open, MostOrders, null, cancellation).ConfigureAwait(false)).Items
                .Where(order => order.Instrument == instrument.Id),
        ];
        if (open.Count > 0 && Math.Abs(model - _quoted) > _quoted * options.Tolerance)
        {
            await desk.Cancels.CancelAllAsync(desk.InstrumentId, cancellation).ConfigureAwait(false);
            open = [];
        }

        if (open.Count == 0)
        {
            _quoted = model;
        }

        await QuoteAsync(Side.Buy, open, instrument.Rules, cancellation).ConfigureAwait(false);
        await QuoteAsync(Side.Sell, open, instrument.Rules, cancellation).ConfigureAwait(false);
    }

    private static bool IsAway(Exception error) => Away.IsAny(error) || error is OrderUnknownException;

    private async Task QuoteAsync(
        Side side, IReadOnlyList<Order> open, TradingRules rules, CancellationToken cancellation)
    {
        if (side == Side.Buy && await HoldsTooMuchAsync(cancellation).ConfigureAwait(false))
        {
            return;
        }

        for (var level = 0; level < options.Levels; level++)
        {
            var price = PriceOf(side, level, rules);
            if (price.Sats <= 0 || open.Any(order => order.Side == side && order.Price == price))
            {
                continue;
            }

            if (options.Paper)
            {
                OnSaid?.Invoke($"Would {side} {InWords.Shares(options.Size)} at {InWords.Sats(price.Sats)}.");
                continue;
            }

            try
            {
                var rests = clock.GetUtcNow() < _takesFrom;
                await desk.PlaceAsync(new OrderWish(side, price, options.Size, PostOnly: rests), cancellation)
                    .ConfigureAwait(false);
            }
            catch (MarketApiException e) when (e.Code == ProblemCodes.MustWait)
            {
                // Whoever let a swap fail takes nothing for a while, and its quotes may still rest with other coins.
                OnSaid?.Invoke(e.Message);
                _takesFrom = e.Problem.RetryAt ?? _takesFrom;
                return;
            }
            catch (MarketApiException e) when (e.Code == ProblemCodes.WouldTrade && clock.GetUtcNow() < _takesFrom)
            {
                // Something stands in this quote's way and may not be taken yet: the next one stands further off.
                OnSaid?.Invoke(e.Message);
            }
            catch (InsufficientFundsException)
            {
                // Coins come free when swaps end; until then there is nothing to stand behind a quote.
                return;
            }
            catch (MarketApiException e) when (e.Code is ProblemCodes.OutpointUnavailable or ProblemCodes.OutpointInUse)
            {
                OnSaid?.Invoke(e.Message);
            }
        }
    }

    private Price PriceOf(Side side, int level, TradingRules rules)
    {
        var tick = rules.TickSize.Sats;
        var fraction = side == Side.Buy ? options.Bid - options.Step * level : options.Ask + options.Step * level;
        var exact = _quoted * fraction / tick;
        var ticks = side == Side.Buy ? decimal.Floor(exact) : decimal.Ceiling(exact);
        return new Price((long)Math.Min(ticks * tick, rules.MaxPrice.Sats));
    }

    private async Task<bool> HoldsTooMuchAsync(CancellationToken cancellation)
    {
        var shares = await wallet.GetBalanceAsync(ChainKind.Sharechain, cancellation).ConfigureAwait(false);
        return shares.Total.Sats > options.MaxInventory.Units;
    }

    private async Task WithdrawAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), clock);
            await desk.Cancels.CancelAllAsync(desk.InstrumentId, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is MarketApiException or MarketUnavailableException or OperationCanceledException)
        {
            OnSaid?.Invoke($"Quotes may still be in the book: {e.Message} Cancel them with: market orders cancel all");
        }
    }
}
