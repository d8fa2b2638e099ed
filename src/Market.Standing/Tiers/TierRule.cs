namespace Market.Standing;

/// <summary>
/// A key's tier, by rule: points from coins at stake and from days with settled swaps add up, a late block's term stands above
/// both, and each fault of the last month takes a step down, at once and whatever stands behind the key.
/// </summary>
/// <param name="Tier">The tier.</param>
/// <param name="Earned">What it would be without faults.</param>
/// <param name="Points">What was added up.</param>
public readonly record struct TierRule(Tier Tier, Tier Earned, long Points)
{
    /// <summary>The tier that follows from facts.</summary>
    /// <param name="facts">The facts.</param>
    /// <param name="now">The time, Unix seconds.</param>
    public static TierRule Of(in StandingFacts facts, long now)
    {
        var points = PointsOf(facts);
        var earned = facts.AuthorityUntil > now ? Tier.Authority
            : points >= TierTable.TrustedFrom ? Tier.Trusted
            : points >= TierTable.KnownFrom ? Tier.Known
            : Tier.Newcomer;
        return new TierRule((Tier)Math.Max((int)Tier.Slowed, (int)earned - facts.Faults), earned, points);
    }

    /// <summary>What the next tier needs, for people; null where there is none above. Of bonds it is a value V, in the unit of
    /// <see cref="TierTable.BondValuePerPoint"/>, and no amount of satoshi.</summary>
    /// <param name="facts">The facts.</param>
    public string? NextNeeds(in StandingFacts facts)
    {
        if (facts.Faults > 0 && Tier < Earned)
            return $"a month without a failed swap of its own doing: {facts.Faults} count now";
        var from = Earned switch
        {
            Tier.Newcomer => TierTable.KnownFrom,
            Tier.Known => TierTable.TrustedFrom,
            _ => 0,
        };
        if (from == 0) return Earned == Tier.Trusted ? "a registered late block whose term runs" : null;
        var missing = from - Points;
        var days = (missing + TierTable.PointsPerDay - 1) / TierTable.PointsPerDay;
        var bond = missing * TierTable.BondValuePerPoint;
        return $"settled swaps on {days} more days of a month, or bonds of value {bond} more";
    }

    private static long PointsOf(in StandingFacts facts)
    {
        var days = Math.Clamp(facts.SettledDays, 0, TierTable.Days) * TierTable.PointsPerDay;
        return Math.Max(0, facts.BondValue) / TierTable.BondValuePerPoint + days;
    }
}
