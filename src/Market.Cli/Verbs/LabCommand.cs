using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Market.Cli.Common;
using Market.Lab;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market lab`: plays payout rules and attackers, and sets the formulas of a share's worth beside what came.
/// </summary>
internal static class LabCommand
{
    private const string Every = "all";
    private const long MostBlocks = 1_000_000_000_000;
    private const int MostCores = 1_024;

    private static readonly Argument<string> Name = new("name")
    {
        Description = $"A scenario of `market lab list`, or {Every}",
    };

    private static readonly Option<ulong> Seed = new("--seed")
    {
        Description = "The same seed plays the same games, on any number of cores",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<long> Blocks = new("--blocks")
    {
        Description = "Blocks to play at least, divided among a scenario's cases",
        DefaultValueFactory = _ => 1_000_000,
    };

    private static readonly Option<long> Draws = new("--draws")
    {
        Description = "Mainchain blocks to pay for at least, divided among the rows",
        DefaultValueFactory = _ => 10_000_000,
    };

    private static readonly Option<int> Cores = new("--cores")
    {
        Description = "Games played at once",
        DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    private static readonly Option<string?> Out = new("--out")
    {
        Description = "A folder for plots (SVG), points and checks (CSV)",
    };

    private static readonly Option<bool> Compare = new("--compare")
    {
        Description = "Play all of it again on one core: the results must be the same, and both speeds are printed",
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var list = new Command("list", "Name the scenarios and what they ask");
        list.SetAction(List);
        var run = new Command("run", "Play a scenario and print its formulas beside what the games say")
        {
            Name, Seed, Blocks, Cores, Out, Compare,
        };
        run.SetAction((arguments, cancellation) => Task.FromResult(
            Run(arguments, arguments.GetValue(Name)!, arguments.GetValue(Blocks), "--blocks", cancellation)));
        var draws = new Command("draws", "Have the payout rules themselves pay holders, and count")
        {
            Seed, Draws, Cores, Out, Compare,
        };
        draws.SetAction((arguments, cancellation) => Task.FromResult(
            Run(arguments, "draws", arguments.GetValue(Draws), "--draws", cancellation)));
        return new Command("lab", "Play payout rules, miners and attackers, without a chain or a market") { list, run, draws };
    }

    private static int List(ParseResult arguments)
    {
        Output.Of(arguments).Result(
            Scenario.All.Select(scenario => new { scenario.Name, scenario.Question, Block = scenario.Unit }),
            console =>
            {
                foreach (var scenario in Scenario.All)
                {
                    console.WriteLine($"{scenario.Name,-12} {scenario.Question} A block is {scenario.Unit}.");
                }
            });
        return 0;
    }

    private static int Run(ParseResult arguments, string name, long blocks, string option, CancellationToken stop)
    {
        var cores = arguments.GetValue(Cores);
        if (blocks is < 1 or > MostBlocks)
        {
            throw new CliException("bad-number", $"{option} takes 1 to {Figures.Sats(MostBlocks)}.");
        }

        if (cores is < 1 or > MostCores)
        {
            throw new CliException("bad-number", $"--cores takes 1 to {Figures.Sats(MostCores)}.");
        }

        var scenarios = Scenario.All.Where(scenario => name == Every || name == scenario.Name).ToList();
        if (scenarios.Count == 0)
        {
            throw new CliException("no-such-scenario", $"There is no scenario \"{name}\". `market lab list` names them.");
        }

        var output = Output.Of(arguments);
        var all = true;
        foreach (var scenario in scenarios)
        {
            var (report, speed) = Play(scenario, arguments.GetValue(Seed), blocks, cores, output, stop);
            var alone = arguments.GetValue(Compare) && cores > 1 ? Alone(scenario, report, blocks, output, stop) : (double?)null;
            var files = arguments.GetValue(Out) is { } folder ? Write(report, folder) : [];
            all &= report.Checks.All(check => check.Holds);
            output.Result(
                new
                {
                    report.Scenario,
                    report.Question,
                    report.Seed,
                    report.Blocks,
                    Cores = cores,
                    BlocksPerSecond = speed,
                    BlocksPerSecondOnOneCore = alone,
                    report.Checks,
                    report.Plots,
                    Files = files,
                },
                console => Draw(console, report, cores, speed, alone, files));
        }

        return all ? 0 : 1;
    }

    private static (LabReport Report, double BlocksPerSecond) Play(
        Scenario scenario, ulong seed, long blocks, int cores, Output output, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var progress = new LabProgress(scenario.Name, output);
        var report = scenario.Report(new LabRun(seed, blocks, cores, progress, stop));
        progress.End();
        return (report, report.Blocks / Math.Max(1e-3, clock.Elapsed.TotalSeconds));
    }

    private static double Alone(Scenario scenario, LabReport report, long blocks, Output output, CancellationToken stop)
    {
        var (again, speed) = Play(scenario, report.Seed, blocks, 1, output, stop);
        return LabCsv.Points(again) == LabCsv.Points(report) && LabCsv.Checks(again) == LabCsv.Checks(report)
            ? speed
            : throw new InvalidOperationException($"{scenario.Name}: one core found other figures than several.");
    }

    private static List<string> Write(LabReport report, string folder)
    {
        Directory.CreateDirectory(folder);
        var files = new List<string>();
        foreach (var plot in report.Plots)
        {
            Put($"{plot.Name}.svg", LabSvg.Draw(plot));
        }

        Put($"{report.Scenario}.csv", LabCsv.Points(report));
        Put($"{report.Scenario}-checks.csv", LabCsv.Checks(report));
        return files;

        void Put(string file, string text)
        {
            var path = Path.Combine(folder, file);
            File.WriteAllText(path, text);
            files.Add(path);
        }
    }

    private static void Draw(
        IAnsiConsole console, LabReport report, int cores, double speed, double? alone, List<string> files)
    {
        console.WriteLine(report.Question);
        console.WriteLine($"Seed {report.Seed}, {Figures.Sats(report.Blocks)} blocks.");
        var table = new Table().Border(TableBorder.None);
        table.AddColumn("figure");
        table.AddColumn(new TableColumn("formula").RightAligned());
        table.AddColumn(new TableColumn("games").RightAligned());
        table.AddColumn(new TableColumn("standard error").RightAligned());
        table.AddColumn("");
        foreach (var check in report.Checks)
        {
            table.AddRow(
                Markup.Escape(check.What), Number(check.Formula), Number(check.Mean), Number(check.Error),
                check.Holds ? "agree" : $"{check.Apart.ToString("0.0", CultureInfo.InvariantCulture)} errors apart");
        }

        console.Write(table);
        var apart = report.Checks.Count(check => !check.Holds);
        console.WriteLine(apart == 0
            ? $"All {report.Checks.Length} formulas stand within four standard errors."
            : $"{apart} of {report.Checks.Length} formulas are more than four standard errors off.");
        console.WriteLine($"{Figures.Sats((long)speed)} blocks a second on {cores} cores" + (alone is { } one
            ? $", {Figures.Sats((long)one)} on one, with the same figures: "
                + $"{(speed / one).ToString("0.00", CultureInfo.InvariantCulture)} times as fast."
            : "."));
        foreach (var file in files)
        {
            console.WriteLine(file);
        }
    }

    private static string Number(double number) => number.ToString("G5", CultureInfo.InvariantCulture);
}
