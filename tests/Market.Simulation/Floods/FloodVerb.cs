using System.Globalization;

namespace Market.Simulation.Floods;

/// <summary>The command line: `market simulate floods`.</summary>
internal static class FloodVerb
{
    private const string Help = """
        market simulate floods: a flood of calls through the server's own limiter, by a clock set by hand: fresh keys behind few
        addresses, one ASIC, a botnet and a rich griefer at once, beside honest callers of each kind. Prints who was served and how
        long they waited, with and without standing in the same run, and what a failed swap costs who lets it fail.

          --seed s     the same seed gives the same run (default 1)
          --keys n     fresh keys (default 10000)
          --bots n     addresses of the botnet (default 2000)
          --seconds n  of the flood (default 120)
          --bot-credits n  credits that each bot earns in a second by memory-hard work (default 5; a laptop's all is some 200)

        Exit code 0 where no honest caller starved and calls were free before the flood, 1 where not, 2 where the command line is
        wrong.
        """;

    private const int MostKeys = 100_000;
    private const int MostSeconds = 3_600;
    private const int MostBotCredits = 1_000;

    /// <summary>Milliseconds: nobody honest that asks once in ten seconds, and gives up after 20, goes unserved for longer.
    /// </summary>
    public const long Starved = 120_000;

    /// <summary>Runs it.</summary>
    public static int Run(IReadOnlyList<string> args, TextWriter output)
    {
        if (!TryRead(args, out var options, out var wrong))
        {
            output.WriteLine(wrong is null ? Help : $"market simulate floods: {wrong}\n\n{Help}");
            return wrong is null ? SimulateVerb.Safe : SimulateVerb.Usage;
        }
        var world = new FloodWorld(options);
        world.Run();
        Print(options, world, output);
        return IsSound(world) ? SimulateVerb.Safe : SimulateVerb.Lost;
    }

    /// <summary>Whether nobody honest starved, and all was free while there was no flood.</summary>
    public static bool IsSound(FloodWorld world) =>
        world.PaidWhileQuiet == 0 && world.Groups.Where(group => group.IsHonest).All(group => group.LongestWithout < Starved);

    private static void Print(FloodOptions options, FloodWorld world, TextWriter output)
    {
        output.WriteLine(Text($"{options.Capacity:0} calls a second can be served; seed {options.Seed}."));
        output.WriteLine(Text($"{options.Quiet} s before the flood: {world.PaidWhileQuiet} credits were paid, and the longest"));
        output.WriteLine(Text($"wait was {world.LongestWaitWhileQuiet} ms."));
        output.WriteLine();
        output.WriteLine("| who | calls | served | p50 ms | p99 ms | credits a call | longest unserved s |");
        output.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        foreach (var group in world.Groups)
        {
            var paid = group.Served == 0 ? 0 : (double)group.Paid / group.Served;
            var part = 100.0 * group.Served / Math.Max(1, group.Asked);
            var unserved = group.IsHonest ? Text($"{group.LongestWithout / 1000.0:0.0}") : "";
            var waits = Text($"{group.Wait(0.5)} | {group.Wait(0.99)}");
            output.WriteLine(Text($"| {group.Name} | {group.Asked} | {part:0.0} % | {waits} | {paid:0.0} | {unserved} |"));
        }
        output.WriteLine();
        output.WriteLine("| who lets swaps fail for a month | failed | keys | lowest tier | satoshi a failed swap |");
        output.WriteLine("|---|---:|---:|---|---:|");
        PrintGriefer(output, "one key, no bond", Griefer.Of(0, 0, false));
        PrintGriefer(output, "one key, bond of 0.1 BTC", Griefer.Of(10_000_000, 5_400_000, false));
        PrintGriefer(output, "fresh key and coins each time, no bond", Griefer.Of(0, 0, true));
        PrintGriefer(output, "fresh key, coins and bond of 0.1 BTC each time", Griefer.Of(10_000_000, 5_400_000, true));
    }

    private static void PrintGriefer(TextWriter output, string name, Griefer griefer)
    {
        var tier = griefer.LowestTier.ToString().ToLowerInvariant();
        output.WriteLine(Text($"| {name} | {griefer.Fails} | {griefer.Keys} | {tier} | {griefer.Satoshi / griefer.Fails:0} |"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static bool TryRead(IReadOnlyList<string> args, out FloodOptions options, out string? wrong)
    {
        (options, wrong) = (new FloodOptions(), null);
        for (var i = 0; i < args.Count; i += 2)
        {
            if (args[i] is "--help" or "-h" or "help") return false;
            if (i + 1 == args.Count || !int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            {
                wrong = $"{args[i]} needs a whole number";
                return false;
            }
            var most = args[i] switch
            {
                "--seed" => int.MaxValue,
                "--seconds" => MostSeconds,
                "--keys" or "--bots" => MostKeys,
                "--bot-credits" => MostBotCredits,
                _ => 0,
            };
            var least = args[i] == "--bot-credits" ? 0 : 1;
            if (value < least || value > most)
            {
                wrong = most == 0 ? $"there is no {args[i]}" : $"{args[i]} is from {least} to {most}";
                return false;
            }
            options = args[i] switch
            {
                "--seed" => options with { Seed = (ulong)value },
                "--keys" => options with { Keys = value },
                "--bots" => options with { Bots = value },
                "--bot-credits" => options with { BotCredits = value },
                _ => options with { Seconds = value },
            };
        }
        return true;
    }
}
