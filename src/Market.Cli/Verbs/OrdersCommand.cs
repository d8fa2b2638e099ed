using System.CommandLine;
using Market.Cli.Common;
using Market.Client;
using Market.Client.Orders;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market orders`: own orders; cancel one or all, amend one.</summary>
public static class OrdersCommand
{
    private static readonly Option<bool> All = new("--all") { Description = "Also filled and cancelled ones" };
    private static readonly Argument<string[]> Ids = new("orders")
    {
        Description = "Ids of orders, or all",
        Arity = ArgumentArity.OneOrMore,
    };


    private static readonly Argument<string> AmendedId = new("order") { Description = "The order's id, or client:ID" };
    private static readonly Option<string?> NewPrice = new("--price")
    {
        Description = "Satoshis per share, of an order that follows face value the worst; as it is when left out",
    };

    private static readonly Option<string?> NewDiscount = new("--discount")
    {
        Description = "The part of face value, of an order that follows it; as it is when left out",
    };

    private static readonly Option<string?> NewQuantity = new("--shares")
    {
        Description = "How many shares in all, what is filled among them; as many as there are when left out",
    };

    private static readonly Argument<int> Seconds = new("seconds") { Description = "Up to a day; 0 turns it off" };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var cancel = new Command("cancel", "Cancel orders, or all")
        {
            Ids, CommonOptions.Instrument, CommonOptions.Server, CommonOptions.Wallet,
        };
        cancel.SetAction(CancelAsync);
        var amend = new Command("amend", "Give an order another price or quantity; fewer at the same price keep their place")
        {
            AmendedId, NewPrice, NewDiscount, NewQuantity, CommonOptions.Instrument, CommonOptions.Server, CommonOptions.Wallet,
        };
        amend.Validators.Add(result =>
        {
            if (result.GetResult(NewPrice) is null && result.GetResult(NewDiscount) is null
                && result.GetResult(NewQuantity) is null)
            {
                result.AddError("Name what changes: --price, --discount, --shares or several of them.");
            }
        });
        amend.SetAction(AmendAsync);
        var deadMan = new Command("dead-man", "Cancel all orders unless this is said again within so many seconds; 0 turns it off")
        {
            Seconds, CommonOptions.Server, CommonOptions.Wallet,
        };
        deadMan.SetAction(SetDeadManAsync);
        var command = new Command("orders", "Show own orders; cancel or amend them")
        {
            All, CommonOptions.Instrument, CommonOptions.Server, CommonOptions.Wallet, cancel, amend, deadMan,
            OrdersNoteCommand.Build(),
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
        var ids = arguments.GetValue(Ids)!;
        var file = CliSession.OpenFile(arguments);
        // No agent runs in here: what the market says of a swap decides whether its coins are free.
        var cancels = new OrderCancels(api, new OrderCoins(api, file, _ => false), CliSession.Clock);
        var instrument = CliSession.InstrumentOf(arguments);
        if (ids.Length > 1)
        {
            var answers = await cancels.CancelSeveralAsync(ids, instrument, cancellation);
            output.Result(answers, console =>
            {
                Draw(console, [.. answers.Select(answer => answer.Order).OfType<Order>()]);
                foreach (var (id, answer) in ids.Zip(answers).Where(one => one.Second.Problem is not null))
                {
                    console.WriteLine($"{id} is not cancelled: {answer.Problem!.Detail ?? answer.Problem.Title}");
                }
            });
            return answers.All(answer => answer.Problem is null) ? 0 : 1;
        }

        IReadOnlyList<Order> cancelled = ids[0] == "all"
            ? await cancels.CancelAllAsync(instrument, cancellation)
            : [await cancels.CancelAsync(ids[0], instrument, cancellation)];
        output.Result(cancelled, console => Draw(console, cancelled));
        return 0;
    }

    private static async Task<int> SetDeadManAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        using var keys = CliSession.OpenKeys(arguments);
        using var api = CliSession.ApiOf(arguments, keys);
        var set = await api.SetDeadManAsync(new SetDeadMan { Seconds = arguments.GetValue(Seconds) }, cancellation);
        output.Result(set, console => console.WriteLine(set.FiresAt is { } time
            ? $"All orders are cancelled at {Figures.Time(time)} unless this is said again before."
            : "The dead man's switch is off."));
        return 0;
    }

    private static async Task<int> AmendAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var wanted = new AmendOrder
        {
            Price = arguments.GetValue(NewPrice) is { } price ? Figures.ParsePrice(price) : null,
            Discount = arguments.GetValue(NewDiscount) is { } part ? Figures.ParseDiscount(part) : null,
            Quantity = arguments.GetValue(NewQuantity) is { } shares ? Figures.ParseShares(shares) : null,
        };
        using var keys = CliSession.OpenKeys(arguments);
        using var api = CliSession.ApiOf(arguments, keys);
        var amends = new OrderAmends(api, Trader.OrdersPath(arguments.GetValue(CommonOptions.Wallet)!), CliSession.Clock);
        try
        {
            var placed = await amends.AmendAsync(
                arguments.GetValue(AmendedId)!, wanted, CliSession.InstrumentOf(arguments), cancellation);
            output.Result(placed, console => console.WriteLine(OrderWords.Of(placed.Order, Traded.Of(placed.Fills))));
            return 0;
        }
        catch (KeyNotFoundException e)
        {
            throw new CliException("unknown-order", e.Message);
        }
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
                order.Discount is { } part ? $"{Figures.Sats(order.Price.Sats)} ({part})" : Figures.Sats(order.Price.Sats),
                Figures.Shares(order.Quantity.Units),
                Figures.Shares(order.Filled.Units),
                Words(order),
                Figures.Time(order.CreatedAt));
        }

        console.Write(table);
    }
}
