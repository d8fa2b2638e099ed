using Market.Api.Chains;
using Market.Contracts;
using Market.Swaps;

namespace Market.Api.Settlement;

/// <summary>The chains and the clock as swaps are decided with them.</summary>
public sealed class SwapClock(TipWatch watch, TimeProvider clock)
{
    /// <summary>Now. Before the tips are known the chains count as empty.</summary>
    public SwapTips Now()
    {
        var tips = watch.Tips;
        return new SwapTips(View(tips?.Sharechain), View(tips?.Mainchain), clock.GetUtcNow().ToUnixTimeSeconds());
    }

    private static TipView View(ChainTip? tip) =>
        tip is null ? default : new TipView((int)tip.Height, tip.MedianTime.ToUnixTimeSeconds());
}
