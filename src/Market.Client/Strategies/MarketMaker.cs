using Market.Chains;
using Market.Client.Api;
using Market.Client.Orders;
using Market.Client.Wallets;
using Market.Contracts;
using Market.Strategies;

namespace Market.Client.Strategies;

/// <summary>
/// Quotes both sides around the model's value of a share, within limits of its inventory, and moves its quotes with the
/// model: what is quoted <see cref="MakerCore"/> says, and this carries it out. What stands in a quote's way is taken, at a better
/// price than the quote's: one order below the value would otherwise keep every bid above it out of the book. Swaps are the agent's
/// matter; a coin that a swap or another order needs is never quoted twice.
/// </summary>
/// <param name="api">The market.</param>
/// <param name="desk">Places and cancels.</param>
/// <param name="wallet">The coins.</param>
/// <param name="options">How it quotes.</param>
/// <param name="clock">Tells the time.</param>
public sealed class MarketMaker(MarketApi api, OrderDesk desk, Wallet wallet, MakerOptions options, TimeProvider clock)
{
    /// <summary>What the client order ids of its orders begin with: by that they are told from others of the account.</summary>
    public const string OrderPrefix = "bot";

    private const int MostOrders = 100;
    private const int TradesLookedAt = 100;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestWithdrawal = TimeSpan.FromSeconds(5);

    // Instruments whose books may hold quotes of it.
    private readonly HashSet<string> _quotedIn = new(StringComparer.Ordinal);

    private readonly MakerCore _core = new(options);
    private readonly MakerTally _tally = new(options.Paper);
    private DateTimeOffset _takesFrom = DateTimeOffset.MinValue;

    /// <summary>A market maker for a party.</summary>
    public MarketMaker(Trader trader, MakerOptions options, TimeProvider clock)
        : this(trader.Api, trader.Desk, trader.Wallet, options, clock)
    {
    }

    /// <summary>Told what it does.</summary>
    public Action<string>? OnSaid { get; init; }

    /// <summary>Told of quotes, fills, the position and the profit; what others traded, or fills of the own account, are then asked
    /// for at each look. Null for nobody.</summary>
    public Action<MakerEvent>? OnEvent { get; init; }

    /// <summary>What a share is worth, in satoshis, where it is not the market's model that says so; null for the model.</summary>
    public Func<CancellationToken, Task<decimal>>? Worth { get; init; }

    /// <summary>The id of the instrument to quote in, asked before each look: where shares are sold by series these come and go.
    /// Null for none at present: then nothing is quoted anywhere. Without it, the desk's.</summary>
    public Func<CancellationToken, Task<string?>>? Choose { get; init; }

    /// <summary>Where its trades and what became of them are kept; null for nowhere.</summary>
    public MakerLedger? Ledger { get; init; }

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
        if (!await TurnAsync(cancellation).ConfigureAwait(false))
        {
            return;
        }

        var instrument = await desk.GetInstrumentAsync(cancellation).ConfigureAwait(false);
        var said = Worth is null || options.InDiscount
            ? await api.GetDiscountAsync(instrument.Id, cancellation).ConfigureAwait(false)
            : null;
        var worth = Worth is null ? (decimal)said!.ModelPrice : await Worth(cancellation).ConfigureAwait(false);
        if (worth < instrument.Rules.TickSize.Sats)
        {
            OnSaid?.Invoke($"A share is worth {worth:0.##} sat: nothing to quote yet.");
            return;
        }

        _tally.TurnTo(instrument.Id);
        await HearAsync(instrument.Id, cancellation).ConfigureAwait(false);
        decimal? face = said is { FaceValue: > 0 } ? (decimal)said.FaceValue : null;
        if (options.Paper && face is { } moved)
        {
            _tally.Move(moved, instrument.Rules.TickSize);
        }

        var plan = _core.Look(await ViewAsync(instrument, worth, face, cancellation).ConfigureAwait(false));
        await (options.Paper ? NoteAsync(plan) : CarryOutAsync(plan, cancellation)).ConfigureAwait(false);
        Tell(_tally.Stand(worth));
    }

    private async Task<MakerView> ViewAsync(
        Instrument instrument, decimal worth, decimal? face, CancellationToken cancellation)
    {
        // On paper there are no orders: those of the account are somebody else's.
        IReadOnlyList<Quote> standing = options.Paper
            ? [.. _tally.Standing]
            :
            [
                .. (await api.GetOrdersAsync(OrderStatus.Open, MostOrders, null, cancellation).ConfigureAwait(false)).Items
                    .Where(order => order.Instrument == instrument.Id).Select(QuoteOf),
            ];
        var shares = await wallet.GetBalanceAsync(ChainKind.Sharechain, cancellation).ConfigureAwait(false);
        var accounts = options.Paper ? null : Ledger?.Of(instrument.Id);
        return new MakerView
        {
            Worth = worth,
            Face = face,
            Standing = standing,
            Held = shares.Total.Sats + (options.Paper ? _tally.Shares : 0),
            Coming = accounts?.Coming ?? 0,
            Going = accounts?.Going ?? 0,
            Rules = instrument.Rules,
        };
    }

    private static Quote QuoteOf(Order order) => new()
    {
        Side = order.Side,
        Price = order.Price,
        Quantity = order.Remaining,
        Discount = order.Discount,
        Worst = order.WorstPrice ?? order.Price,
    };

    private Task NoteAsync(MakerPlan plan)
    {
        if (plan.IsAnew)
        {
            _tally.Withdraw();
        }

        foreach (var quote in plan.Quotes.Where(_tally.Quote))
        {
            OnEvent?.Invoke(_tally.Quoted(quote));
        }

        return Task.CompletedTask;
    }

    private async Task CarryOutAsync(MakerPlan plan, CancellationToken cancellation)
    {
        if (plan.IsAnew)
        {
            await desk.Cancels.CancelAllAsync(desk.InstrumentId, cancellation).ConfigureAwait(false);
        }

        var isOut = new HashSet<Side>();
        foreach (var quote in plan.Quotes)
        {
            if (!isOut.Contains(quote.Side) && !await PlaceAsync(quote, cancellation).ConfigureAwait(false))
            {
                isOut.Add(quote.Side);
            }
        }
    }

    private async Task HearAsync(string instrument, CancellationToken cancellation)
    {
        if (Ledger is not null && !options.Paper)
        {
            await Ledger.HearAsync(api, OrderPrefix, cancellation).ConfigureAwait(false);
        }

        if (OnEvent is null)
        {
            return;
        }

        Tell(options.Paper
            ? _tally.Hear((await api.GetTradesAsync(instrument, TradesLookedAt, null, cancellation).ConfigureAwait(false)).Items)
            : _tally.Hear((await api.GetFillsAsync(TradesLookedAt, null, cancellation).ConfigureAwait(false)).Items));
    }

    private void Tell(IReadOnlyList<MakerEvent> events)
    {
        foreach (var happened in events)
        {
            OnEvent?.Invoke(happened);
        }
    }

    /// <summary>Turns to the instrument that is to be quoted in, and takes the quotes in all others out of their books. False where
    /// there is none.</summary>
    private async Task<bool> TurnAsync(CancellationToken cancellation)
    {
        var next = Choose is null ? desk.InstrumentId : await Choose(cancellation).ConfigureAwait(false);
        foreach (var other in (options.Paper ? [] : _quotedIn).Where(other => other != next).ToList())
        {
            await LeaveAsync(other, cancellation).ConfigureAwait(false);
        }

        if (next is null)
        {
            return false;
        }

        if (next != desk.InstrumentId)
        {
            desk.TurnTo(next);
            OnSaid?.Invoke($"Quotes in {next} now.");
        }

        _quotedIn.Add(next);
        return true;
    }

    // A refusal keeps quotes from no other book; where it may pass it is tried again at the next look.
    private async Task LeaveAsync(string instrument, CancellationToken cancellation)
    {
        try
        {
            await desk.Cancels.CancelAllAsync(instrument, cancellation).ConfigureAwait(false);
            _quotedIn.Remove(instrument);
        }
        catch (MarketApiException e)
        {
            OnSaid?.Invoke(e.Message);
            if (e.Code == ProblemCodes.UnknownInstrument)
            {
                // One that is gone has no book to take quotes out of.
                _quotedIn.Remove(instrument);
            }
        }
    }

    private static bool IsAway(Exception error) => Away.IsAny(error) || error is OrderUnknownException;

    /// <summary>Places a quote. False where its side has to wait for the next look.</summary>
    private async Task<bool> PlaceAsync(Quote quote, CancellationToken cancellation)
    {
        var rests = clock.GetUtcNow() < _takesFrom;
        try
        {
            var wish = new OrderWish(quote.Side, quote.Worst, quote.Quantity, PostOnly: rests)
            {
                Discount = quote.Discount,
                IdPrefix = OrderPrefix,
            };
            await desk.PlaceAsync(wish, cancellation).ConfigureAwait(false);
            OnEvent?.Invoke(_tally.Quoted(quote));
        }
        catch (MarketApiException e) when (e.Code == ProblemCodes.MustWait)
        {
            // Whoever let a swap fail takes nothing for a while, and its quotes may still rest with other coins.
            OnSaid?.Invoke(e.Message);
            _takesFrom = e.Problem.RetryAt ?? _takesFrom;
            return false;
        }
        catch (MarketApiException e) when (e.Code == ProblemCodes.WouldTrade && clock.GetUtcNow() < _takesFrom)
        {
            // Something stands in this quote's way and may not be taken yet: the next one stands further off.
            OnSaid?.Invoke(e.Message);
        }
        catch (InsufficientFundsException)
        {
            // Coins come free when swaps end; until then there is nothing to stand behind a quote.
            return false;
        }
        catch (MarketApiException e) when (e.Code is ProblemCodes.OutpointUnavailable or ProblemCodes.OutpointInUse
            or ProblemCodes.NoFaceValue)
        {
            OnSaid?.Invoke(e.Message);
        }

        return true;
    }

    private async Task WithdrawAsync()
    {
        if (options.Paper)
        {
            return;
        }

        if (Choose is null)
        {
            _quotedIn.Add(desk.InstrumentId);
        }

        using var limit = new CancellationTokenSource(LongestWithdrawal, clock);
        foreach (var instrument in _quotedIn)
        {
            try
            {
                await desk.Cancels.CancelAllAsync(instrument, limit.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is MarketApiException or MarketUnavailableException or OperationCanceledException)
            {
                // What keeps them in one book keeps them in no other.
                OnSaid?.Invoke(
                    $"Quotes may still be in the book of {instrument}: {e.Message} Cancel them with: market orders cancel all "
                    + $"--instrument {instrument}");
            }
        }
    }
}
