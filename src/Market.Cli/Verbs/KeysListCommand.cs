using System.CommandLine;
using Market.Cli.Common;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market keys list`: the account's API keys, without their secrets.</summary>
internal static class KeysListCommand
{
    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command("list", "The account's API keys: what they may do, until when, and when they were last used")
        {
            CommonOptions.Server, CommonOptions.Wallet,
        };
        command.SetAction(ListAsync);
        return command;
    }

    /// <summary>Scopes as they are typed.</summary>
    internal static string WordsOf(IEnumerable<ApiKeyScope> scopes) =>
        string.Join(',', scopes.Select(scope => scope.ToString().ToLowerInvariant()));

    private static async Task<int> ListAsync(ParseResult arguments, CancellationToken cancellation)
    {
        using var keys = CliSession.OpenKeys(arguments);
        using var api = CliSession.ApiOf(arguments, keys);
        var all = await api.GetApiKeysAsync(cancellation);
        Output.Of(arguments).Result(all, console => Draw(console, all));
        return 0;
    }

    private static void Draw(IAnsiConsole console, IReadOnlyList<ApiKey> all)
    {
        if (all.Count == 0)
        {
            console.WriteLine("The account has no API keys.");
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("id", "scopes", "ends", "last used", "label");
        foreach (var key in all)
        {
            table.AddRow(
                key.Id, WordsOf(key.Scopes), Figures.Time(key.ExpiresAt),
                key.LastUsedAt is { } used ? Figures.Time(used) : "never", Markup.Escape(key.Label ?? ""));
        }

        console.Write(table);
    }
}
