using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;

namespace Market.Client.Wallets;

/// <summary>A signed transaction of the wallet and what it spends.</summary>
/// <param name="Transaction">The transaction with its witnesses.</param>
/// <param name="Coins">The coins that its inputs spend, in order.</param>
public sealed record WalletTransaction(Transaction Transaction, ImmutableArray<SpendableCoin> Coins)
{
    /// <summary>What the miners get.</summary>
    public Amount Fee => new(Coins.Sum(coin => coin.Output.Value.Sats)
        - Transaction.Outputs.Sum(output => output.Value.Sats));
}
