using System.Collections.Immutable;

namespace Market.Lab;

/// <summary>A question that is answered by playing the rules.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Question">What it asks.</param>
/// <param name="Unit">What is counted as a block of it.</param>
/// <param name="Play">Plays it.</param>
public sealed record Scenario(string Name, string Question, string Unit, Func<LabRun, LabFindings> Play)
{
    /// <summary>Every scenario.</summary>
    public static ImmutableArray<Scenario> All { get; } =
    [
        DrawsScenario.Scenario, HoldersScenario.Scenario, WindowScenario.Scenario, RichListScenario.Scenario,
        ExpiryScenario.Scenario, WeakScenario.Scenario, GrindingScenario.Scenario, WithholdingScenario.Scenario,
        HoppingScenario.Scenario, FounderScenario.Scenario, LateWorkScenario.Scenario, SoloScenario.Scenario,
        HashrateScenario.Scenario, StandingScenario.Scenario,
    ];

    /// <summary>The scenario of a name; null where there is none.</summary>
    public static Scenario? Find(string name) =>
        All.FirstOrDefault(scenario => string.Equals(scenario.Name, name, StringComparison.Ordinal));

    /// <summary>Plays it and tells what was found.</summary>
    public LabReport Report(LabRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var findings = Play(run);
        return new LabReport(Name, Question, run.Seed, run.Played, findings.Plots, findings.Checks);
    }
}

/// <summary>What a scenario found, without its name.</summary>
/// <param name="Plots">Its figures.</param>
/// <param name="Checks">Formulas beside what the games say.</param>
public sealed record LabFindings(ImmutableArray<LabPlot> Plots, ImmutableArray<LabCheck> Checks);
