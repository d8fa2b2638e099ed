namespace Market.Chains.Storage;

/// <summary>
/// A store holds a chain of rules that this program no longer has: its blocks cannot be read, and nothing in it can go on.
/// Says what to do.
/// </summary>
/// <param name="chain">The chain's name.</param>
public sealed class FormerRulesException(string chain) : ChainUnavailableException(
    $"The blocks kept here of the chain {chain} are of former rules, or of another chain, and cannot be gone on from. Begin it "
    + "anew with: market reset (it deletes kept blocks only; wallets, orders and swaps stay).");
