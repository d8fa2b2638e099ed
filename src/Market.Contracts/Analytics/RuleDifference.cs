namespace Market.Contracts;

/// <summary>A rule in which two sharechains differ, in words.</summary>
public sealed record RuleDifference
{
    /// <summary>The rule, such as "payout".</summary>
    public required string Rule { get; init; }

    /// <summary>What it says on this sharechain.</summary>
    public required string Here { get; init; }

    /// <summary>What it says on the other.</summary>
    public required string There { get; init; }
}
