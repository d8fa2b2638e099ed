namespace Market.Contracts;

/// <summary>How concentrated the shares are that take part in a sharechain's next payout. A holder is a payout script: somebody may
/// have several.</summary>
public sealed record HolderFigures
{
    /// <summary>How many holders there are.</summary>
    public required int Count { get; init; }

    /// <summary>Base units that take part.</summary>
    public required Quantity Total { get; init; }

    /// <summary>The largest holder's part, 0 to 1; absent while nobody holds any.</summary>
    public double? Largest { get; init; }

    /// <summary>The part of the ten largest together, 0 to 1; absent while nobody holds any.</summary>
    public double? LargestTen { get; init; }

    /// <summary>The fewest holders that have more than half together; absent while nobody holds any, and where those told by name
    /// have no half.</summary>
    public int? Half { get; init; }
}
