using System.CommandLine;
using Market.Cli.Common;
using Market.Client.Agent;
using Market.Client.Strategies;

namespace Market.Cli.Verbs;

/// <summary>`market bot`: quotes both sides around the model's value.</summary>
public static class BotCommand
{
    private static readonly MakerOptions Defaults = new();

    private static readonly Option<decimal> Bid = new("--bid")
    {
        Description = "The best bid as a fraction of the model's value",
        DefaultValueFactory = _ => Defaults.Bid,
    };

    private static readonly Option<decimal> Ask = new("--ask")
    {
        Description = "The best ask as a fraction of the model's value",
        DefaultValueFactory = _ => Defaults.Ask,
    };

    private static readonly Option<int> Levels = new("--levels")
    {
        Description = "Orders of each side",
        DefaultValueFactory = _ => Defaults.Levels,
    };

    private static readonly Option<string> Size = new("--size")
    {
        Description = "Shares of each order",
        DefaultValueFactory = _ => "10",
    };

    private static readonly Option<string> Inventory = new("--max-inventory")
    {
        Description = "No bids while it holds more shares than this",
        DefaultValueFactory = _ => "2000",
    };

    private static readonly Option<bool> Paper = new("--paper") { Description = "Say what it would do; place nothing" };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command("bot", "Make a market: quote both sides around the model's value, drive the swaps")
        {
            Bid, Ask, Levels, Size, Inventory, Paper, CommonOptions.Instrument, CommonOptions.Server, CommonOptions.Wallet,
            CommonOptions.Mainchain, CommonOptions.Peers, CommonOptions.Shares, CommonOptions.TrustServer, CommonOptions.Filters,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var options = Defaults with
        {
            Bid = arguments.GetValue(Bid),
            Ask = arguments.GetValue(Ask),
            Levels = Math.Clamp(arguments.GetValue(Levels), 1, 20),
            Size = Figures.ParseShares(arguments.GetValue(Size)!),
            MaxInventory = Figures.ParseShares(arguments.GetValue(Inventory)!),
            Paper = arguments.GetValue(Paper),
        };
        if (options.Bid <= 0 || options.Ask <= options.Bid)
        {
            throw new CliException("bad-quotes", "--ask must be above --bid, and --bid above nought.");
        }

        await using var session = await CliSession.OpenAsync(arguments, output, cancellation);
        using var trader = await session.OpenTraderAsync(output.Notice, cancellation);
        var maker = new MarketMaker(trader, options, CliSession.Clock) { OnSaid = output.Progress };
        output.Progress("Quoting. Ctrl-C takes the quotes out of the book and stops.");
        trader.Desk.OnNews = output.Progress;
        await WithAgent.RunAsync(trader.Agent.RunAsync, maker.RunAsync, cancellation);
        return 0;
    }
}
