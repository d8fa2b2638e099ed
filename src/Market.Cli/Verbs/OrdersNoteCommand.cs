using System.CommandLine;
using Market.Cli.Common;
using Market.Client;
using Market.Client.Orders;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market orders note`: what an order that another program sends may trade at, so that `market swaps run` drives its
/// swaps.</summary>
internal static class OrdersNoteCommand
{
    // Beside the files of adapters: each writes one of its own.
    private const string OwnFile = "by-hand.jsonl";
    private const int MostTries = 100;
    private const string Sell = "sell";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private static readonly Argument<string> Id = new("order") { Description = "The client order id that it is sent with" };
    private static readonly Option<string?> WhichSide = new("--side") { Description = "sell or buy" };
    private static readonly Option<string?> Price = new("--price")
    {
        Description = "Satoshis per share: the worst that it may trade at, of a market order its protection",
    };

    private static readonly Option<string?> Shares = new("--shares") { Description = "How many shares in all" };

    private static readonly Option<bool> Proved = new("--proved")
    {
        Description = "It names no coins of its own but draws on proved ones: its swaps are locked with these",
    };

    private static readonly Option<string?> Until = new("--until") { Description = "It expires then, as of buy and sell" };
    private static readonly Option<bool> Ioc = new("--ioc") { Description = "It takes what is there at once, or nothing" };
    private static readonly Option<bool> Fok = new("--fok") { Description = "It takes all at once, or nothing" };
    private static readonly Option<bool> Void = new("--void") { Description = "It was never placed: nothing follows from it" };

    static OrdersNoteCommand() => WhichSide.AcceptOnlyFromAmong(Sell, "buy");

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var note = new Command(
            "note", "Write down an order that another program sends, before it does: its swaps are then driven. Again with another "
                + "--price or --shares before it is amended: it may then trade at either")
        {
            Id, WhichSide, Price, Shares, Proved, Ioc, Fok, Until, Void, CommonOptions.Instrument, CommonOptions.Wallet,
        };
        note.Validators.Add(result =>
        {
            if (!OrderOptions.StandsInOneWay(result, Ioc, Fok, Until))
            {
                result.AddError(OrderOptions.OneWay);
            }
        });
        note.SetAction(NoteAsync);
        return note;
    }

    private static async Task<int> NoteAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var orders = Trader.OrdersPath(arguments.GetValue(CommonOptions.Wallet)!);
        var note = NoteOf(arguments);
        var isKnown = OrderLog.Peek(orders, note.ClientOrderId) is not null;
        if (!note.Void && !isKnown && note.ToOrder() is null)
        {
            throw new CliException("incomplete-note", "This order was not noted before: name --side, --price and --shares.");
        }

        await AddAsync(note, Path.Combine(OrderNotes.Beside(orders)!, OwnFile), cancellation);
        output.Result(note, console => console.WriteLine(
            note.Void ? $"Nothing follows from {note.ClientOrderId}." : $"Noted: swaps of {note.ClientOrderId} are driven."));
        return 0;
    }

    private static OrderNote NoteOf(ParseResult arguments)
    {
        var id = arguments.GetValue(Id)!;
        if (id.Length is 0 or > OrderNote.LongestId || !id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            throw new CliException("bad-order-id", "A client order id has up to 32 letters, digits, - and _.");
        }

        var now = CliSession.Clock.GetUtcNow();
        var until = arguments.GetValue(Until) is { } text ? Figures.ParseUntil(text, now) : (DateTimeOffset?)null;
        return arguments.GetValue(Void) ? new OrderNote(id) { Void = true } : new OrderNote(id)
        {
            Instrument = CliSession.InstrumentOf(arguments),
            Side = arguments.GetValue(WhichSide) is { } side ? side == Sell ? Side.Sell : Side.Buy : null,
            Price = arguments.GetValue(Price) is { } price ? Figures.ParsePrice(price) : null,
            Quantity = arguments.GetValue(Shares) is { } shares ? Figures.ParseShares(shares) : null,
            Proved = arguments.GetValue(Proved),
            TimeInForce = arguments.GetValue(Ioc) ? TimeInForce.Ioc
                : arguments.GetValue(Fok) ? TimeInForce.Fok
                : until is null ? TimeInForce.Gtc : TimeInForce.Gtd,
            ExpiresAt = until,
            NotedAt = now,
        };
    }

    // Several at once take turns.
    private static async Task AddAsync(OrderNote note, string path, CancellationToken cancellation)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                OrderNotes.Add(note, path);
                return;
            }
            catch (IOException) when (tries < MostTries)
            {
                await Task.Delay(Pause, CliSession.Clock, cancellation);
            }
        }
    }
}
