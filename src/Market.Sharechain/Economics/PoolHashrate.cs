using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>Hashes a second of all miners of a sharechain, from the work in its newest shares.</summary>
/// <param name="HashesPerSecond">Work by time; 0 where there are fewer than two shares.</param>
/// <param name="Shares">Shares counted.</param>
/// <param name="Seconds">Time that they took by their headers.</param>
public sealed record PoolHashrate(double HashesPerSecond, int Shares, double Seconds)
{
    /// <summary>Relative standard error, 1 / sqrt(shares); 1 for none.</summary>
    public double RelativeError => Shares > 0 ? 1 / Math.Sqrt(Shares) : 1;

    /// <summary>Estimates from the newest shares of a chain.</summary>
    /// <param name="tip">The best share.</param>
    /// <param name="shares">Shares to look back; genesis and the gap after it are not counted.</param>
    public static PoolHashrate Estimate(BlockNode<ShareId, ShareInfo> tip, int shares)
    {
        var first = tip.Ancestor(Math.Max(1, tip.Height - shares));
        if (first is null || ReferenceEquals(first, tip))
        {
            return new PoolHashrate(0, 0, 0);
        }

        var work = (tip.ChainWork - first.ChainWork).ToDouble();
        var seconds = Math.Max(1, (double)tip.Item.Header.Time - first.Item.Header.Time);
        return new PoolHashrate(work / seconds, tip.Height - first.Height, seconds);
    }
}
