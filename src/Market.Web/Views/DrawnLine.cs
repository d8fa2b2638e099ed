namespace Market.Web;

/// <summary>A line of a chart.</summary>
public sealed record DrawnLine
{
    /// <summary>What it is.</summary>
    public required string Name { get; init; }

    /// <summary>How it is drawn.</summary>
    public required FigureLine Line { get; init; }

    /// <summary>A value for each time; null where there is none.</summary>
    public required IReadOnlyList<double?> Values { get; init; }

    /// <summary>The standard error of each; null where there is none.</summary>
    public required IReadOnlyList<double?> Errors { get; init; }
}
