using Market.Chains;

namespace Market.Client.Wallets;

/// <summary>The wallet has too little for what is asked.</summary>
/// <param name="chain">Where.</param>
/// <param name="message">For a person: what there is and what is asked.</param>
public sealed class InsufficientFundsException(ChainKind chain, string message) : Exception(message)
{
    /// <summary>Where.</summary>
    public ChainKind Chain { get; } = chain;
}
