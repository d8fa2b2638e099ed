using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>
/// The issuance of p2share-weak as a share's worth sees it (<see cref="ShareValue"/>, whose sum is the same): half of I a block,
/// and of the other half what weak shares claim. A miner whose weak shares state v work finds w / v - 1 of them for each share, so
/// that (1 - v / w) of that half is claimed at most; what is not claimed is not minted.
/// </summary>
public static class WeakIssuance
{
    /// <summary>The part of the weak half that is claimed where all miners state as little work as a row allows, and blocks name
    /// every weak share: 1 - 1 / ease.</summary>
    public static double MostClaimed(WeakRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return 1 - (1.0 / rule.Ease);
    }

    /// <summary>The part that was claimed until now, from what has been minted.</summary>
    /// <param name="whole">I by height.</param>
    /// <param name="height">The tip's height.</param>
    /// <param name="supply">Base units minted, fees being no new ones.</param>
    /// <returns>From 0 to 1.</returns>
    public static double Claimed(IssuanceSchedule whole, int height, Amount supply)
    {
        var all = whole.TotalThrough(height).Sats;
        return all > 0 ? Math.Clamp((2.0 * supply.Sats / all) - 1, 0, 1) : 0;
    }

    /// <summary>I (1 + claimed) / 2, on the same halvings.</summary>
    /// <param name="whole">I by height.</param>
    /// <param name="claimed">The part of the weak half that is claimed, from 0 to 1.</param>
    public static IssuanceSchedule Expected(IssuanceSchedule whole, double claimed) =>
        new(new Amount((long)(whole.Initial.Sats * (1 + claimed) / 2)), whole.HalvingInterval);
}
