using System.Collections.Immutable;

namespace Market.Standing;

/// <summary>The one table of what tiers give, and of what leads to them.</summary>
public static class TierTable
{
    /// <summary>Points from which a key is <see cref="Tier.Known"/>.</summary>
    public const long KnownFrom = 1_000;

    /// <summary>Points from which a key is <see cref="Tier.Trusted"/>.</summary>
    public const long TrustedFrom = 4_000;

    /// <summary>Points of a day on which a swap of the key settled: known after five days, trusted after twenty.</summary>
    public const long PointsPerDay = 200;

    /// <summary>Days that count, and for which a failure counts.</summary>
    public const int Days = 30;

    /// <summary>
    /// Value of a bond that is worth a point, in the unit of V = (c (e^(rT) - 1))^1.3 with c in satoshi. At a rate of 1.5 % a year
    /// 0.0094 BTC for a year make a key known, 0.0273 BTC trusted.
    /// </summary>
    public const long BondValuePerPoint = 250;

    private const long Coin = 100_000_000;

    /// <summary>From the lowest tier to the highest.</summary>
    public static ImmutableArray<TierLimits> All { get; } =
    [
        new(Tier.Slowed, 50, Coin / 10, 5, 60, 8, 100, 0),
        new(Tier.Newcomer, 250, 100 * Coin, 100, 3, 16, 300, 0),
        new(Tier.Known, 500, 200 * Coin, 200, 2, 24, 600, 10),
        new(Tier.Trusted, 1_000, 1_000 * Coin, 400, 1, 32, 1_200, 20),
        new(Tier.Authority, 1_000, 1_000 * Coin, 800, 1, 48, 2_400, 40),
    ];

    /// <summary>What a tier gives.</summary>
    public static TierLimits Of(Tier tier) => All[(int)tier];
}
