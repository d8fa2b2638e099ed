using System.CommandLine;
using System.IO.Compression;
using System.Text.Json;
using Market.Cli.Common;
using Market.Client.Files;
using Market.Trading.Audit;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market replay`: runs the engine over a market's journal and says where the two first disagree.</summary>
internal static class ReplayCommand
{
    /// <summary>What the program ends with where the journal and the engine disagree; 1 is an error of another kind.</summary>
    private const int Differs = 3;

    // A snapshot of a full book is some 30 MB in base64.
    private const int MostLineBytes = 256 * 1024 * 1024;
    private const int SaidEvery = 1_000_000;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private static readonly Argument<string?> File = new("file")
    {
        Description = "A journal that `market journal export` wrote; without it --database and --instrument name one",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> Named = new("--instrument")
    {
        Description = "With --database: the instrument, such as P2SHARE-BTC",
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command(
            "replay",
            "Audit a market's journal: run the engine over it and compare every event, snapshot and order. Ends with 0 where all "
            + "agrees and with 3 at the first difference, whose command is named")
        {
            File, JournalCommand.Database, Named,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var audit = new JournalAudit();
        if (arguments.GetValue(File) is { } path)
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            await using var lines = JournalCommand.IsPacked(path) ? new GZipStream(file, CompressionMode.Decompress) : (Stream)file;
            await RunAsync(audit, lines, output.Progress, cancellation);
        }
        else
        {
            var instrument = arguments.GetValue(Named) ?? throw new CliException(
                "no-journal", "Name a file, or --database and --instrument.");
            await using var server = JournalCommand.Open(arguments.GetValue(JournalCommand.Database), instrument);
            await RunAsync(audit, server.Stream, output.Progress, cancellation);
            if (audit.Difference is null or { Kind: DifferenceKind.End })
            {
                await server.EndAsync(cancellation);
            }
        }

        var told = Told.Of(audit);
        output.Result(told, console => Draw(console, told));
        return told.Agrees ? 0 : Differs;
    }

    /// <summary>Runs an audit over lines, to their end or the first difference.</summary>
    /// <param name="audit">The audit.</param>
    /// <param name="lines">The lines.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Gives up.</param>
    internal static async Task RunAsync(
        JournalAudit audit, Stream lines, Action<string> progress, CancellationToken cancellation)
    {
        var said = 0L;
        try
        {
            await foreach (var line in BoundedLines.ReadAsync(lines, MostLineBytes, cancellation))
            {
                if (!audit.Take(Read(line.Span)))
                {
                    return;
                }

                if (audit.Sequence - said >= SaidEvery)
                {
                    said = audit.Sequence;
                    progress($"Command {Figures.Sats(said)} ...");
                }
            }
        }
        catch (InvalidDataException)
        {
            // A compressed file that was cut short: what there is of it was looked at.
        }

        audit.End();
    }

    private static JournalLine Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<JournalLine>(line, Json) ?? new JournalLine();
        }
        catch (JsonException)
        {
            // What is no line of a journal is a difference, and said as one.
            return new JournalLine();
        }
    }

    private static void Draw(IAnsiConsole console, Told told)
    {
        console.WriteLine($"Journal of {told.Instrument}: commands {Figures.Sats(told.From + 1)} to {Figures.Sats(told.Sequence)} "
            + $"were carried out, {Figures.Sats(told.Events)} events, {Figures.Sats(told.Snapshots)} snapshots and "
            + $"{Figures.Sats(told.Orders)} orders compared.");
        if (told.From > 0)
        {
            console.WriteLine($"Commands up to {Figures.Sats(told.From)} were not: the rules of the book before the oldest "
                + "snapshot that is kept are not known.");
        }

        foreach (var (kind, count) in told.Commands)
        {
            console.WriteLine($"  {kind}: {Figures.Sats(count)}");
        }

        if (told.Difference is { } difference)
        {
            console.WriteLine($"DIFFERS at command {Figures.Sats(difference.Sequence)} ({difference.Kind}): {difference.Words}");
            return;
        }

        console.WriteLine($"The journal and the engine agree. The book at the end: SHA-256 {told.Book}");
    }

    private sealed record Told
    {
        public required bool Agrees { get; init; }

        public required string Instrument { get; init; }

        public required long From { get; init; }

        public required long Sequence { get; init; }

        public required long Events { get; init; }

        public required int Snapshots { get; init; }

        public required long Orders { get; init; }

        public required IReadOnlyDictionary<string, long> Commands { get; init; }

        public JournalDifference? Difference { get; init; }

        public string? Book { get; init; }

        public static Told Of(JournalAudit audit) => new()
        {
            Agrees = audit.Difference is null,
            Instrument = audit.Instrument,
            From = audit.From,
            Sequence = audit.Sequence,
            Events = audit.Events,
            Snapshots = audit.Snapshots,
            Orders = audit.Orders,
            Commands = audit.Commands.OrderBy(each => each.Key).ToDictionary(each => each.Key.ToString(), each => each.Value),
            Difference = audit.Difference,
            Book = audit.Difference is null && audit.StateHash is { } hash ? Convert.ToHexStringLower(hash) : null,
        };
    }
}
