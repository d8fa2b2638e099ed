using System.CommandLine;
using Market.Cli.Common;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market standing transfer`: credits of the account for another key.</summary>
internal static class StandingTransferCommand
{
    private static readonly Argument<string> To = new("key") { Description = "Who gets them: the account's key, 64 hex digits" };
    private static readonly Argument<long> Amount = new("credits") { Description = "How many" };
    private static readonly Option<string?> Id = new("--id")
    {
        Description = "Your own name for it, 1 to 32 of A-Z a-z 0-9 _ -: the same again is done once; left out, a new one",
    };

    private static readonly Option<bool> Yes = new("--yes") { Description = "Give without asking" };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command("transfer", "Give credits to another key; they do not come back")
        {
            To, Amount, Id, Yes, CommonOptions.Server, CommonOptions.Wallet,
        };
        command.SetAction(TransferAsync);
        return command;
    }

    private static async Task<int> TransferAsync(ParseResult arguments, CancellationToken cancellation)
    {
        using var keys = CliSession.OpenKeys(arguments);
        using var api = CliSession.ApiOf(arguments, keys);
        var transfer = new TransferCredits
        {
            To = arguments.GetValue(To)!,
            Amount = arguments.GetValue(Amount),
            Id = arguments.GetValue(Id) ?? Guid.NewGuid().ToString("N"),
        };
        var output = Output.Of(arguments);
        output.Progress($"{Figures.Sats(transfer.Amount)} credits go to {transfer.To}, under the name {transfer.Id}.");
        Confirmation.Ask(arguments.GetValue(Yes), "Give them?", "Nothing was given");
        var done = await api.TransferCreditsAsync(transfer, cancellation);
        output.Result(
            done, console => console.WriteLine($"Given: {Figures.Sats(done.Amount)} credits, {Figures.Time(done.Time)}."));
        return 0;
    }
}
