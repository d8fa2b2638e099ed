using System.CommandLine;
using Market.Cli.Common;
using Market.Client;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market sell` and `market buy`: place an order and stay until its swaps are done.</summary>
public static class TradeCommand
{
    private const int LevelsLookedAt = 100;

    /// <summary>How far off the best price an order without a price may go.</summary>
    private const decimal MostSlip = 0.02m;

    private static readonly Argument<string> Quantity = new("shares") { Description = "How many shares, such as 50 or 0.5" };

    private static readonly Argument<string?> Price = new("price")
    {
        Description = "Satoshis per share; left out: as deep into the book as the order needs, at most 2 % off the best price, "
            + "after a question",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> NamedPrice = new("--price") { Description = "The same, by name" };

    private static readonly Option<bool> Detach = new("--detach")
    {
        Description = "Return once the order stands; drive its swaps later with: market swaps run",
    };

    /// <summary>`market sell`.</summary>
    public static Command BuildSell() => Build("sell", "Sell shares for BTC by atomic swap", Side.Sell);

    /// <summary>`market buy`.</summary>
    public static Command BuildBuy() => Build("buy", "Buy shares with BTC by atomic swap", Side.Buy);

    private static Command Build(string name, string description, Side side)
    {
        var command = new Command(name, description)
        {
            Quantity, Price, NamedPrice, Detach, CommonOptions.Instrument, CommonOptions.Server,
            CommonOptions.Wallet, CommonOptions.Mainchain,
            CommonOptions.Peers, CommonOptions.Shares, CommonOptions.TrustServer, CommonOptions.Filters,
        };
        OrderOptions.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(Price) is { Tokens.Count: > 0 } && result.GetResult(NamedPrice) is not null)
            {
                result.AddError("Name the price once: after the shares, or with --price.");
            }
            else if ((result.GetResult(Price) is { Tokens.Count: > 0 } || result.GetResult(NamedPrice) is not null)
                && OrderOptions.IsMarket(result))
            {
                result.AddError("A market order has no price of its own: name the worst one with --protection.");
            }
            else if (result.GetResult(Price) is not { Tokens.Count: > 0 } && result.GetResult(NamedPrice) is null
                && OrderOptions.HasDiscount(result))
            {
                result.AddError("With --discount name the worst price: after the shares, or with --price.");
            }
        });
        command.SetAction((arguments, cancellation) => RunAsync(arguments, side, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, Side side, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var quantity = Figures.ParseShares(arguments.GetValue(Quantity)!);
        var text = OrderOptions.ProtectionOf(arguments) ?? arguments.GetValue(Price) ?? arguments.GetValue(NamedPrice);
        var named = text is null ? (Price?)null : Figures.ParsePrice(text);
        await using var session = await CliSession.OpenAsync(arguments, output, cancellation);
        using var trader = await session.OpenTraderAsync(output.Notice, cancellation, forOrders: true);
        trader.Desk.OnNews = output.Progress;
        async Task<Order> PlaceAsync(CancellationToken stop)
        {
            await trader.ReleaseAsync(stop);
            var asks = OrderOptions.IsAskedFor(arguments, hasPrice: named is not null);
            var levels = named is null || asks ? await OtherSideAsync(trader, side, stop) : [];
            var price = named ?? PriceFor(levels, quantity)
                ?? throw new CliException("no-price", "The book has nobody to trade with now: name a price.");
            var wish = OrderOptions.WishOf(arguments, side, price, quantity, CliSession.Clock.GetUtcNow());
            if (asks)
            {
                OrderOptions.Confirm(wish, BookPreview.Of(levels, wish));
            }

            var placed = await trader.Desk.PlaceAsync(wish, stop);
            output.Result(
                OrderWords.Plain(placed),
                console => console.WriteLine(OrderWords.Of(placed.Order, Traded.Of(placed.Fills))));
            return placed.Order;
        }

        if (arguments.GetValue(Detach))
        {
            await PlaceAsync(cancellation);
            output.Progress("To drive its swaps, run: market swaps run");
            return 0;
        }

        // The agent runs before the order is sent: an order whose answer is lost may be traded with all the same.
        return await LockedWords.RunAsync(
            trader, arguments, output,
            async stop => await TradeStay.RunAsync(
                trader, await PlaceAsync(stop), output, stop, () => cancellation.IsCancellationRequested),
            cancellation);
    }

    private static async Task<IReadOnlyList<BookLevel>> OtherSideAsync(
        Trader trader, Side side, CancellationToken cancellation)
    {
        var instrument = await trader.Desk.GetInstrumentAsync(cancellation);
        var book = await trader.Api.GetBookAsync(instrument.Id, LevelsLookedAt, cancellation);
        return side == Side.Sell ? book.Bids : book.Asks;
    }

    /// <summary>
    /// The price of the level at which the whole quantity is there, or of the last one that is near enough to the best; null
    /// where there is none. Better levels trade at their own, better prices.
    /// </summary>
    /// <param name="levels">The other side, best first.</param>
    /// <param name="quantity">How much is wanted.</param>
    public static Price? PriceFor(IReadOnlyList<BookLevel> levels, Quantity quantity)
    {
        Price? price = null;
        long there = 0;
        foreach (var level in levels)
        {
            var off = Math.Abs(level.Price.Sats - levels[0].Price.Sats);
            if (there >= quantity.Units || off > levels[0].Price.Sats * MostSlip)
            {
                break;
            }

            price = level.Price;
            there += level.Quantity.Units;
        }

        return price;
    }
}
