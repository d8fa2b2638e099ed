using System.Diagnostics;
using System.Globalization;
using Market.Swaps.Agent;

namespace Market.Simulation;

/// <summary>The command line: `market simulate`.</summary>
public static class SimulateVerb
{
    /// <summary>Nobody lost anything.</summary>
    public const int Safe = 0;

    /// <summary>Somebody honest lost a leg; the seed and its trace are printed.</summary>
    public const int Lost = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    private const int MostSeeds = 1_000_000_000;
    private const int MostThreads = 256;
    private const int MostShown = 5;
    private const int Milliseconds = 5_000; // between lines of progress

    private const string Help = """
        market simulate: runs the agent's core against two simulated chains, a market and a counterparty that break every rule,
        and looks whether anybody honest loses a leg.

          --seeds n        as many runs (default 10000)
          --from s         the first seed (default 1)
          --seed s         this one alone, told in words; the same seed gives the same run
          --without law-n  the core with one of its laws taken out: then a loss is to be found (1-6, 8, 9, 11, 12, 15-17)
          --threads k      at a time (default: all cores)
          --losses n       stop after so many losses (default 5)

          floods           instead: a flood of calls through the server's limiter (market simulate floods --help)

        Exit code 0 where nobody lost, 1 where somebody did, 2 where the command line is wrong.
        """;

    /// <summary>Runs it.</summary>
    /// <param name="args">The arguments behind the verb.</param>
    /// <param name="output">Where to.</param>
    public static int Run(IReadOnlyList<string> args, TextWriter output)
    {
        if (!TryRead(args, out var options, out var wrong))
        {
            output.WriteLine(wrong is null ? Help : $"market simulate: {wrong}\n\n{Help}");
            return wrong is null ? Safe : Usage;
        }

        if (options.Seed is { } one)
        {
            var (loss, trace) = options.Campaign().Replay(one);
            foreach (var line in trace)
            {
                output.WriteLine(line);
            }

            return loss is null ? Safe : Lost;
        }

        return RunMany(options, output);
    }

    private static int RunMany(Options options, TextWriter output)
    {
        var campaign = options.Campaign();
        var watch = Stopwatch.StartNew();
        using var stop = new CancellationTokenSource();
        ConsoleCancelEventHandler interrupted = (_, pressed) =>
        {
            pressed.Cancel = true;
            stop.Cancel();
        };
        Console.CancelKeyPress += interrupted;
        using (new Timer(
            _ => output.WriteLine(Progress(campaign, options.Seeds, watch.Elapsed)), null, Milliseconds, Milliseconds))
        {
            campaign.Run(options.From, options.Seeds, options.Threads, options.Losses, stop.Token);
        }

        Console.CancelKeyPress -= interrupted;
        output.WriteLine(Progress(campaign, options.Seeds, watch.Elapsed));
        output.WriteLine(string.Join(
            ", ", campaign.Counted.Where(each => each.Times > 0).Select(each => string.Create(
                CultureInfo.InvariantCulture, $"{each.What} {each.Times}"))));
        foreach (var loss in campaign.Losses.Take(options.Losses))
        {
            output.WriteLine($"SEED {loss.Seed}: {loss.Loss}");
        }

        if (campaign.Losses is [var first, ..])
        {
            output.WriteLine();
            foreach (var line in options.Campaign().Replay(first.Seed).Trace)
            {
                output.WriteLine(line);
            }

            return Lost;
        }

        return Safe;
    }

    private static string Progress(Campaign campaign, long seeds, TimeSpan elapsed) => string.Create(
        CultureInfo.InvariantCulture,
        $"{campaign.Done} of {seeds} seeds in {elapsed.TotalSeconds:0.0} s, {campaign.Done / elapsed.TotalSeconds:0} a second; "
            + $"{campaign.Losses.Count} losses");

    private static bool TryRead(IReadOnlyList<string> args, out Options options, out string? wrong)
    {
        options = new Options();
        wrong = null;
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i] is "--help" or "-h" or "help")
            {
                return false;
            }

            if (i + 1 == args.Count)
            {
                wrong = $"\"{args[i]}\" lacks its value, or is no option";
                return false;
            }

            if (!options.Take(args[i], args[++i]))
            {
                wrong = $"\"{args[i - 1]} {args[i]}\" is no option, or its value is out of bounds";
                return false;
            }
        }

        return true;
    }

    private sealed class Options
    {
        private const int Margins = 12;
        private static readonly int[] Laws = [1, 2, 3, 4, 5, 6, 8, 9, 11, Margins, 15, 16, 17];

        public long Seeds { get; private set; } = 10_000;

        public long From { get; private set; } = 1;

        public long? Seed { get; private set; }

        public AgentLaws Without { get; private set; }

        public bool HasMargins { get; private set; } = true;

        public int Threads { get; private set; } = Environment.ProcessorCount;

        public int Losses { get; private set; } = MostShown;

        public Campaign Campaign() => new(Without, HasMargins);

        public bool Take(string name, string value)
        {
            if (name == "--without")
            {
                if (!value.StartsWith("law-", StringComparison.Ordinal)
                    || !int.TryParse(value["law-".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var law)
                    || Array.IndexOf(Laws, law) < 0)
                {
                    return false;
                }

                HasMargins &= law != Margins;
                Without |= law == Margins ? AgentLaws.None : (AgentLaws)(1 << law);
                return true;
            }

            if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            switch (name)
            {
                case "--seeds":
                    Seeds = number;
                    return number is > 0 and <= MostSeeds;
                case "--from":
                    From = number;
                    return number <= long.MaxValue / 4;
                case "--seed":
                    Seed = number;
                    return number <= long.MaxValue / 4;
                case "--threads":
                    Threads = (int)Math.Min(number, MostThreads);
                    return number is > 0 and <= MostThreads;
                case "--losses":
                    Losses = (int)Math.Min(number, int.MaxValue);
                    return number > 0;
                default:
                    return false;
            }
        }
    }
}
