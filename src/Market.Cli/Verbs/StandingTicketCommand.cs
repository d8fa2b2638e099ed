using System.CommandLine;
using Market.Chains;
using Market.Cli.Common;
using Market.Client.Standing;
using Market.Standing;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market standing ticket`: solves a puzzle and hands it in for credits of the wallet's account.</summary>
internal static class StandingTicketCommand
{
    private const int UsualDifficulty = 64;
    private const int UsualParts = 100;

    private static readonly Option<string> Kind = new("--kind")
    {
        Description = "argon2: memory-hard work; work: hashes of a real template, which are mining for this wallet",
        DefaultValueFactory = _ => "argon2",
    };

    private static readonly Option<int> Difficulty = new("--difficulty")
    {
        Description =
            $"With argon2: tries that it takes on average, {MemoryTicket.LeastDifficulty} to {MemoryTicket.MostDifficulty}",
        DefaultValueFactory = _ => UsualDifficulty,
    };

    private static readonly Option<int> Parts = new("--parts")
    {
        Description = $"With work: the ticket takes so many parts less work than a share block, 1 to {WorkTicket.MostParts}",
        DefaultValueFactory = _ => UsualParts,
    };

    private static readonly Option<int> Threads = new("--threads")
    {
        Description = "Threads that work at once, 1 to 64",
        DefaultValueFactory = _ => 1,
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        Kind.AcceptOnlyFromAmong("argon2", "work");
        var command = new Command(
            "ticket", "Solve a puzzle and hand it in: credits for when the market has more to do than it can do")
        {
            Kind, Difficulty, Parts, Threads, CommonOptions.Server, CommonOptions.Wallet,
        };
        command.SetAction(SolveAsync);
        return command;
    }

    private static async Task<int> SolveAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var (difficulty, parts, threads) =
            (arguments.GetValue(Difficulty), arguments.GetValue(Parts), arguments.GetValue(Threads));
        if (!MemoryTicket.IsDifficulty(difficulty) || !WorkTicket.IsParts(parts) || threads is < 1 or > 64)
        {
            throw new CliException(
                "bad-number",
                $"--difficulty takes {MemoryTicket.LeastDifficulty} to {MemoryTicket.MostDifficulty}, --parts 1 to "
                + $"{WorkTicket.MostParts}, --threads 1 to 64.");
        }

        using var keys = CliSession.OpenKeys(arguments);
        using var api = CliSession.ApiOf(arguments, keys);
        var solver = new TicketSolver(keys.Account, threads);
        var started = CliSession.Clock.GetTimestamp();
        var solution = arguments.GetValue(Kind) == "argon2"
            ? await solver.SolveMemoryAsync(
                await api.GetMemoryTicketAsync(cancellation), difficulty, Progress(output, difficulty, "tries"), cancellation)
            : await solver.SolveWorkAsync(
                await api.GetWorkTicketAsync(
                    await ChainOfAsync(api, arguments, cancellation),
                    keys.ScriptOf(ChainKind.Sharechain, change: false, 0).ToString(), cancellation),
                parts, Progress(output, null, "hashes"), cancellation);
        var taken = await api.HandInTicketAsync(solution, cancellation);
        var seconds = CliSession.Clock.GetElapsedTime(started).TotalSeconds;
        output.Result(taken, console =>
        {
            console.WriteLine($"{Figures.Sats(taken.Credits)} credits after {seconds:0.0} s"
                + (taken.Stored is { } stored ? $"; the account has {Figures.Sats(stored)}." : "."));
            if (taken.Share is { } share)
            {
                console.WriteLine($"The work is a share block too, {share}: {taken.ShareFate}.");
            }

            if (taken.MainBlock is { } block)
            {
                console.WriteLine($"And its hash meets Bitcoin's target: {block}.");
            }
        });
        return 0;
    }

    // The wallet's sharechain, as paths of the market name it.
    private static async Task<string> ChainOfAsync(
        Client.Api.MarketApi api, ParseResult arguments, CancellationToken cancellation)
    {
        var instrument = await api.GetInstrumentAsync(CliSession.InstrumentOf(arguments), cancellation);
        return instrument.Sharechain;
    }

    // Told once a second at most.
    private static Action<long> Progress(Output output, int? expected, string what)
    {
        var last = CliSession.Clock.GetTimestamp();
        var gate = new Lock();
        return count =>
        {
            lock (gate)
            {
                if (CliSession.Clock.GetElapsedTime(last) < TimeSpan.FromSeconds(1))
                {
                    return;
                }

                last = CliSession.Clock.GetTimestamp();
            }

            var of = expected is { } tries ? $" of {Figures.Sats(tries)} expected" : "";
            output.Progress($"{Figures.Sats(count)} {what}{of}");
        };
    }
}
