using Market.Chains;
using Market.Cli.Common;
using Market.Client;
using Market.Client.Api;
using Market.Client.Orders;
using Market.Client.Wallets;
using Market.Contracts;

namespace Market.Cli.Up;

/// <summary>One of the demo's people who takes what is in the book, a little at a time, at irregular times.</summary>
/// <param name="trader">The party.</param>
/// <param name="habit">What it does.</param>
/// <param name="name">Its name.</param>
/// <param name="amounts">How much it takes.</param>
/// <param name="series">Which series it trades; null where shares never expire.</param>
/// <param name="say">Is told what happens.</param>
internal sealed class DemoTaker(
    Trader trader, DemoTaker.Habit habit, string name, DemoHabits amounts, DemoSeries? series, Action<string> say)
{
    private const int ShortestPause = 12;
    private const int LongestPause = 30;
    private const int MostMoving = 3;

    private readonly Random _random = new();
    private DateTimeOffset _takesFrom = DateTimeOffset.MinValue;

    /// <summary>What a taker does.</summary>
    public enum Habit
    {
        /// <summary>Sells into the bids.</summary>
        Seller,

        /// <summary>Buys from the asks, and sells into the bids where it has no coins left to buy with.</summary>
        Buyer,
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        var taking = new Supervised(
            $"{name}'s taking", CliSession.Clock, IsAway, failure => say($"{name}: {failure.Error.Message}"))
        {
            Pauses = new Backoff(CliSession.Clock, TimeSpan.FromSeconds(ShortestPause), TimeSpan.FromSeconds(LongestPause)),
            EndsBy = error => !IsAway(error),
        };
        await taking.RepeatAsync(
            StepAsync,
            stop => Task.Delay(TimeSpan.FromSeconds(_random.Next(ShortestPause, LongestPause)), CliSession.Clock, stop),
            cancellation);
    }

    private static bool IsAway(Exception error) => error is MarketApiException or MarketUnavailableException
        or OrderUnknownException or ChainUnavailableException;

    private async Task StepAsync(CancellationToken cancellation)
    {
        await trader.ReleaseAsync(cancellation);
        if (CliSession.Clock.GetUtcNow() < _takesFrom || trader.Agent.Swaps.Count(swap => !swap.IsOver) >= MostMoving)
        {
            return;
        }

        if (series is not null)
        {
            if (await series.ChooseAsync(cancellation) is not { } listed)
            {
                return;
            }

            trader.Desk.TurnTo(listed);
        }

        // A buyer whose bitcoins are spent sells again what it bought.
        if (!await TakeAsync(habit == Habit.Seller ? Side.Sell : Side.Buy, cancellation) && habit == Habit.Buyer)
        {
            await TakeAsync(Side.Sell, cancellation);
        }
    }

    /// <summary>Takes a little of the best price. False where there are no coins for it.</summary>
    private async Task<bool> TakeAsync(Side side, CancellationToken cancellation)
    {
        var instrument = await trader.Desk.GetInstrumentAsync(cancellation);
        var book = await trader.Api.GetBookAsync(instrument.Id, 1, cancellation);
        var best = (side == Side.Sell ? book.Bids : book.Asks).FirstOrDefault();
        if (best is null)
        {
            return true;
        }

        var quantity = new Quantity(
            Math.Min(_random.Next(1, amounts.MostUnits + 1) * amounts.Unit, best.Quantity.Units));
        try
        {
            var placed = await trader.Desk.PlaceAsync(new OrderWish(side, best.Price, quantity, TimeInForce.Ioc), cancellation);
            if (placed.Fills.Count > 0)
            {
                var filled = new Quantity(placed.Fills.Sum(fill => fill.Quantity.Units));
                var verb = side == Side.Sell ? "sold" : "bought";
                say($"{name}: {verb} {InWords.Shares(filled)} at {InWords.Sats(best.Price.Sats)}, pending until both sides locked");
            }

            return true;
        }
        catch (MarketApiException e) when (e.Code == ProblemCodes.MustWait)
        {
            _takesFrom = e.Problem.RetryAt ?? _takesFrom;
            say($"{name}: {e.Message}");
            return true;
        }
        catch (InsufficientFundsException)
        {
            // Mined shares and received coins take a while to mature: the next look will find them.
            return false;
        }
    }
}
