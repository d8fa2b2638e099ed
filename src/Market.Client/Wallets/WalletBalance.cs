using Market.Bitcoin;

namespace Market.Client.Wallets;

/// <summary>What a wallet has on one chain, in base units.</summary>
/// <param name="Spendable">Confirmed or own change, mature, and not promised.</param>
/// <param name="Reserved">Promised to open orders and swaps.</param>
/// <param name="Immature">Mined, not yet spendable.</param>
/// <param name="Incoming">Unconfirmed, from others.</param>
public sealed record WalletBalance(Amount Spendable, Amount Reserved, Amount Immature, Amount Incoming)
{
    /// <summary>All of it.</summary>
    public Amount Total => Spendable + Reserved + Immature + Incoming;
}
