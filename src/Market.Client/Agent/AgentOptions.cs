using Market.Swaps.Agent;

namespace Market.Client.Agent;

/// <summary>How an agent runs.</summary>
public sealed record AgentOptions
{
    /// <summary>The network whose rules the plan follows and whose name terms must state.</summary>
    public required string Network { get; init; }

    /// <summary>The instrument whose swaps it drives: those of another are on another sharechain. Null hears of any that an
    /// own order led to, as where each series of a sharechain's shares has its own.</summary>
    public string? Instrument { get; init; }

    /// <summary>The longest wait between two looks at the chains.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The wait between two looks at the market.</summary>
    public TimeSpan MarketPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest that one look at a chain, or one broadcast, may take: then the chain counts as not answering.</summary>
    public TimeSpan ChainPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest that one look at the market may take.</summary>
    public TimeSpan MarketPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Blocks within which a transaction should confirm: what fee estimates are asked for.</summary>
    public int TargetBlocks { get; init; } = 2;

    /// <summary>Swaps that are driven at once; more are left alone until others end.</summary>
    public int MostSwaps { get; init; } = 200;

    /// <summary>How the core decides.</summary>
    public AgentPolicy Policy { get; init; } = AgentPolicy.Default;
}
