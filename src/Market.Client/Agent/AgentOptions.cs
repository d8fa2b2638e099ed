namespace Market.Client.Agent;

/// <summary>How an agent runs.</summary>
public sealed record AgentOptions
{
    /// <summary>The network whose rules the plan follows and whose name terms must state.</summary>
    public required string Network { get; init; }

    /// <summary>The longest wait between two looks at chains and market.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Blocks within which a transaction should confirm: what fee estimates are asked for.</summary>
    public int TargetBlocks { get; init; } = 2;

    /// <summary>Blocks without confirmation after which a transaction is replaced with a higher fee.</summary>
    public int BumpAfterBlocks { get; init; } = 2;

    /// <summary>
    /// Blocks without confirmation after which an own lock is replaced with a higher fee. More than for a claim: a lock that is
    /// replaced is another output, which all who follow the swap learn anew.
    /// </summary>
    public int BumpLockAfterBlocks { get; init; } = 3;

    /// <summary>Swaps that are driven at once; more are left alone until others end.</summary>
    public int MostSwaps { get; init; } = 200;
}
