using Market.Bitcoin;
using Market.Chains;

namespace Market.Client.Wallets;

/// <summary>A payment is smaller than what it would cost to spend it, or than its sharechain allows: no node relays it, so none is
/// signed.</summary>
/// <param name="chain">Where.</param>
/// <param name="output">The payment.</param>
/// <param name="least">What may be paid to its script.</param>
public sealed class DustException(ChainKind chain, TxOut output, Amount least) : Exception(
    $"{output.Value.Sats} {(chain == ChainKind.Mainchain ? "sat" : "base units of shares")} are too little to send: "
    + $"to this address at least {least.Sats} are.")
{
    /// <summary>Where.</summary>
    public ChainKind Chain { get; } = chain;
}
