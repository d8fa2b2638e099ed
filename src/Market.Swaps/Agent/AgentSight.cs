using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Watching;

namespace Market.Swaps.Agent;

/// <summary>One chain as an agent sees it at a step.</summary>
/// <param name="Tip">The tip of the last look that succeeded.</param>
/// <param name="IsCurrent">The chain answered just now: <paramref name="View"/> is what it shows at the tip.</param>
/// <param name="Stale">Why nothing new may be begun on what this chain shows, for people; null where it is fresh.</param>
/// <param name="Estimate">What a transaction should pay to be in one of the next blocks; null where nobody says.</param>
/// <param name="View">Everything watched, as of the last look that succeeded.</param>
public sealed record ChainSight(TipView Tip, bool IsCurrent, string? Stale, FeeRate? Estimate, IWatchView View)
{
    /// <summary>
    /// Of outputs of shares that expire, the locks and what own locks spend, the seconds for which each can surely still be
    /// spent, as this chain itself shows it, or <see cref="Gone"/>; one that is not here is not known.
    /// </summary>
    public IReadOnlyDictionary<OutPoint, long> Lives { get; init; } = ImmutableDictionary<OutPoint, long>.Empty;

    /// <summary>The root heights of those outputs, the lowest of the blocks that they come from: as this chain itself shows them;
    /// one that is not here is not known.</summary>
    public IReadOnlyDictionary<OutPoint, int> Roots { get; init; } = ImmutableDictionary<OutPoint, int>.Empty;

    /// <summary>The life of an output that no block spent, and that none can spend any more.</summary>
    public const long Gone = -1;

    /// <summary>Something new may be begun: it answers, and is what others see too.</summary>
    public bool IsFresh => IsCurrent && Stale is null;
}

/// <summary>Both chains and the clock at a step.</summary>
/// <param name="Share">The sharechain.</param>
/// <param name="Coin">The mainchain.</param>
/// <param name="Now">The clock, Unix seconds.</param>
/// <param name="IsOwnScript">True for a script that the wallet of this agent alone can spend.</param>
public sealed record AgentSight(ChainSight Share, ChainSight Coin, long Now, Func<Script, bool> IsOwnScript)
{
    /// <summary>What the machine compares deadlines with.</summary>
    public SwapTips Tips => new(Share.Tip, Coin.Tip, Now);

    /// <summary>A chain.</summary>
    public ChainSight Of(SwapChain chain) => chain == SwapChain.Share ? Share : Coin;
}

/// <summary>What a chain is to be watched for, and from which height on.</summary>
/// <param name="Chain">Which chain.</param>
/// <param name="FromHeight">No block below holds anything of it.</param>
/// <param name="Scripts">Contracts.</param>
/// <param name="OutPoints">Coins that own locks spend.</param>
public sealed record WatchList(
    SwapChain Chain, int FromHeight, IReadOnlyList<Script> Scripts, IReadOnlyList<OutPoint> OutPoints);
