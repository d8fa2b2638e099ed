using Market.Chains;
using Market.Client.Api;
using Market.Client.Orders;
using Market.Client.Wallets;
using Market.Contracts;

namespace Market.Client.Strategies;

/// <summary>
/// Sells what a wallet mines and has mined, as soon as it may be spent, and nothing else of it: shares that expire each in the
/// instrument of their series. What is too large for a series is offered in smaller orders. What cannot be sold yet waits, and why
/// is said. Swaps are the agent's matter.
/// </summary>
/// <param name="api">The market.</param>
/// <param name="desk">Places; it is turned from series to series.</param>
/// <param name="wallet">The coins.</param>
/// <param name="price">The least that is taken, satoshis a share.</param>
/// <param name="clock">Tells the time.</param>
public sealed class MinedSale(MarketApi api, OrderDesk desk, Wallet wallet, Price price, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, string> _said = new(StringComparer.Ordinal);

    /// <summary>Told, in sentences, what is sold, and once for each series what waits and why.</summary>
    public Action<string>? OnSaid { get; init; }

    /// <summary>Sells until cancelled; orders stay in the book.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var selling = new Supervised("Selling what is mined", clock, IsAway, failure => OnSaid?.Invoke(failure.Error.Message))
        {
            Pauses = new Backoff(clock, Pause, LongestPause),
            EndsBy = error => !IsAway(error),
        };
        await selling.RepeatAsync(StepAsync, Pause, cancellation).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Looks once and sells what may be sold.</summary>
    public async Task StepAsync(CancellationToken cancellation = default)
    {
        await desk.ReconcileAsync(cancellation).ConfigureAwait(false);
        var mined = (await wallet.GetCoinsAsync(ChainKind.Sharechain, cancellation).ConfigureAwait(false)).Where(IsMined);
        foreach (var group in mined.GroupBy(SeriesOf).OrderBy(group => group.Key))
        {
            var id = TradedInstrument.IdOf(wallet.On(ChainKind.Sharechain), group.Key);
            if (await WhyNotAsync(id, cancellation).ConfigureAwait(false) is { } why)
            {
                SayOnce(id, why);
                continue;
            }

            desk.TurnTo(id);
            await SellAsync(group.Key, cancellation).ConfigureAwait(false);
        }
    }

    // An order names so many coins at most, and a series takes orders of so much at most: what is more than that is sold by
    // another. One that is too large is tried with half of its coins, and where fewer are too little, with half of what it was for.
    private async Task SellAsync(int? series, CancellationToken cancellation)
    {
        var rules = (await desk.GetInstrumentAsync(cancellation).ConfigureAwait(false)).Rules;
        var (coins, most, tooLarge) = (rules.MaxOutpoints, rules.MaxQuantity.Units, long.MaxValue);
        bool IsMeant(WalletCoin coin) => IsMined(coin) && SeriesOf(coin) == series;
        while (await desk.MostToSellAsync(price, IsMeant, coins, cancellation).ConfigureAwait(false) is { Units: > 0 } held)
        {
            var quantity = OrderBacking.Offerable(rules, price, Math.Min(held.Units, most));
            if (quantity.Units >= tooLarge)
            {
                var fewer = await desk.MostToSellAsync(price, IsMeant, coins / 2, cancellation).ConfigureAwait(false);
                (coins, most) = fewer.Units > 0 ? (coins / 2, most) : (coins, quantity.Units / 2);
                continue;
            }

            if (quantity.Units == 0)
            {
                SayOnce(desk.InstrumentId, $"{desk.InstrumentId} takes no order now of what was mined of it, however small: it is "
                    + "tried again.");
                return;
            }

            try
            {
                var wish = new OrderWish(Side.Sell, price, quantity) { IsMeant = IsMeant };
                var placed = (await desk.PlaceAsync(wish, cancellation).ConfigureAwait(false)).Order;
                _said.Remove(desk.InstrumentId);
                OnSaid?.Invoke(
                    $"{InWords.Shares(quantity)} mined are offered in {placed.Instrument} at {InWords.Sats(price.Sats)}: order "
                    + $"{placed.Id}.");
            }
            catch (InsufficientFundsException)
            {
                // They were promised elsewhere meanwhile.
                return;
            }
            catch (MarketApiException e) when (e.Code == ProblemCodes.TooLargeForSeries)
            {
                tooLarge = quantity.Units;
            }
            catch (MarketApiException e) when (e.IsCertain)
            {
                SayOnce(desk.InstrumentId, $"{desk.InstrumentId}: {e.Message} It is tried again.");
                return;
            }
        }
    }

    private async Task<string?> WhyNotAsync(string id, CancellationToken cancellation)
    {
        try
        {
            var listed = await api.GetInstrumentAsync(id, cancellation).ConfigureAwait(false);
            var reason = listed.StatusReason is { } why ? $": {why}" : ".";
            return listed.Status switch
            {
                InstrumentStatus.Open => null,
                InstrumentStatus.Closed => $"{id} is closed{reason} What was mined of it can be sold here no more.",
                _ => $"{id} takes no orders now{reason} What was mined of it waits.",
            };
        }
        catch (MarketApiException e) when (e.Code == ProblemCodes.UnknownInstrument)
        {
            return $"{id} is not listed yet. What was mined of it waits until the market opens it.";
        }
    }

    private void SayOnce(string id, string words)
    {
        if (_said.GetValueOrDefault(id) != words)
        {
            _said[id] = words;
            OnSaid?.Invoke(words);
        }
    }

    private int? SeriesOf(WalletCoin coin) => wallet.SeriesOf(ChainKind.Sharechain, coin.Coin);

    private static bool IsMined(WalletCoin coin) => coin is { Coin.IsCoinbase: true, ReservedFor: null };

    private static bool IsAway(Exception error) => Away.IsAny(error) || error is OrderUnknownException;
}
