using System.Text;
using Market.Bitcoin.Wallet;
using Market.Chains;
using Market.Client.Api;
using Market.Client.Wallets;
using Market.Contracts;

namespace Market.Client.Orders;

/// <summary>Signs with the keys of coins that they stand behind an account's orders, and tells the market.</summary>
internal sealed class CoinProver(MarketApi api, Wallet wallet, TimeProvider clock)
{
    /// <summary>The mainchain's name in requests.</summary>
    public const string MainchainName = "mainchain";

    /// <summary>The name of a chain of the wallet in requests.</summary>
    public string NameOf(ChainKind chain) => chain == ChainKind.Mainchain ? MainchainName : wallet.On(chain).Name;

    /// <summary>Proves coins in one request: all of them, or none.</summary>
    /// <exception cref="MarketApiException">The market refused.</exception>
    public async Task<IReadOnlyList<ProvedOutpoint>> ProveAsync(
        ChainKind chain, IReadOnlyList<WalletCoin> coins, TimeSpan life, CancellationToken cancellation)
    {
        var expires = DateTimeOffset.FromUnixTimeMilliseconds((clock.GetUtcNow() + life).ToUnixTimeMilliseconds());
        return (await api.ProveOutpointsAsync(Sign(chain, coins, expires), cancellation).ConfigureAwait(false)).Outpoints;
    }

    private ProveOutpoints Sign(ChainKind chain, IReadOnlyList<WalletCoin> coins, DateTimeOffset expires)
    {
        var proofs = new ProveOutpoints
        {
            Chain = NameOf(chain),
            ExpiresAt = expires,
            Outpoints = [.. coins.Select(coin => new OutpointProof { Outpoint = coin.OutPoint.ToString() })],
        };
        var text = Encoding.UTF8.GetBytes(OutpointsText.Of(wallet.On(ChainKind.Mainchain).Name, wallet.Keys.Account, proofs));
        return proofs with
        {
            Outpoints =
            [
                .. coins.Select(coin =>
                {
                    using var key = wallet.Keys.KeyOf(coin.Key);
                    return new OutpointProof
                    {
                        Outpoint = coin.OutPoint.ToString(),
                        Signature = Bip322.Sign(text, coin.Coin.Output.ScriptPubKey, key),
                    };
                }),
            ],
        };
    }
}
