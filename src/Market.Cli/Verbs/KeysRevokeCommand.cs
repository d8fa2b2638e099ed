using System.CommandLine;
using Market.Cli.Common;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market keys revoke`: ends an API key at once.</summary>
internal static class KeysRevokeCommand
{
    private static readonly Argument<string> Id = new("id") { Description = "The API key's id: market keys list shows it" };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command("revoke", "End an API key at once, with the streams that it opened")
        {
            Id, CommonOptions.Server, CommonOptions.Wallet,
        };
        command.SetAction(RevokeAsync);
        return command;
    }

    private static async Task<int> RevokeAsync(ParseResult arguments, CancellationToken cancellation)
    {
        using var keys = CliSession.OpenKeys(arguments);
        using var api = CliSession.ApiOf(arguments, keys);
        var ended = await api.RevokeApiKeyAsync(arguments.GetValue(Id)!, cancellation);
        Output.Of(arguments).Result(ended, console => console.WriteLine($"The API key {ended.Id} is revoked."));
        return 0;
    }
}
