using Market.Contracts;

namespace Market.Web;

/// <summary>What the scripts draw of a group's figures: the readings that the table beside it lists.</summary>
public sealed record ReadingChart
{
    /// <summary>How the axis is written.</summary>
    public required FigureKind Kind { get; init; }

    /// <summary>What it shows, for who does not see it.</summary>
    public required string Label { get; init; }

    /// <summary>Unix seconds of the readings, the oldest first.</summary>
    public required IReadOnlyList<long> Times { get; init; }

    /// <summary>The lines.</summary>
    public required IReadOnlyList<DrawnLine> Lines { get; init; }

    /// <summary>The chart of a group's figures.</summary>
    /// <param name="group">The group; it has figures.</param>
    /// <param name="newestFirst">The readings.</param>
    public static ReadingChart Of(FigureGroup group, IReadOnlyList<WorthReading> newestFirst)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(newestFirst);
        WorthReading[] readings = [.. newestFirst.Reverse()];
        var drawn = group.Figures.Where(figure => figure.Line is not null).ToList();
        return new ReadingChart
        {
            Kind = drawn[0].Kind,
            Label = $"{string.Join(", ", drawn.Select(figure => figure.Name))} over time; the table below lists the same",
            Times = [.. readings.Select(reading => reading.Time.ToUnixTimeSeconds())],
            Lines = [.. drawn.Select(figure => new DrawnLine
            {
                Name = figure.Name,
                Line = figure.Line!,
                Values = [.. readings.Select(reading => Finite(figure.Of(reading)))],
                Errors = [.. readings.Select(reading => Finite(figure.ErrorOf(reading)))],
            })],
        };
    }

    /// <summary>The chart of two instruments, one over the other.</summary>
    /// <param name="newestFirst">What was said of both.</param>
    public static ReadingChart Of(IReadOnlyList<ComparedReading> newestFirst)
    {
        ArgumentNullException.ThrowIfNull(newestFirst);
        ComparedReading[] readings = [.. newestFirst.Reverse()];
        return new ReadingChart
        {
            Kind = FigureKind.Factor,
            Label = "Ratios of the prices for the same work, of the hashrates and of d over time; the table below lists the same",
            Times = [.. readings.Select(reading => reading.Time.ToUnixTimeSeconds())],
            Lines =
            [
                Ratio("price for the same work", new FigureLine("text", "solid", 2), r => r.PricePerHash, _ => null),
                Ratio("hashrate", new FigureLine("muted", "dotted"), r => r.Hashrate, r => r.HashrateError),
                Ratio("d", new FigureLine("accent", "dashed"), r => r.D, r => r.DError),
            ],
        };

        DrawnLine Ratio(string name, FigureLine line, Func<WorthRatios, double?> of, Func<WorthRatios, double?> error) => new()
        {
            Name = name,
            Line = line,
            Values = [.. readings.Select(reading => Finite(of(reading.Ratios)))],
            Errors = [.. readings.Select(reading => Finite(error(reading.Ratios)))],
        };
    }

    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) ? v : null;
}
