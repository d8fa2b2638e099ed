using System.Globalization;

namespace Market.Fuzzing;

/// <summary><c>market fuzz</c>: parsers against changed inputs.</summary>
internal static class FuzzVerb
{
    private const int DefaultSeconds = 60;
    private const int Wrong = 2;
    private const string All = "all";

    public static int Run(string[] args)
    {
        if (args.Length == 0 || args.Contains("--help") || args.Contains("-h"))
        {
            Console.WriteLine(Help());
            return 0;
        }

        var options = Options.Read(args, out var problem);
        if (options is null)
        {
            Console.Error.WriteLine($"market fuzz: {problem}");
            return Wrong;
        }

        return options.Input is { } file ? Replay(options.Targets[0], file) : RunAll(options);
    }

    private static int RunAll(Options options)
    {
        Console.WriteLine(FuzzReport.Header);
        var clean = true;
        foreach (var target in options.Targets)
        {
            var corpus = new FuzzCorpus(Path.Combine(options.Corpus, target.Name));
            var report = new FuzzSession(target, corpus, options.Seed).Run(TimeSpan.FromSeconds(options.Seconds));
            Console.WriteLine(report);
            clean &= report.Finding is null;
        }

        return clean ? 0 : 1;
    }

    private static int Replay(FuzzTarget target, string file)
    {
        if (!File.Exists(file))
        {
            Console.Error.WriteLine($"market fuzz: there is no file {file}.");
            return Wrong;
        }

        var input = File.ReadAllBytes(file);
        try
        {
            Console.WriteLine($"{target.Name}, {input.Length} bytes: {target.Run(input)}");
            return 0;
        }
        catch (Exception error)
        {
            Console.WriteLine($"{target.Name}, {input.Length} bytes: {error}");
            return 1;
        }
    }

    private static string Help() => $"""
        usage: market fuzz <target> [--seconds n] [--seed n] [--corpus folder]
               market fuzz <target> --input file

        Feeds a parser changed and arbitrary inputs. Inputs that end in a new way are kept in the corpus and changed
        further. Stops at the first that crashes, breaks a promise (what is read is written the same, and others), takes
        longer than {FuzzSession.Hang.TotalSeconds:F0} s or allocates more than the target's bound, and keeps it under "found".

          --seconds n      how long for each target ({DefaultSeconds})
          --seed n         repeats a run, given the same corpus
          --corpus folder  where inputs are kept, a folder for each target ({FuzzCorpus.DefaultFolder})
          --input file     runs one input, such as one that was found

        targets, and what reading may allocate (fixed + for each byte of input):
        {string.Join('\n', FuzzTargets.All.Select(target => $"  {target.Name,-18} {target.Bound,-18} {target.About}"))}
          {All,-18} {string.Empty,-18} each of them in turn
        """;

    private sealed record Options(IReadOnlyList<FuzzTarget> Targets, int Seconds, int Seed, string Corpus, string? Input)
    {
        public static Options? Read(string[] args, out string problem)
        {
            problem = string.Empty;
            var targets = args[0] == All ? FuzzTargets.All : FuzzTargets.Find(args[0]) is { } one ? [one] : [];
            if (targets.Count == 0)
            {
                problem = $"no target \"{args[0]}\". There are: {All}, "
                    + string.Join(", ", FuzzTargets.All.Select(target => target.Name)) + ".";
                return null;
            }

            var options = new Options(
                targets, DefaultSeconds, Environment.TickCount & 0xffffff, FuzzCorpus.DefaultFolder, null);
            for (var i = 1; i < args.Length; i += 2)
            {
                var value = i + 1 < args.Length ? args[i + 1] : null;
                var number = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)
                    ? parsed : (int?)null;
                var next = (args[i], value, number) switch
                {
                    ("--seconds", _, > 0 and { } seconds) => options with { Seconds = seconds },
                    ("--seed", _, { } seed) => options with { Seed = seed },
                    ("--corpus", { } folder, _) => options with { Corpus = folder },
                    ("--input", { } file, _) when targets.Count == 1 => options with { Input = file },
                    _ => null,
                };
                if (next is null)
                {
                    problem = $"{args[i]} {value}: not understood. Try market fuzz --help.";
                    return null;
                }

                options = next;
            }

            return options;
        }
    }
}
