using Market.Bitcoin.Wallet;
using Market.Bitcoin;
using Market.Chains;

namespace Market.Client.Wallets;

/// <content>What a wallet does that has lost all but its seed.</content>
public sealed partial class Wallet
{
    /// <summary>
    /// Looks for addresses that hold coins further beyond the last known one than every balance does, and remembers those
    /// found. For chains whose history of addresses is not to be had: a stretch of emptied addresses must not hide those behind
    /// it.
    /// </summary>
    /// <param name="chain">Which chain.</param>
    /// <param name="gap">Addresses looked at beyond the last one that holds something, on each branch.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task FindAddressesAsync(ChainKind chain, uint gap, CancellationToken cancellation = default)
    {
        var source = On(chain);
        foreach (var change in Branches)
        {
            var end = file.Given(chain, change) + gap;
            for (uint index = 0; index < end; index++)
            {
                var coins = await source.GetCoinsAsync(keys.ScriptOf(chain, change, index), cancellation).ConfigureAwait(false);
                if (coins.Length > 0)
                {
                    file.Give(chain, change, index + 1);
                    end = Math.Max(end, index + 1 + gap);
                }
            }
        }
    }

    /// <summary>
    /// Builds and signs a transaction that moves coins to a new address of this wallet, so that no transaction that spends one
    /// of them and that this wallet has forgotten can be in a block any more. As many as one transaction may hold; the largest
    /// first.
    /// </summary>
    /// <param name="chain">Which chain.</param>
    /// <param name="rate">The feerate.</param>
    /// <param name="isMoved">Which coins.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Null where there is none that is worth its fee.</returns>
    public async Task<WalletTransaction?> SweepAsync(
        ChainKind chain, FeeRate rate, Func<WalletCoin, bool> isMoved, CancellationToken cancellation = default)
    {
        var all = await GetCoinsAsync(chain, cancellation).ConfigureAwait(false);
        var coins = all.Where(coin => coin.IsSpendable && isMoved(coin))
            .OrderByDescending(coin => coin.Value.Sats)
            .Take(CoinSelector.MaxInputs)
            .Select(coin => coin.ToSpendable())
            .ToList();
        if (coins.Count == 0)
        {
            return null;
        }

        var destination = NewScript(chain);
        return CoinSelector.TryFinish([.. coins], [], destination, rate) is { Change.Sats: > 0 } selection
            ? new WalletTransaction(Finish(chain, selection, [], destination), selection.Coins)
            : null;
    }
}
