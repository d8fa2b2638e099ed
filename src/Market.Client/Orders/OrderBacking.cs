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

    /// <summary>The smallest coin that covers the order and its fee, or else as many of the largest as it takes.</summary>
    /// <exception cref="InsufficientFundsException">No coins for it.</exception>
    public async Task<List<WalletCoin>> ChooseAsync(OrderWish wish, CancellationToken cancellation)
    {
        var rate = await wallet.On(chain).EstimateFeeAsync(2, cancellation).ConfigureAwait(false);
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

        throw new InsufficientFundsException(chain, Shortage(gives, free));
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

    /// <summary>The order, its text signed by the owner of each coin.</summary>
    public PlaceOrder Sign(OrderWish wish, string id, List<WalletCoin> coins)
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

    private long Reserve(FeeRate rate, int inputs)
    {
        var first = SwapFees.LockVirtualSize(chain == ChainKind.Sharechain ? SwapChain.Share : SwapChain.Coin);
        return rate.FeeFor((first + SwapFees.InputVirtualSize * (inputs - 1)) * FeeReserveFactor).Sats;
    }
}
