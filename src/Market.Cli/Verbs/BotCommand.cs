using System.CommandLine;
using Market.Cli.Common;
using Market.Client.Orders;
using Market.Client.Strategies;
using Market.Strategies;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market bot`: quotes both sides around the model's value, on the market, on paper or in a recording.</summary>
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
        Description = "It bids for no more than would bring it to so many shares, what comes to it in swaps among them",
        DefaultValueFactory = _ => "2000",
    };

    private static readonly Option<string?> LeastInventory = new("--min-inventory")
    {
        Description = "Shares that it never offers",
    };

    private static readonly Option<bool> InDiscount = new("--in-discount")
    {
        Description = "Quote parts of face value: the market moves the quotes as face value moves, and they are made anew only "
            + "where the model's part of it does",
    };

    private static readonly Option<decimal> Drift = new("--drift")
    {
        Description = "With --in-discount: how far the market may move a quote from its price of now to its worst, as a fraction",
        DefaultValueFactory = _ => Defaults.Drift,
    };

    private static readonly Option<bool> Paper = new("--paper") { Description = "Say what it would do; place nothing" };

    private static readonly Option<string?> Recorded = new("--backtest")
    {
        Description = "A file or folder of `market record`: quote in that, and say what it would have come to. No wallet is opened",
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command(
            "bot",
            "Make a market: quote both sides around the model's value, drive the swaps. On paper with --paper, over a recording "
            + "with --backtest")
        {
            Bid, Ask, Levels, Size, Inventory, LeastInventory, InDiscount, Drift, Paper, Recorded, CommonOptions.Instrument,
            CommonOptions.Server, CommonOptions.Wallet, CommonOptions.Mainchain, CommonOptions.Peers, CommonOptions.Shares,
            CommonOptions.TrustServer, CommonOptions.Filters, BotPnlCommand.Build(),
        };
        foreach (var option in BackTestCommand.Options)
        {
            command.Options.Add(option);
        }

        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var options = OptionsOf(arguments);
        if (arguments.GetValue(Recorded) is { } recorded)
        {
            return await BackTestCommand.RunAsync(arguments, recorded, options, output, cancellation);
        }

        await using var session = await CliSession.OpenAsync(arguments, output, cancellation);
        using var trader = await session.OpenTraderAsync(output.Notice, cancellation, forOrders: true);
        using var ledger = options.Paper ? null : MakerLedger.Open(
            MakerLedger.PathIn(arguments.GetValue(CommonOptions.Wallet)!), CliSession.Clock.GetUtcNow(),
            (swap, outcome) => trader.Agent.Swaps.FirstOrDefault(each => each.Id == swap) is { } own
                ? SwapCosts.Of(own, outcome)
                : null);
        var maker = new MarketMaker(trader, options, CliSession.Clock)
        {
            OnSaid = output.Progress,
            OnEvent = happened => Print(output, happened),
            Ledger = ledger,
        };
        output.Progress(options.Paper
            ? "On paper: nothing is placed, and no order is touched. Stop with Ctrl-C."
            : "Quoting. Ctrl-C takes the quotes out of the book and stops; market bot pnl says what it made.");
        trader.Desk.OnNews = output.Progress;
        // A quote that moves needs no signature then, and quotes share coins.
        trader.Desk.DrawsOnProved = !options.Paper;
        var coins = new ProvedCoins(trader.Api, trader.Wallet, CliSession.Clock);
        return await LockedWords.RunAsync(
            trader, arguments, output,
            async stop =>
            {
                var proving = options.Paper ? Task.CompletedTask : coins.KeepAsync(
                    CoinsCommand.Life, count => output.Progress($"Proved {count} coins for its quotes."), output.Progress, stop);
                await maker.RunAsync(stop);
                await proving;
                return 0;
            },
            cancellation);
    }

    /// <summary>How a command line has it quote.</summary>
    /// <exception cref="CliException">It cannot.</exception>
    internal static MakerOptions OptionsOf(ParseResult arguments)
    {
        var options = Defaults with
        {
            Bid = arguments.GetValue(Bid),
            Ask = arguments.GetValue(Ask),
            Levels = Math.Clamp(arguments.GetValue(Levels), 1, 20),
            Size = Figures.ParseShares(arguments.GetValue(Size)!),
            MaxInventory = Figures.ParseShares(arguments.GetValue(Inventory)!),
            MinInventory = arguments.GetValue(LeastInventory) is { } least ? Figures.ParseShares(least) : default,
            InDiscount = arguments.GetValue(InDiscount),
            Drift = arguments.GetValue(Drift),
            Paper = arguments.GetValue(Paper),
        };
        return options.WhyNot is { } why ? throw new CliException("bad-quotes", why) : options;
    }

    /// <summary>Prints an event of the market maker: a line, of JSON where that is asked for.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="happened">The event.</param>
    internal static void Print(Output output, MakerEvent happened) =>
        output.Result(happened, console => console.WriteLine(happened.Words));
}
