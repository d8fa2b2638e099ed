namespace Market.Standing;

/// <summary>Where credits or a tier come from. The numbers are stored: they never change their meaning.</summary>
public enum StandingSource
{
    /// <summary>A ticket of recycled work: a weak share or share bound to the key. Credits.</summary>
    RecycledWork = 1,

    /// <summary>A ticket of memory-hard work. Credits.</summary>
    MemoryWork = 2,

    /// <summary>Confirmed sharebases that were paid to the key. Credits.</summary>
    MinedShares = 3,

    /// <summary>Coins of the key under a locktime. Tier, for as long as they stay there.</summary>
    FidelityBond = 4,

    /// <summary>Coins that the key burned. Tier, for a time.</summary>
    BurnedCoins = 5,

    /// <summary>A registered late block. The highest tier, until its term ends.</summary>
    LateWork = 6,

    /// <summary>Another key gave them away, signed. Credits.</summary>
    Transfer = 7,
}
