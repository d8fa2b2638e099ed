using System.Globalization;
using System.Security.Cryptography;
using Market.Bitcoin;
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
    Side Side, Price Price, Quantity Quantity, TimeInForce TimeInForce = TimeInForce.Gtc, bool PostOnly = false);

/// <summary>
/// Places and cancels orders for a wallet: chooses the coins behind an order, promises them to it, and signs with their keys the
/// exact text of the order, so that nobody can place another in its name.
/// </summary>
/// <param name="api">The market, with the wallet's account.</param>
/// <param name="wallet">The coins.</param>
/// <param name="instrument">The instrument traded.</param>
/// <param name="log">Where orders are noted before they are sent.</param>
public sealed class OrderDesk(MarketApi api, Wallet wallet, Instrument instrument, OrderLog log)
{
    // One input, the HTLC, change and the payout annotation; each further input. Doubled, so that fees may rise until the swap.
    private const int FundingVirtualSize = 200;
    private const int InputVirtualSize = 68;
    private const int FeeReserveFactor = 2;
    private const int FillsLookedAt = 100;
    private const string PurposePrefix = "order:";

    /// <summary>The instrument traded.</summary>
    public Instrument Instrument => instrument;

    /// <summary>What the coins behind an order are promised to.</summary>
    public static string PurposeOf(string clientOrderId) => PurposePrefix + clientOrderId;

    /// <summary>The chain whose coins stand behind orders of a side.</summary>
    public static ChainKind ChainOf(Side side) => side == Side.Sell ? ChainKind.Sharechain : ChainKind.Mainchain;

    /// <summary>Places an order.</summary>
    /// <param name="wish">What is wanted.</param>
    /// <param name="cancellation">Gives up; the coins stay promised until <see cref="ReleaseAsync"/> finds out.</param>
    /// <exception cref="InsufficientFundsException">No coins for it.</exception>
    /// <exception cref="MarketApiException">The market refused: the coins are free again, or with a status of 500 and more stay
    /// promised until <see cref="ReleaseAsync"/> finds out whether the order was placed after all.</exception>
    public async Task<PlacedOrder> PlaceAsync(OrderWish wish, CancellationToken cancellation = default)
    {
        var chain = ChainOf(wish.Side);
        var rate = await wallet.On(chain).EstimateFeeAsync(2, cancellation).ConfigureAwait(false);
        var coins = await ChooseAsync(wish, chain, rate, cancellation).ConfigureAwait(false);
        var id = "c" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        if (!wallet.File.TryReserve(chain, [.. coins.Select(coin => coin.OutPoint)], PurposeOf(id)))
        {
            throw new InsufficientFundsException(chain, "The coins for this order were promised elsewhere meanwhile. Try again.");
        }

        log.Add(new SentOrder(id, instrument.Id, wish.Side, wish.Price, wish.Quantity));
        try
        {
            return await api.PlaceOrderAsync(Signed(wish, id, chain, coins), cancellation).ConfigureAwait(false);
        }
        catch (MarketApiException e) when (e.Problem.Status < 500)
        {
            wallet.File.Release(PurposeOf(id));
            throw;
        }
    }

    /// <summary>Cancels an order; its coins are freed by <see cref="ReleaseAsync"/> once no swap needs them.</summary>
    public Task<Order> CancelAsync(string id, CancellationToken cancellation = default) =>
        api.CancelOrderAsync(id, cancellation);

    /// <summary>Frees the coins of orders that are closed and have no swap that moves.</summary>
    /// <param name="needsCoins">Says of a swap by its id whether it still moves.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task ReleaseAsync(Func<string, Task<bool>> needsCoins, CancellationToken cancellation = default)
    {
        foreach (var purpose in wallet.File.Purposes())
        {
            if (purpose.StartsWith(PurposePrefix, StringComparison.Ordinal)
                && await IsFreeAsync(purpose[PurposePrefix.Length..], needsCoins, cancellation).ConfigureAwait(false))
            {
                wallet.File.Release(purpose);
            }
        }
    }

    private async Task<bool> IsFreeAsync(
        string clientOrderId, Func<string, Task<bool>> needsCoins, CancellationToken cancellation)
    {
        Order order;
        try
        {
            order = await api.GetOrderAsync($"client:{clientOrderId}", cancellation).ConfigureAwait(false);
        }
        catch (MarketApiException e) when (e.Code is ProblemCodes.NotFound or ProblemCodes.UnknownOrder)
        {
            // It was never placed.
            return true;
        }

        if (order.Status == OrderStatus.Open)
        {
            return false;
        }

        if (order.Filled.Units > 0)
        {
            var fills = await api.GetFillsAsync(FillsLookedAt, null, cancellation).ConfigureAwait(false);
            foreach (var fill in fills.Items.Where(fill => fill.OrderId == order.Id))
            {
                if (await needsCoins(fill.SwapId).ConfigureAwait(false))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private async Task<List<WalletCoin>> ChooseAsync(
        OrderWish wish, ChainKind chain, FeeRate rate, CancellationToken cancellation)
    {
        var gives = wish.Side == Side.Sell ? wish.Quantity.Units : Sats.Notional(wish.Price, wish.Quantity).Value;
        var all = await wallet.GetCoinsAsync(chain, cancellation).ConfigureAwait(false);
        var free = all
            .Where(coin => coin is { IsSpendable: true, ReservedFor: null, Coin.Confirmations: > 0 })
            .OrderBy(coin => coin.Value).ThenBy(coin => coin.OutPoint)
            .ToList();
        if (free.Find(coin => coin.Value.Sats >= gives + Reserve(rate, 1)) is { } single)
        {
            return [single];
        }

        var chosen = new List<WalletCoin>();
        long sum = 0;
        foreach (var coin in Enumerable.Reverse(free).Take(instrument.Rules.MaxOutpoints))
        {
            chosen.Add(coin);
            sum += coin.Value.Sats;
            if (sum >= gives + Reserve(rate, chosen.Count))
            {
                return chosen;
            }
        }

        throw new InsufficientFundsException(chain, Shortage(chain, gives, free));
    }

    private string Shortage(ChainKind chain, long gives, List<WalletCoin> free)
    {
        var there = free.Sum(coin => coin.Value.Sats);
        var (unit, scale) = chain == ChainKind.Mainchain ? ("sat", 1m) : ("share", 1e8m);
        var text = string.Create(
            CultureInfo.InvariantCulture, $"The order needs {gives / scale:0.########} {unit} and a fee in confirmed coins");
        return there >= gives
            ? $"{text}, in at most {instrument.Rules.MaxOutpoints} of them. Join coins first: market wallet send to yourself."
            : string.Create(CultureInfo.InvariantCulture, $"{text}; the wallet has {there / scale:0.########} {unit} free.");
    }

    private PlaceOrder Signed(OrderWish wish, string id, ChainKind chain, List<WalletCoin> coins)
    {
        var order = new PlaceOrder
        {
            ClientOrderId = id,
            Instrument = instrument.Id,
            Side = wish.Side,
            Price = wish.Price,
            Quantity = wish.Quantity,
            TimeInForce = wish.TimeInForce,
            PostOnly = wish.PostOnly,
            Outpoints = [.. coins.Select(coin => Proof(coin, ""))],
        };
        var text = System.Text.Encoding.UTF8.GetBytes(OrderText.Of(instrument.Network, wallet.Keys.Account, order));
        return order with
        {
            Outpoints =
            [
                .. coins.Select(coin =>
                {
                    using var key = wallet.Keys.KeyOf(chain, coin.Change, coin.Index);
                    return Proof(coin, Bip322.Sign(text, coin.Coin.Output.ScriptPubKey, key));
                }),
            ],
        };
    }

    private static OutpointProof Proof(WalletCoin coin, string signature) => new()
    {
        Outpoint = coin.OutPoint.ToString(),
        Signature = signature,
    };

    private static long Reserve(FeeRate rate, int inputs) =>
        rate.FeeFor((FundingVirtualSize + InputVirtualSize * (inputs - 1)) * FeeReserveFactor).Sats;
}
