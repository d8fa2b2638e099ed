using System.CommandLine;
using Market.Chains.Storage;
using Market.Cli.Common;
using Market.Cli.Up;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>
/// `market reset`: deletes the blocks that a market or a wallet keeps of the sharechain, so that it is begun anew. For data of
/// former rules, which no program reads any more. Seeds, wallets, orders and swaps are not touched, nor is Bitcoin.
/// </summary>
public static class ResetCommand
{
    private const string Schema = "sharechain";

    private static readonly Option<string> Data = new("--data")
    {
        Description = "The market's data folder",
        DefaultValueFactory = _ => Path.Combine(Directory.GetCurrentDirectory(), "data"),
    };

    private static readonly Option<string?> Database = new("--database")
    {
        Description = "The market's database, where it is not a private one under the data folder",
    };

    private static readonly Option<bool> Yes = new("--yes") { Description = "Do not ask" };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command(
            "reset", "Delete the kept blocks of the sharechain; wallets, seeds, orders and swaps stay")
        {
            Data, Database, Yes, CommonOptions.Wallet,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var data = Path.GetFullPath(arguments.GetValue(Data)!);
        var demo = Path.Combine(data, "demo");
        // The demo's people on other sharechains than the network's own have a folder each.
        var others = Directory.Exists(demo) ? Directory.GetDirectories(demo) : [];
        string[] holders = [arguments.GetValue(CommonOptions.Wallet)!, demo, .. others];
        var folders = holders
            .Select(folder => Path.GetFullPath(Path.Combine(folder, "chains", Schema)))
            .Where(Directory.Exists).ToArray();
        var cluster = Path.Combine(data, "postgres");
        var database = arguments.GetValue(Database);
        var hasDatabase = database is not null || Directory.Exists(cluster);
        var inDatabase = $"the sharechain's blocks in the database of {(database is null ? data : "--database")}";
        string[] found = hasDatabase ? [.. folders, inDatabase] : folders;
        if (found.Length > 0)
        {
            Confirmation.Ask(
                arguments.GetValue(Yes), $"This deletes, for good:\n  {string.Join("\n  ", found)}\nGo on?", "Nothing was deleted");
        }

        foreach (var folder in folders)
        {
            Delete(folder);
        }

        if (hasDatabase)
        {
            string[] where = database is null ? ["--data", data] : ["--data", data, "--database", database];
            await ServerProcess.RunAsync(["--reset", Schema, .. where], cancellation);
        }

        output.Result(
            new { deleted = found },
            console => console.WriteLine(found.Length == 0
                ? "Nothing is kept here."
                : "Deleted. The sharechain begins anew with the next start of the market, and is followed anew by the wallet."));
        return 0;
    }

    private static void Delete(string folder)
    {
        try
        {
            FileBlockStore.Delete(folder);
        }
        catch (IOException error)
        {
            throw new CliException("in-use", $"Another program has {folder} open: stop it first. ({error.Message})");
        }
    }
}
