using System.Collections.Immutable;

namespace Market.Sharechain;

/// <summary>What a pool's window is told from: its newest shares, and what its node says of Bitcoin.</summary>
public sealed record ToldWindowInputs
{
    /// <summary>p2poolv2's own window: as much work as a Bitcoin block takes, at most two weeks of shares at one in ten seconds,
    /// and everybody in it is paid. A pool may set another multiplier; its nodes do not tell it.</summary>
    public static PayoutDesign.Window P2PoolV2 { get; } = new(1, 120_960, null);

    /// <summary>The shares that were read, oldest first, each on the one before; at least one.</summary>
    public required ImmutableArray<ToldShare> Shares { get; init; }

    /// <summary>Expected hashes of a Bitcoin block (M).</summary>
    public required double MainWork { get; init; }

    /// <summary>Satoshis that a Bitcoin block pays (B).</summary>
    public required double Reward { get; init; }

    /// <summary>The part of a block's reward that its finder gives away before the window is paid (f).</summary>
    public required double Fee { get; init; }

    /// <summary>The clock, Unix seconds.</summary>
    public required double Now { get; init; }

    /// <summary>Continuous yearly discount rate r.</summary>
    public required double Rate { get; init; }

    /// <summary>Seconds between Bitcoin blocks.</summary>
    public required double MainSpacing { get; init; }

    /// <summary>The window's rule.</summary>
    public PayoutDesign.Window Rule { get; init; } = P2PoolV2;

    /// <summary>Hundredths of an uncle's work that count for its miner; the rest counts for who names it.</summary>
    public int UnclePercent { get; init; } = 90;
}
