using Market.Bitcoin;
using Market.Chains;

namespace Market.Api.Data;

/// <summary>A coin that stands behind an order.</summary>
/// <param name="Chain">The chain it is on.</param>
/// <param name="OutPoint">Its name there.</param>
/// <param name="Value">Satoshis or base units.</param>
/// <param name="Script">What locks it.</param>
/// <param name="Named">True where the order named it; false for change that took the place of one it named.</param>
public sealed record Backing(ChainKind Chain, OutPoint OutPoint, long Value, Script Script, bool Named = true);
