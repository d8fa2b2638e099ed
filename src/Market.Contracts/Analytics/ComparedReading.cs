namespace Market.Contracts;

/// <summary>What was said of two instruments within the same minute, one over the other.</summary>
public sealed record ComparedReading
{
    /// <summary>The moment of the first's reading.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The first's figures over the second's.</summary>
    public required WorthRatios Ratios { get; init; }
}
