using Market.Chains;

namespace Market.Client.Wallets;

/// <summary>Where a key of the wallet is.</summary>
/// <param name="Chain">Which chain's addresses its branch is of. A coin may lie on the other one: bitcoin that shares earned is
/// paid to the shares' own addresses.</param>
/// <param name="Change">True on the branch of change.</param>
/// <param name="Index">Its address's number there.</param>
public readonly record struct KeyPlace(ChainKind Chain, bool Change, uint Index);
