using Market.Bitcoin;
using Market.Chains;

namespace Market.Api.Data;

/// <summary>A coin that stands behind an order.</summary>
/// <param name="Chain">The chain it is on.</param>
/// <param name="OutPoint">Its name there.</param>
/// <param name="Value">Satoshis or base units.</param>
/// <param name="Script">What locks it.</param>
/// <param name="Named">True where the order named it; false for what took the place of one it named.</param>
public sealed record Backing(ChainKind Chain, OutPoint OutPoint, long Value, Script Script, bool Named = true)
{
    /// <summary>How it stands there.</summary>
    public CoinHold Hold { get; init; }

    /// <summary>Of a proved coin: how much of it is promised to the order; nought of one that stands behind it whole.</summary>
    public long Drawn { get; init; }

    /// <summary>Whether other orders may draw on the rest of it.</summary>
    public bool IsShared => Hold != CoinHold.Whole;

    /// <summary>How much of the order it carries: satoshis or base units.</summary>
    public long Worth => IsShared ? Drawn : Value;
}
