using Market.Api.Data;
using Market.Bitcoin;
using Market.Chains;
using Market.Swaps;
using Market.Trading;

namespace Market.Api.Trading;

/// <summary>What coins must hold to stand behind an order, and how much of an order they can carry.</summary>
internal static class BackingRules
{
    /// <summary>The chain whose coins stand behind orders of a side.</summary>
    public static ChainKind ChainOf(Side side) => side == Side.Sell ? ChainKind.Sharechain : ChainKind.Mainchain;

    /// <summary>Whether a proved coin may stand behind orders of an instrument on one of its chains: shares that expire are of its
    /// series.</summary>
    public static bool IsOf(MarketInstrument market, ChainKind chain, ProvedCoin coin) =>
        coin.Chain == chain && coin.Coin.Chain == market.NameOf(chain)
        && (chain == ChainKind.Mainchain || market.Series is not { } series || (coin.Root is { } root && series.Holds(root)));

    /// <summary>What a side gives for a quantity: base units or satoshis.</summary>
    public static long Gives(Side side, long price, long quantity) =>
        side == Side.Sell ? quantity : Notional.Of(price, quantity);

    /// <summary>What an order owes for a trade whose swap has not ended: what it gives in it, or what it would be for the same at
    /// its worst price, at which that comes back where the swap fails.</summary>
    /// <param name="side">The order's side.</param>
    /// <param name="worst">Its worst price, satoshis per whole share.</param>
    /// <param name="quantity">Base units traded.</param>
    /// <param name="gives">What it gives in the trade: satoshis of a purchase, base units of a sale.</param>
    public static long Owes(Side side, long worst, long quantity, long gives) => Math.Max(gives, Gives(side, worst, quantity));

    /// <summary>The least fee of a transaction that funds a swap from so many coins: at the relay minimum.</summary>
    public static long FundingFee(Side side, int coins)
    {
        var size = SwapFees.LockVirtualSize(side == Side.Sell ? SwapChain.Share : SwapChain.Coin)
            + SwapFees.InputVirtualSize * Math.Max(0, coins - 1);
        return FeeRate.MinimumRelay.FeeFor(size).Sats;
    }

    /// <summary>The greatest quantity in whole lots that coins of this worth carry, after fees and what is promised.</summary>
    public static long Carries(Side side, long price, long lot, long worth)
    {
        if (worth <= 0) return 0;
        var units = side == Side.Sell
            ? worth
            : (long)Int128.Min((Int128)worth * Notional.UnitsPerShare / price, long.MaxValue);
        return units / lot * lot;
    }
}
