namespace Market.Lab.Tests;

/// <summary>Every scenario, played small: its formulas stand within the errors of its games.</summary>
public sealed class ScenarioTests
{
    private const long Blocks = 60_000;

    public static TheoryData<string> Names => [.. Scenario.All.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Formulas_stand_within_the_errors_of_the_games(string name)
    {
        var report = Scenario.Find(name)!.Report(new LabRun(1, Blocks, 2));

        Assert.NotEmpty(report.Checks);
        Assert.True(report.Blocks >= Blocks);
        Assert.Empty(report.Checks.Where(check => !check.Holds));
        Assert.All(report.Checks, check => Assert.True(double.IsFinite(check.Error) && double.IsFinite(check.Mean), check.What));
        Assert.All(report.Plots, plot => Assert.All(plot.Series, series => Assert.NotEmpty(series.Points)));
    }

    [Fact]
    public void What_standing_costs_is_drawn_in_the_documents_as_the_rules_have_it()
    {
        // As `market lab run standing --out docs/lab` draws it.
        var report = Scenario.Find("standing")!.Report(new LabRun(1, 1_000_000, 2));

        Assert.Equal(4, report.Plots.Length);
        Assert.All(report.Plots, plot => Assert.Equal(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "plots", plot.Name + ".svg")), LabSvg.Draw(plot)));
    }
}
