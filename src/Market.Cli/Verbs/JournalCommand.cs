using System.CommandLine;
using System.IO.Compression;
using Market.Cli.Common;
using Market.Cli.Up;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market journal export`: an instrument's journal as a file, for whoever replays it.</summary>
internal static class JournalCommand
{
    /// <summary>--database: where the journal is.</summary>
    public static readonly Option<string?> Database = new("--database")
    {
        Description = "The market's database: a connection string such as \"Host=127.0.0.1;Username=market;Database=market\" "
            + "(environment: MARKET_DATABASE, which other users of the machine cannot read off the command line). That of "
            + "`market up` is Host=FOLDER/postgres/socket;Username=market;Database=market, FOLDER being its --data as a whole path",
    };

    /// <summary>--instrument: whose journal.</summary>
    public static readonly Option<string> Instrument = new("--instrument")
    {
        Description = "The instrument, such as P2SHARE-BTC",
        Required = true,
    };

    private static readonly Option<string> Out = new("--out")
    {
        Description = "The file; one that ends with .gz is compressed. It must not be there yet",
        Required = true,
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var export = new Command("export", "Write an instrument's journal to a file that `market replay` audits")
        {
            Database, Instrument, Out,
        };
        export.SetAction(ExportAsync);
        return new Command("journal", "The journal of an instrument, for the operator of a market") { export };
    }

    /// <summary>Runs the server's program, which reads the database.</summary>
    /// <param name="database">What --database says.</param>
    /// <param name="instrument">The instrument.</param>
    /// <exception cref="CliException">No database is named, or the program is not here.</exception>
    public static ServerOutput Open(string? database, string instrument)
    {
        var named = database ?? Environment.GetEnvironmentVariable("MARKET_DATABASE");
        return string.IsNullOrEmpty(named)
            ? throw new CliException("no-database", "Name the database with --database or MARKET_DATABASE.")
            : ServerOutput.Start(["journal", "--database", named, "--instrument", instrument]);
    }

    private static async Task<int> ExportAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var path = arguments.GetValue(Out)!;
        if (File.Exists(path))
        {
            throw new CliException("file-exists", $"{path} is there already: name another file.");
        }

        await using var server = Open(arguments.GetValue(Database), arguments.GetValue(Instrument)!);
        var part = path + ".part";
        try
        {
            await using (var file = new FileStream(part, FileMode.Create, FileAccess.Write))
            await using (var to = IsPacked(path) ? new GZipStream(file, CompressionLevel.Optimal) : (Stream)file)
            {
                await server.Stream.CopyToAsync(to, cancellation);
                await server.EndAsync(cancellation);
            }

            // Under its name only once it is whole, and never in another's place.
            File.Move(part, path);
        }
        finally
        {
            File.Delete(part);
        }

        var bytes = new FileInfo(path).Length;
        output.Result(new { file = path, bytes }, console => console.WriteLine($"{path}: {Figures.Sats(bytes)} bytes."));
        return 0;
    }

    /// <summary>True where a file is compressed by its name.</summary>
    public static bool IsPacked(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
}
