using System.CommandLine;
using Market.Cli.Common;
using Market.Client.Api;
using Market.Client.Recordings;
using Market.Contracts;
using Spectre.Console;
using Recorder = Market.Client.Recordings.Recorder;

namespace Market.Cli.Verbs;

/// <summary>`market record`: follows a market's public streams into files that `market bot --backtest` plays.</summary>
internal static class RecordCommand
{
    private const long BytesOfMegabyte = 1024 * 1024;
    private static readonly TimeSpan SaidEvery = TimeSpan.FromSeconds(30);

    private static readonly Option<string[]> Instruments = new("--instrument")
    {
        Description = $"An instrument, such as P2SHARE-BTC; again for each further one, {Recorder.MostInstruments} at most. "
            + "Without it all that take orders now",
    };

    private static readonly Option<string> Out = new("--out")
    {
        Description = "The folder; one that holds a recording of the same instruments is gone on with",
        Required = true,
    };

    private static readonly Option<int> FileSize = new("--file-size")
    {
        Description = "Megabytes after which a file is followed by the next, 1 to 1000",
        DefaultValueFactory = _ => 64,
    };

    private static readonly Option<int> Keep = new("--keep")
    {
        Description = "Files that are kept; the oldest go, 1 to 10000",
        DefaultValueFactory = _ => 100,
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command(
            "record",
            "Record a market's book, trades, ticker and discount into compressed files. Ctrl-C ends it; the same command goes on")
        {
            Instruments, Out, FileSize, Keep, CommonOptions.Server,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var folder = arguments.GetValue(Out)!;
        var (size, keep) = (arguments.GetValue(FileSize), arguments.GetValue(Keep));
        if (size is < 1 or > 1_000 || keep is < 1 or > 10_000)
        {
            throw new CliException("bad-size", "--file-size is from 1 to 1000 megabytes, and --keep from 1 to 10000 files.");
        }

        using var api = CliSession.ApiOf(arguments, null);
        var chosen = await ChooseAsync(api, arguments.GetValue(Instruments) ?? [], cancellation);
        using var writer = new RecordingWriter(folder, new RecordingLimits(size * BytesOfMegabyte, keep));
        var before = Recording.FilesIn(folder).LastOrDefault();
        var recorder = new Recorder(api, writer, chosen, CliSession.Clock) { OnSaid = output.Progress };
        await recorder.ResumeAsync(before, cancellation);
        output.Progress($"Recording {string.Join(", ", chosen.Select(each => each.Id))} into {folder}. Ctrl-C ends it.");
        await using var said = CliSession.Clock.CreateTimer(
            _ => output.Progress(Words(recorder, writer)), null, SaidEvery, SaidEvery);
        try
        {
            await recorder.RunAsync(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // That is how it ends.
        }

        output.Result(
            new { folder, events = recorder.Events, bytes = writer.Bytes, gaps = recorder.Gaps, removed = writer.Removed },
            console => console.WriteLine(Words(recorder, writer)));
        return 0;
    }

    private static string Words(Recorder recorder, RecordingWriter writer) =>
        $"{Figures.Sats(recorder.Events)} events in {Figures.Sats(writer.Bytes)} bytes, {Figures.Sats(recorder.Gaps)} gaps"
        + (writer.Removed > 0 ? $", {Figures.Sats(writer.Removed)} old files removed." : ".");

    private static async Task<IReadOnlyList<Instrument>> ChooseAsync(
        MarketApi api, IReadOnlyList<string> named, CancellationToken cancellation)
    {
        var all = await api.GetInstrumentsAsync(cancellation);
        var unknown = named.Except(all.Select(each => each.Id)).ToList();
        if (unknown.Count > 0)
        {
            throw new CliException(
                "unknown-instrument",
                $"The market does not trade {string.Join(", ", unknown)}: it trades "
                + $"{string.Join(", ", all.Select(each => each.Id))}.");
        }

        var chosen = all.Where(each => named.Count == 0 ? each.Status == InstrumentStatus.Open : named.Contains(each.Id)).ToList();
        return chosen.Count is > 0 and <= Recorder.MostInstruments
            ? chosen
            : throw new CliException(
                "which-instrument",
                $"Name 1 to {Recorder.MostInstruments} with --instrument: {string.Join(", ", all.Select(each => each.Id))}.");
    }
}
