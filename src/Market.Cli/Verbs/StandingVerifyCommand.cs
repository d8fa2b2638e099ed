using System.CommandLine;
using Market.Cli.Common;
using Market.Client;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market standing verify`: a key's tier computed again, from public routes and own chains.</summary>
internal static class StandingVerifyCommand
{
    /// <summary>The market says otherwise.</summary>
    private const int Differs = 1;

    private static readonly Argument<string> Key = new("key") { Description = "The account's key, 64 hex digits" };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command(
            "verify", "Compute a key's tier again from its swaps' proofs and the own chains, and say where the market differs")
        {
            Key, CommonOptions.Server, CommonOptions.Wallet, CommonOptions.Mainchain, CommonOptions.Peers, CommonOptions.Shares,
            CommonOptions.TrustServer, CommonOptions.Filters,
        };
        command.SetAction(VerifyAsync);
        return command;
    }

    private static async Task<int> VerifyAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        await using var session = await CliSession.OpenAsync(arguments, output, cancellation);
        using var api = CliSession.ApiOf(arguments, null);
        var found = await new StandingCheck(api, session.Mainchain, session.Sharechain)
            .CheckAsync(arguments.GetValue(Key)!, cancellation);
        output.Result(found, console => Draw(console, found));
        return found.Differences.Count == 0 ? 0 : Differs;
    }

    /// <summary>The same in words.</summary>
    internal static void Draw(IAnsiConsole console, CheckedStanding found)
    {
        console.WriteLine($"Key {found.Said.Key}");
        console.WriteLine($"Found here: tier {found.Tier.ToString().ToLowerInvariant()}, {Figures.Sats(found.Points)} points, "
            + $"{Figures.Sats(found.SettledDays)} days with settled swaps, {Figures.Sats(found.Faults)} faults; "
            + $"{Figures.Sats(found.Checked)} swaps were found on the own chains as the market tells them.");
        foreach (var unseen in found.Unchecked)
        {
            console.WriteLine($"The market's word alone: {unseen}.");
        }

        foreach (var difference in found.Differences)
        {
            console.WriteLine($"DIFFERS: {difference.What}: the market says {difference.Said}, found: {difference.Found}.");
        }

        if (found.Differences.Count == 0)
        {
            console.WriteLine("The market says the same.");
        }
    }
}
