using System.CommandLine;
using Market.Cli.Common;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market audit`: requests that the market refused; the operator's wallet sees everybody's.</summary>
public static class AuditCommand
{
    private const int MostRows = 500;
    private const int KeyShown = 8;

    private static readonly Option<string?> Key = new("--key") { Description = "Only this account's (64 hex digits)" };
    private static readonly Option<string?> Code = new("--code") { Description = "Only with this problem code, like badSignature" };
    private static readonly Option<int> Count = new("--count")
    {
        Description = $"How many, newest first, up to {MostRows}",
        DefaultValueFactory = _ => 50,
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command("audit", "Show requests that were refused: the own ones, or with the operator's wallet all")
        {
            Key, Code, Count, CommonOptions.Server, CommonOptions.Wallet,
        };
        command.SetAction(ListAsync);
        return command;
    }

    private static async Task<int> ListAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        using var keys = CliSession.OpenKeys(arguments);
        using var api = CliSession.ApiOf(arguments, keys);
        var refusals = await api.GetRefusalsAsync(
            arguments.GetValue(Key), arguments.GetValue(Code), Math.Clamp(arguments.GetValue(Count), 1, MostRows), null,
            cancellation);
        output.Result(refusals.Items, console => Draw(console, refusals.Items));
        return 0;
    }

    private static void Draw(IAnsiConsole console, IReadOnlyList<AuditedRefusal> refusals)
    {
        if (refusals.Count == 0)
        {
            console.WriteLine("No refusals.");
            return;
        }

        foreach (var refusal in refusals)
        {
            // One refusal a line and its words below: a detail is longer than a column of a narrow terminal.
            var who = refusal.Key is { } key ? key[..KeyShown] : "nobody";
            var from = refusal.Address is { } address ? $" from {address}" : "";
            console.WriteLine($"{Figures.Time(refusal.Time)}  {refusal.Code}  {refusal.Method} {refusal.Path}  {who}{from}");
            if (refusal.Detail is { } detail)
            {
                console.WriteLine($"    {detail}");
            }

            if (refusal.Dropped > 0)
            {
                console.WriteLine($"    ({refusal.Dropped} refusals before it came too fast to be written down)");
            }
        }
    }
}
