using Market.Contracts;
using Market.Standing;

namespace Market.Api.Standing;

/// <summary>Tiers as the wire shows them.</summary>
public static class ShownTiers
{
    /// <summary>What each gives, from the lowest.</summary>
    public static IReadOnlyList<TierGift> All { get; } = [.. TierTable.All.Select(limits => GiftOf(limits.Tier))];

    /// <summary>What a tier gives.</summary>
    public static TierGift GiftOf(Tier tier)
    {
        var limits = TierTable.Of(tier);
        return new TierGift
        {
            Tier = Of(limits.Tier),
            OpenOrders = limits.OpenOrders,
            LargestOrder = new Sats(limits.LargestNotional),
            TakesAtOnce = limits.TakesAtOnce,
            SecondsPerTake = limits.SecondsPerTake,
            Streams = limits.Streams,
            Quota = limits.Quota,
            HeadStartSeconds = limits.HeadStartSeconds,
        };
    }

    /// <summary>A tier by the wire's name.</summary>
    public static StandingTier Of(Tier tier) => tier switch
    {
        Tier.Slowed => StandingTier.Slowed,
        Tier.Newcomer => StandingTier.Newcomer,
        Tier.Known => StandingTier.Known,
        Tier.Trusted => StandingTier.Trusted,
        Tier.Authority => StandingTier.Authority,
        _ => throw new InvalidOperationException($"There is no tier {tier}."),
    };
}
