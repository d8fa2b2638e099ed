using System.CommandLine;
using Market.Cli.Common;
using Market.Client.Api;

namespace Market.Cli.Verbs;

/// <summary>`market swaps`: all that move, one with its steps, or the agent that drives the own ones.</summary>
public static class SwapsCommand
{
    private static readonly Argument<string?> Id = new("swap")
    {
        Description = "A swap's id: watch it until it ends",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<bool> Mine = new("--mine") { Description = "Only own swaps" };

    private static readonly Option<bool> Watch = new("--watch")
    {
        Description = "Stay for swaps that are to come; without it, it ends once no swap is under way and no order stands",
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var run = new Command(
            "run", "Drive own swaps to their end: locks, claims, refunds; resumes where it stopped, and ends when nothing is left")
        {
            CommonOptions.Instrument, CommonOptions.Server, CommonOptions.Wallet, CommonOptions.Mainchain, CommonOptions.Peers,
            CommonOptions.Shares, CommonOptions.TrustServer, CommonOptions.Filters,
        };
        run.Options.Add(Watch);
        run.SetAction(RunAgentAsync);
        var command = new Command("swaps", "Show swaps, watch one, or drive the own ones")
        {
            Id, Mine, CommonOptions.Instrument, CommonOptions.Server, CommonOptions.Wallet, run, SwapsPlanCommand.Build(),
        };
        command.SetAction(ShowAsync);
        return command;
    }

    private static async Task<int> ShowAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        if (arguments.GetValue(Id) is { } id)
        {
            using var watched = new MarketApi(arguments.GetValue(CommonOptions.Server)!);
            return await SwapWatch.FollowAsync(watched, id, output, cancellation);
        }

        var mine = arguments.GetValue(Mine);
        using var keys = mine ? CliSession.OpenKeys(arguments) : null;
        using var api = CliSession.ApiOf(arguments, keys);
        var swaps = await api.GetSwapsAsync(mine, null, 50, null, arguments.GetValue(CommonOptions.Instrument), cancellation);
        output.Result(swaps.Items, console => SwapView.List(console, swaps.Items));
        return 0;
    }

    private static async Task<int> RunAgentAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        await using var session = await CliSession.OpenAsync(arguments, output, cancellation, waitLive: false);
        using var trader = await session.OpenTraderAsync(output.Notice, cancellation);
        trader.Desk.OnNews = output.Progress;
        output.Progress("Driving own swaps. Stop with Ctrl-C; it resumes where it stopped.");
        return await LockedWords.RunAsync(
            trader, arguments, output, stop => AgentStay.RunAsync(trader, output, arguments.GetValue(Watch), stop), cancellation);
    }
}
