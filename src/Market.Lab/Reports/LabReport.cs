using System.Collections.Immutable;

namespace Market.Lab;

/// <summary>What a scenario found.</summary>
/// <param name="Scenario">Its name.</param>
/// <param name="Question">What it asks.</param>
/// <param name="Seed">The seed that it was played with.</param>
/// <param name="Blocks">Blocks that were played.</param>
/// <param name="Plots">Its figures.</param>
/// <param name="Checks">Formulas beside what the games say.</param>
public sealed record LabReport(
    string Scenario, string Question, ulong Seed, long Blocks, ImmutableArray<LabPlot> Plots, ImmutableArray<LabCheck> Checks);

/// <summary>One drawing.</summary>
/// <param name="Name">A file's name, without ending.</param>
/// <param name="Title">What it shows.</param>
/// <param name="X">The x axis, with its unit.</param>
/// <param name="Y">The y axis, with its unit.</param>
/// <param name="Series">What is drawn.</param>
public sealed record LabPlot(string Name, string Title, LabAxis X, LabAxis Y, ImmutableArray<LabSeries> Series);

/// <summary>An axis.</summary>
/// <param name="Title">What it measures, with the unit.</param>
/// <param name="IsLogarithmic">True where equal lengths are equal factors.</param>
public readonly record struct LabAxis(string Title, bool IsLogarithmic = false);

/// <summary>A row of points, with the formula's line where there is one.</summary>
/// <param name="Name">What it is of.</param>
/// <param name="Points">In order of x.</param>
public sealed record LabSeries(string Name, ImmutableArray<LabPoint> Points);

/// <summary>A point.</summary>
/// <param name="X">Where.</param>
/// <param name="Mean">What the games say.</param>
/// <param name="Error">Its standard error.</param>
/// <param name="Deviation">Standard deviation of one game.</param>
/// <param name="Formula">What the formula says; null where there is none.</param>
public readonly record struct LabPoint(double X, double Mean, double Error, double Deviation, double? Formula)
{
    /// <summary>A measured figure.</summary>
    public static LabPoint Of(double x, Estimate estimate, double? formula = null) =>
        new(x, estimate.Mean, estimate.Error, estimate.Deviation, formula);
}

/// <summary>A formula beside what the games say.</summary>
/// <param name="What">The figure.</param>
/// <param name="Formula">What the formula says.</param>
/// <param name="Mean">What the games say.</param>
/// <param name="Error">The standard error of that.</param>
/// <param name="Rounding">What whole satoshis may make of it besides; 0 for nothing.</param>
public readonly record struct LabCheck(string What, double Formula, double Mean, double Error, double Rounding = 0)
{
    // Of a thousand true formulas one in twenty runs would be off by more.
    private const double Widest = 4;

    /// <summary>How many standard errors they are apart, whole satoshis allowed for.</summary>
    public double Apart => Math.Max(0, Math.Abs(Formula - Mean) - Rounding) is var off && off == 0 ? 0 : off / Error;

    /// <summary>True where they agree within four standard errors.</summary>
    public bool Holds => Apart <= Widest;

    /// <summary>A measured figure against its formula.</summary>
    public static LabCheck Of(string what, double formula, Estimate estimate, double rounding = 0) =>
        new(what, formula, estimate.Mean, estimate.Error, rounding);
}
