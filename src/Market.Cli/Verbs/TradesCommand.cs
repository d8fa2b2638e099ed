using System.CommandLine;
using System.Text.Json;
using Market.Cli.Common;
using Market.Client;
using Market.Client.Api;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market trades`: the tape, once or live, and how swaps ended.</summary>
public static class TradesCommand
{
    private static readonly Option<int> Limit = new("--limit")
    {
        Description = "How many, newest first",
        DefaultValueFactory = _ => 20,
    };

    private static readonly Option<bool> Watch = new("--watch", "-w")
    {
        Description = "Go on with each as it is made, becomes final or is withdrawn",
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command("trades", "Show the newest trades, and which of them count")
        {
            CommonOptions.Server, CommonOptions.Instrument, Limit, Watch,
        };
        command.SetAction(RunAsync);
        return command;
    }

    /// <summary>A trade's status in a line for a person.</summary>
    public static string Words(TradeStatus status) => status switch
    {
        TradeStatus.Pending => "pending: its legs are not both locked yet",
        TradeStatus.Final => "final",
        _ => "withdrawn: its swap failed",
    };

    /// <summary>How swaps ended, for a person.</summary>
    public static string Words(SwapCounts counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        return $"Swaps so far: {InWords.Number(counts.Settled)} settled, {InWords.Number(counts.Moving)} on their way, "
            + $"{InWords.Failed(counts)}.";
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        using var api = new MarketApi(arguments.GetValue(CommonOptions.Server)!);
        var limit = Math.Clamp(arguments.GetValue(Limit), 1, 100);
        var instrument = (await TradedInstrument.ChooseAsync(api, arguments.GetValue(CommonOptions.Instrument), cancellation)).Id;
        if (!arguments.GetValue(Watch))
        {
            var page = await api.GetTradesAsync(instrument, limit, null, cancellation);
            output.Result(page.Items, console => Draw(console, page.Items));
            output.Progress(Words(await api.GetSwapCountsAsync(instrument, cancellation)));
            return 0;
        }

        var stream = new MarketStream(api) { OnBreak = why => output.Progress($"Stream broken ({why}); opening it again.") };
        await foreach (var happened in stream.ReadAsync([Channels.Trades(instrument)], cancellation))
        {
            foreach (var trade in TradesOf(happened).TakeLast(limit))
            {
                output.Result(trade, console => console.WriteLine(Line(trade)));
            }
        }

        return 0;
    }

    /// <summary>What a message of the channel tells, oldest first.</summary>
    private static IEnumerable<Trade> TradesOf(StreamEvent happened) => happened switch
    {
        { Type: StreamEventType.Snapshot, Data: { } data } => (data.Deserialize<Trade[]>(MarketJson.Options) ?? []).Reverse(),
        { Type: StreamEventType.Update, Data: { } data } => [data.Deserialize<Trade>(MarketJson.Options)!],
        _ => [],
    };

    /// <summary>A trade in a line.</summary>
    internal static string Line(Trade trade) =>
        $"{Figures.Time(trade.StatusAt ?? trade.Time)} trade {trade.Id}: {(trade.TakerSide == Side.Sell ? "sell" : "buy")} "
        + $"{InWords.Shares(trade.Quantity)} at {InWords.Sats(trade.Price.Sats)}, {Words(trade.Status)}";

    /// <summary>Trades as a table.</summary>
    internal static void Draw(IAnsiConsole console, IReadOnlyList<Trade> trades)
    {
        if (trades.Count == 0)
        {
            console.WriteLine("No trades yet.");
            return;
        }

        var table = new Table().Border(TableBorder.None);
        table.AddColumns("trade", "made", "taker");
        table.AddColumn(new TableColumn("price (sat/share)").RightAligned());
        table.AddColumn(new TableColumn("shares").RightAligned());
        table.AddColumn("state");
        foreach (var trade in trades)
        {
            table.AddRow(
                trade.Id,
                Figures.Time(trade.Time),
                trade.TakerSide == Side.Sell ? "sell" : "buy",
                Figures.Sats(trade.Price.Sats),
                Figures.Shares(trade.Quantity.Units),
                trade.Status.ToString().ToLowerInvariant());
        }

        console.Write(table);
    }
}
