using System.CommandLine;
using Market.Cli.Common;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market keys create`: makes an API key and tells its secret, once.</summary>
internal static class KeysCreateCommand
{
    private static readonly Option<string> Scopes = new("--scopes")
    {
        Description = "What it may do, joined by commas: read (orders, fills, swaps, streams), trade (orders), swap (their keys)",
        DefaultValueFactory = _ => "read",
    };

    private static readonly Option<string?> Label = new("--label") { Description = "What you call it: up to 64 characters" };

    private static readonly Option<string?> Expires = new("--expires")
    {
        Description =
            $"When it ends: a time such as 2026-03-01T12:00:00Z, or 30m, 2h, 7d; left out, in {CreateApiKey.UsualDays} days",
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command("create", "Make an API key; its secret is told now and never again")
        {
            Scopes, Label, Expires, CommonOptions.Server, CommonOptions.Wallet,
        };
        command.SetAction(CreateAsync);
        return command;
    }

    /// <summary>Reads scopes, joined by commas.</summary>
    /// <exception cref="CliException">One of them is none.</exception>
    internal static IReadOnlyList<ApiKeyScope> ParseScopes(string text) =>
        [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(ParseScope).Distinct()];

    private static ApiKeyScope ParseScope(string name) => name switch
    {
        "read" => ApiKeyScope.Read,
        "trade" => ApiKeyScope.Trade,
        "swap" => ApiKeyScope.Swap,
        _ => throw new CliException("bad-scope", $"\"{name}\" is no scope. Give some of read, trade, swap, joined by commas."),
    };

    private static async Task<int> CreateAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var wish = new CreateApiKey
        {
            Scopes = ParseScopes(arguments.GetValue(Scopes)!),
            Label = arguments.GetValue(Label),
            ExpiresAt = arguments.GetValue(Expires) is { } until
                ? Figures.ParseUntil(until, CliSession.Clock.GetUtcNow())
                : null,
        };
        using var keys = CliSession.OpenKeys(arguments);
        using var api = CliSession.ApiOf(arguments, keys);
        var made = await api.CreateApiKeyAsync(wish, cancellation);
        var output = Output.Of(arguments);
        output.Progress("Whoever has the secret may do what its scopes say. It is not shown again: keep it now.");
        output.Result(made, console =>
        {
            console.WriteLine($"API key  {made.Key.Id}");
            console.WriteLine($"Secret   {made.Secret}");
            console.WriteLine($"Account  {made.Account}");
            console.WriteLine($"Scopes   {KeysListCommand.WordsOf(made.Key.Scopes)}, until {Figures.Time(made.Key.ExpiresAt)}");
        });
        return 0;
    }
}
