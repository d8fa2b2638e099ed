using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Chains;

namespace Market.Client.Wallets;

/// <summary>A coin of the wallet.</summary>
/// <param name="Coin">The output.</param>
/// <param name="Key">Where the key is that spends it.</param>
/// <param name="IsSpendable">Mature, and confirmed or own change.</param>
/// <param name="ReservedFor">What it is promised to; null where it is free.</param>
public sealed record WalletCoin(UnspentOutput Coin, KeyPlace Key, bool IsSpendable, string? ReservedFor)
{
    /// <summary>Its name.</summary>
    public OutPoint OutPoint => Coin.OutPoint;

    /// <summary>Base units.</summary>
    public Amount Value => Coin.Output.Value;

    /// <summary>As coin selection takes it.</summary>
    public SpendableCoin ToSpendable() => new(Coin.OutPoint, Coin.Output);
}
