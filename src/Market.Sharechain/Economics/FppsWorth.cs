using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>
/// What the work behind a new share would earn at a pool that pays a full reward for every hash (FPPS): such a pool pays B / M
/// a hash, a share block takes w hashes and mints I units. It needs no horizon, no rate and no hashrate.
/// </summary>
public static class FppsWorth
{
    /// <summary>B w / (M I), in satoshis per whole share, before the pool's fee.</summary>
    /// <param name="reward">B: subsidy and fees of a mainchain block, satoshis.</param>
    /// <param name="shareWork">w: expected hashes for a share block.</param>
    /// <param name="mainWork">M: expected hashes for a mainchain block.</param>
    /// <param name="issued">I: base units that a share block mints.</param>
    /// <returns>Null where nothing is minted any more: no work stands behind a share then.</returns>
    public static double? Of(double reward, double shareWork, double mainWork, Amount issued) =>
        issued.Sats > 0 && mainWork > 0 ? reward * shareWork / mainWork / issued.Sats * ShareUnits.PerShare : null;
}

/// <summary>Base units of shares.</summary>
public static class ShareUnits
{
    /// <summary>Base units in one whole share.</summary>
    public const double PerShare = 100_000_000;
}
