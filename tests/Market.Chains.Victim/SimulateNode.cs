using System.Diagnostics;
using System.Globalization;
using Market.Chains.Postgres;

namespace Market.Chains.Victim;

/// <summary>The command line: `market simulate node`.</summary>
public static class SimulateNode
{
    private const int RoundsInOnePlace = 20;
    private const int MostRounds = 1_000_000;

    private const string Help = """
        market simulate node: kills a process that mines both chains at random moments, and looks whether what it acknowledged
        is there, whether its stores open, and whether their state is the one that their blocks make.

          --rounds n       kills with each store (default 100)
          --store s        file, postgres or both (default both)
          --seed s         of the moments (default 1)

        Exit code 0 where nothing was lost, 1 where something was, 2 where the command line is wrong.
        """;

    /// <summary>Runs it.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output)
    {
        var (rounds, seed, stores) = (100, 1, "both");
        for (var i = 0; i < args.Count; i += 2)
        {
            var value = i + 1 < args.Count ? args[i + 1] : "";
            var understood = args[i] switch
            {
                "--rounds" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out rounds)
                    && rounds is > 0 and <= MostRounds,
                "--seed" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out seed),
                "--store" => (stores = value) is "file" or "postgres" or "both",
                _ => false,
            };
            if (!understood)
            {
                await output.WriteLineAsync(Help).ConfigureAwait(false);
                return 2;
            }
        }

        var home = Directory.CreateTempSubdirectory("market-simulate-node-").FullName;
        try
        {
            var lost = false;
            foreach (var kind in stores == "both" ? (string[])["file", "postgres"] : [stores])
            {
                lost |= await RunOneAsync(kind, rounds, seed, home, output).ConfigureAwait(false);
            }

            return lost ? 1 : 0;
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    private static async Task<bool> RunOneAsync(string kind, int rounds, int seed, string home, TextWriter output)
    {
        await using var cluster = kind == "postgres"
            ? await PrivatePostgres.StartAsync(Path.Combine(home, "pg")).ConfigureAwait(false)
            : null;
        var started = Stopwatch.GetTimestamp();
        var report = await new KillLoop(kind, seed).RunAsync(rounds, PlaceAsync, (round, so) =>
        {
            if (round % RoundsInOnePlace == 0)
            {
                output.WriteLine(Line(so));
            }
        }).ConfigureAwait(false);
        await output.WriteLineAsync(Line(report)).ConfigureAwait(false);
        foreach (var fault in report.Faults)
        {
            await output.WriteLineAsync("  " + fault).ConfigureAwait(false);
        }

        return report.Faults.Count > 0;

        async Task<string> PlaceAsync(int round)
        {
            var number = ((round - 1) / RoundsInOnePlace).ToString(CultureInfo.InvariantCulture);
            return cluster is null
                ? Path.Combine(home, "files" + number)
                : await cluster.EnsureDatabaseAsync("kill" + number).ConfigureAwait(false);
        }

        string Line(KillReport so) => string.Create(
            CultureInfo.InvariantCulture,
            $"{kind}: {so.Kills} kills (seed {seed}), {so.Acknowledged} blocks acknowledged, {so.Opened} reopened, "
            + $"{so.Validated} validated from genesis, {so.Faults.Count} faults, "
            + $"{Stopwatch.GetElapsedTime(started).TotalSeconds:0} s");
    }
}
