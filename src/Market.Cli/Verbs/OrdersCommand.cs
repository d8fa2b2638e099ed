using System.CommandLine;
using Market.Cli.Common;
using Market.Client.Orders;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market orders`: own orders; cancel one or all.</summary>
public static class OrdersCommand
{
    private static readonly Option<bool> All = new("--all") { Description = "Also filled and cancelled ones" };
    private static readonly Argument<string> Id = new("order") { Description = "The order's id, or all" };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var cancel = new Command("cancel", "Cancel an order, or all")
        {
            Id, CommonOptions.Instrument, CommonOptions.Server, CommonOptions.Wallet,
        };
        cancel.SetAction(CancelAsync);
        var command = new Command("orders", "Show own orders; cancel them")
        {
            All, CommonOptions.Instrument, CommonOptions.Server, CommonOptions.Wallet, cancel,
        };
        command.SetAction(ListAsync);
        return command;
    }

    private static async Task<int> ListAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        using var keys = CliSession.OpenKeys(arguments);
        using var api = CliSession.ApiOf(arguments, keys);
        OrderStatus?[] wanted = arguments.GetValue(All) ? [null] : [OrderStatus.Open, OrderStatus.Settling];
        var orders = new List<Order>();
        foreach (var status in wanted)
        {
            string? cursor = null;
            do
            {
                var page = await api.GetOrdersAsync(status, null, cursor, cancellation);
                orders.AddRange(page.Items);
                cursor = page.NextCursor;
            }
            while (cursor is not null);
        }

        output.Result(orders, console => Draw(console, orders));
        return 0;
    }

    /// <summary>An order's status for a person.</summary>
    public static string Words(Order order)
    {
        ArgumentNullException.ThrowIfNull(order);
        return order.Status switch
        {
            OrderStatus.Open => "in the book",
            OrderStatus.Settling => "settling: filled, its swaps run",
            OrderStatus.Filled => "filled",
            _ => order.CancelReason is { } reason ? $"cancelled ({reason})" : "cancelled",
        };
    }

    private static async Task<int> CancelAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        using var keys = CliSession.OpenKeys(arguments);
        using var api = CliSession.ApiOf(arguments, keys);
        var id = arguments.GetValue(Id)!;
        var file = CliSession.OpenFile(arguments);
        // No agent runs in here: what the market says of a swap decides whether its coins are free.
        var cancels = new OrderCancels(api, new OrderCoins(api, file, _ => false), CliSession.Clock);
        IReadOnlyList<Order> cancelled = id == "all"
            ? await cancels.CancelAllAsync(CliSession.InstrumentOf(arguments), cancellation)
            : [await cancels.CancelAsync(id, CliSession.InstrumentOf(arguments), cancellation)];
        output.Result(cancelled, console => Draw(console, cancelled));
        return 0;
    }

    private static void Draw(IAnsiConsole console, IReadOnlyList<Order> orders)
    {
        if (orders.Count == 0)
        {
            console.WriteLine("No orders.");
            return;
        }

        var table = new Table().Border(TableBorder.None);
        table.AddColumns("order", "side");
        table.AddColumn(new TableColumn("price (sat/share)").RightAligned());
        table.AddColumn(new TableColumn("shares").RightAligned());
        table.AddColumn(new TableColumn("filled").RightAligned());
        table.AddColumns("status", "since");
        foreach (var order in orders)
        {
            table.AddRow(
                order.Id,
                order.Side == Side.Sell ? "sell" : "buy",
                Figures.Sats(order.Price.Sats),
                Figures.Shares(order.Quantity.Units),
                Figures.Shares(order.Filled.Units),
                Words(order),
                Figures.Time(order.CreatedAt));
        }

        console.Write(table);
    }
}
