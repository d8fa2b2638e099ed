using System.Globalization;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Chains;
using Market.Client.Wallets;
using Market.Contracts;
using Market.Swaps;

namespace Market.Client.Orders;

/// <summary>Chooses the coins behind an order and signs its text with their keys.</summary>
/// <param name="wallet">The coins.</param>
/// <param name="instrument">What is traded.</param>
/// <param name="chain">Where the coins are.</param>
internal sealed class OrderBacking(Wallet wallet, Instrument instrument, ChainKind chain)
{
    // So that fees may rise until the swap.
    private const int FeeReserveFactor = 2;

    /// <summary>Of the coins that the wish means the smallest that covers the order and its fee, or else as many of the largest as
    /// it takes.</summary>
    /// <exception cref="InsufficientFundsException">No coins for it.</exception>
    public async Task<List<WalletCoin>> ChooseAsync(OrderWish wish, CancellationToken cancellation)
    {
        var rate = await wallet.On(chain).EstimateFeeAsync(2, cancellation).ConfigureAwait(false);
        var gives = wish.Side == Side.Sell ? wish.Quantity.Units : Sats.Notional(wish.Price, wish.Quantity).Value;
        var free = await FreeAsync(wish.IsMeant ?? (_ => true), cancellation).ConfigureAwait(false);
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

        throw new InsufficientFundsException(chain, Shortage(gives, free));
    }

    /// <summary>The most that coins can stand behind in one order of this side, fees reserved; nought where that is too little.
    /// </summary>
    /// <param name="price">The order's price.</param>
    /// <param name="isMeant">Which of the wallet's coins.</param>
    /// <param name="most">How many of them at most, the largest.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<Quantity> MostToSellAsync(
        Price price, Func<WalletCoin, bool> isMeant, int most, CancellationToken cancellation)
    {
        var rate = await wallet.On(chain).EstimateFeeAsync(2, cancellation).ConfigureAwait(false);
        var free = await FreeAsync(isMeant, cancellation).ConfigureAwait(false);
        var coins = Enumerable.Reverse(free).Take(Math.Min(most, instrument.Rules.MaxOutpoints)).ToList();
        return Offerable(
            instrument.Rules, price, coins.Sum(coin => coin.Value.Sats) - (coins.Count == 0 ? 0 : Reserve(rate, coins.Count)));
    }

    /// <summary>The most of so many base units that one order may be for; nought where that is too little for the market.</summary>
    /// <param name="rules">What orders must keep to.</param>
    /// <param name="price">The order's price.</param>
    /// <param name="units">Base units; may be negative.</param>
    public static Quantity Offerable(TradingRules rules, Price price, long units)
    {
        var quantity = new Quantity(Math.Clamp(units - units % rules.LotSize.Units, 0, rules.MaxQuantity.Units));
        return quantity.Units >= rules.MinQuantity.Units && Sats.Notional(price, quantity).Value >= rules.MinNotional.Value
            ? quantity
            : new Quantity(0);
    }

    // Of the instrument's series, where it has one; the smallest first.
    private async Task<List<WalletCoin>> FreeAsync(Func<WalletCoin, bool> isMeant, CancellationToken cancellation)
    {
        var all = await wallet.GetCoinsAsync(chain, cancellation).ConfigureAwait(false);
        var series = TradedInstrument.SeriesOf(instrument.Id, chain);
        return
        [
            .. all.Where(coin => coin is { IsSpendable: true, ReservedFor: null, Coin.Confirmations: > 0 }
                    && (series is null || wallet.SeriesOf(chain, coin.Coin) == series) && isMeant(coin))
                .OrderBy(coin => coin.Value).ThenBy(coin => coin.OutPoint),
        ];
    }

    private string Shortage(long gives, List<WalletCoin> free)
    {
        var there = free.Sum(coin => coin.Value.Sats);
        var (unit, scale) = chain == ChainKind.Mainchain ? ("sat", 1m) : ("share", 1e8m);
        var text = string.Create(
            CultureInfo.InvariantCulture, $"The order needs {gives / scale:0.########} {unit} and a fee in confirmed coins");
        return there >= gives
            ? $"{text}, in at most {instrument.Rules.MaxOutpoints} of them. Join coins first: market wallet send to yourself."
            : string.Create(CultureInfo.InvariantCulture, $"{text}; the wallet has {there / scale:0.########} {unit} free.");
    }

    /// <summary>The order without coins: it draws on any that the account has proved.</summary>
    public PlaceOrder Draw(OrderWish wish, string id) => Of(wish, id, []);

    /// <summary>The order, its text signed by the owner of each coin.</summary>
    public PlaceOrder Sign(OrderWish wish, string id, List<WalletCoin> coins)
    {
        var order = Of(wish, id, coins);
        var text = System.Text.Encoding.UTF8.GetBytes(OrderText.Of(instrument.Network, wallet.Keys.Account, order));
        return order with
        {
            Outpoints =
            [
                .. coins.Select(coin =>
                {
                    using var key = wallet.Keys.KeyOf(coin.Key);
                    return Proof(coin, Bip322.Sign(text, coin.Coin.Output.ScriptPubKey, key));
                }),
            ],
        };
    }

    private PlaceOrder Of(OrderWish wish, string id, List<WalletCoin> coins) => new()
    {
        ClientOrderId = id,
        Instrument = instrument.Id,
        Side = wish.Side,
        Type = wish.Type,
        Price = wish.Type == OrderType.Limit ? wish.Price : null,
        Discount = wish.Discount,
        Protection = wish.Type == OrderType.Market ? wish.Price : null,
        Quantity = wish.Quantity,
        TimeInForce = wish.TimeInForce,
        ExpiresAt = wish.ExpiresAt,
        PostOnly = wish.PostOnly,
        PostOnlyMode = wish.PostOnlyMode,
        SelfTradePrevention = wish.SelfTradePrevention,
        Outpoints = [.. coins.Select(coin => Proof(coin, ""))],
    };

    private static OutpointProof Proof(WalletCoin coin, string signature) => new()
    {
        Outpoint = coin.OutPoint.ToString(),
        Signature = signature,
    };

    private long Reserve(FeeRate rate, int inputs)
    {
        var first = SwapFees.LockVirtualSize(chain == ChainKind.Sharechain ? SwapChain.Share : SwapChain.Coin);
        return rate.FeeFor((first + SwapFees.InputVirtualSize * (inputs - 1)) * FeeReserveFactor).Sats;
    }
}
