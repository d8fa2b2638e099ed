using System.CommandLine;
using Market.Cli.Common;
using Market.Client;
using Market.Client.Api;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market book`: the order book, once or live.</summary>
public static class BookCommand
{
    private static readonly Option<int> Depth = new("--depth")
    {
        Description = "Levels of each side",
        DefaultValueFactory = _ => 10,
    };

    private static readonly Option<bool> Watch = new("--watch", "-w") { Description = "Go on showing it as it changes" };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command("book", "Show the order book") { CommonOptions.Server, CommonOptions.Instrument, Depth, Watch };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        using var api = new MarketApi(arguments.GetValue(CommonOptions.Server)!);
        var depth = Math.Clamp(arguments.GetValue(Depth), 1, 100);
        var instrument = (await TradedInstrument.ChooseAsync(api, arguments.GetValue(CommonOptions.Instrument), cancellation)).Id;
        if (!arguments.GetValue(Watch))
        {
            var book = await api.GetBookAsync(instrument, depth, cancellation);
            output.Result(book, console => Draw(console, book.Instrument, book.Bids, book.Asks, depth));
            return 0;
        }

        var follower = new BookFollower(instrument);
        var stream = new MarketStream(api) { OnBreak = why => output.Progress($"Stream broken ({why}); opening it again.") };
        await foreach (var happened in stream.ReadAsync([Channels.Book(instrument)], cancellation))
        {
            if (follower.Apply(happened))
            {
                output.Result(
                    new { sequence = follower.Sequence, bids = follower.Bids.Take(depth), asks = follower.Asks.Take(depth) },
                    console => Draw(console, follower.Instrument, [.. follower.Bids], [.. follower.Asks], depth));
            }
            else if (!follower.InSync)
            {
                stream.Resync();
            }
        }

        return 0;
    }

    private static void Draw(
        IAnsiConsole console, string name, IReadOnlyList<BookLevel> bids, IReadOnlyList<BookLevel> asks, int depth)
    {
        var table = new Table().Border(TableBorder.None).Title(name);
        table.AddColumn("");
        table.AddColumn(new TableColumn("price (sat/share)").RightAligned());
        table.AddColumn(new TableColumn("quantity (share)").RightAligned());
        table.AddColumn(new TableColumn("orders").RightAligned());
        foreach (var level in asks.Take(depth).Reverse())
        {
            Row(table, "sell", "orange1", level);
        }

        table.AddRow("", asks.Count > 0 && bids.Count > 0
            ? $"[grey]spread {Figures.Sats(asks[0].Price.Sats - bids[0].Price.Sats)}[/]"
            : "[grey]one side is empty[/]");
        foreach (var level in bids.Take(depth))
        {
            Row(table, "buy", "dodgerblue2", level);
        }

        console.Write(table);
    }

    private static void Row(Table table, string side, string colour, BookLevel level) => table.AddRow(
        $"[{colour}]{side}[/]",
        Figures.Sats(level.Price.Sats),
        Figures.Shares(level.Quantity.Units),
        Figures.Sats(level.Orders));
}
