using System.CommandLine;
using System.CommandLine.Parsing;
using Market.Cli.Common;
using Market.Client.Orders;
using Market.Contracts;

namespace Market.Cli.Verbs;

/// <summary>How an order of `market sell` and `market buy` stands, trades and meets own ones.</summary>
public static class OrderOptions
{
    private static readonly Option<bool> Ioc = new("--ioc") { Description = "Take what is there at once, cancel the rest" };
    private static readonly Option<bool> Fok = new("--fok") { Description = "Take all of it at once, or nothing" };

    private static readonly Option<string?> Until = new("--until")
    {
        Description = "Cancel what is left then: a time such as 2026-03-01T12:00:00Z, or from now on such as 90s, 30m, 2h, 7d",
    };

    private static readonly Option<bool> AtMarket = new("--market")
    {
        Description = "Take at once whatever is there, at --protection at the worst; asks first, and never stands in the book",
    };

    private static readonly Option<string?> Protection = new("--protection")
    {
        Description = "With --market: the worst price, in satoshis per share; left out: as deep into the book as the order needs, "
            + "at most 2 % off the best price",
    };

    private static readonly Option<string?> Discount = new("--discount")
    {
        Description = "Stand at this part of a share's face value, such as 0.97, and be priced again as it moves; the price is "
            + "then the worst one",
    };

    private static readonly Option<bool> Yes = new("--yes") { Description = "With --market or without a price: do not ask" };

    private static readonly Option<bool> Proved = new("--proved")
    {
        Description = "Draw on coins that were proved to the market (market coins prove), as other orders do, and sign nothing",
    };

    private static readonly Option<bool> PostOnly = new("--post-only")
    {
        Description = "Never take: refuse rather than trade at once",
    };

    private static readonly Option<bool> Reprice = new("--reprice")
    {
        Description = "Never take: rather than trade at once, stand one tick off the best order of the other side",
    };

    private static readonly Option<string> SelfTrade = new("--self-trade")
    {
        Description = "On meeting an own order: cancel the newest, cancel the oldest, or decrement both by the smaller quantity",
        DefaultValueFactory = _ => "newest",
    };

    static OrderOptions() => SelfTrade.AcceptOnlyFromAmong("newest", "oldest", "decrement");

    /// <summary>Adds them to a verb, and refuses what contradicts itself.</summary>
    /// <param name="command">The verb.</param>
    public static void AddTo(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        foreach (var option in new Option[]
        {
            Discount, AtMarket, Protection, Yes, Ioc, Fok, Until, PostOnly, Reprice, SelfTrade, Proved,
        })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (!StandsInOneWay(result, Ioc, Fok, Until))
            {
                result.AddError(OneWay);
            }
            else if ((IsSet(result, PostOnly) || IsSet(result, Reprice)) && (IsSet(result, Ioc) || IsSet(result, Fok)))
            {
                result.AddError("An order that never takes cannot be --ioc or --fok.");
            }
            else if (IsSet(result, AtMarket)
                && (IsSet(result, PostOnly) || IsSet(result, Reprice) || result.GetResult(Until) is not null))
            {
                result.AddError("A market order never stands in the book: --until, --post-only and --reprice are not for it.");
            }
            else if (HasDiscount(result) && (IsSet(result, AtMarket) || IsSet(result, Ioc) || IsSet(result, Fok)))
            {
                result.AddError("An order that follows face value stands in the book: --market, --ioc and --fok are not for it.");
            }
            else if (result.GetResult(Protection) is not null && !IsSet(result, AtMarket))
            {
                result.AddError("--protection is for --market. A limit order names its price.");
            }
        });
    }

    /// <summary>True for a market order.</summary>
    /// <param name="result">What was typed.</param>
    public static bool IsMarket(CommandResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return IsSet(result, AtMarket);
    }

    /// <summary>True for an order that follows face value.</summary>
    /// <param name="result">What was typed.</param>
    public static bool HasDiscount(CommandResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result.GetResult(Discount) is not null;
    }

    private static bool IsMarket(ParseResult arguments) => arguments.GetValue(AtMarket);

    /// <summary>The worst price of a market order; null where none is named.</summary>
    /// <param name="arguments">What was typed.</param>
    public static string? ProtectionOf(ParseResult arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return arguments.GetValue(Protection);
    }

    /// <summary>True where it is asked before the order is sent: one at the market, or whose price the book names.</summary>
    /// <param name="arguments">What was typed.</param>
    /// <param name="hasPrice">Whether a price was named, or the worst one.</param>
    public static bool IsAskedFor(ParseResult arguments, bool hasPrice)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return (IsMarket(arguments) || !hasPrice) && !arguments.GetValue(Yes);
    }

    /// <summary>Asks before an order is sent.</summary>
    /// <param name="wish">The order.</param>
    /// <param name="preview">What the book has for it.</param>
    /// <exception cref="CliException">The answer is no, or nobody is there to give one.</exception>
    public static void Confirm(OrderWish wish, BookPreview preview)
    {
        ArgumentNullException.ThrowIfNull(preview);
        Confirmation.Ask(false, preview.Sentence + "\n" + Question(wish), "Nothing was sent");
    }

    /// <summary>What an order at the market, or at a price of the book, may cost or bring at the worst, as a question.</summary>
    /// <param name="wish">The order.</param>
    public static string Question(OrderWish wish)
    {
        ArgumentNullException.ThrowIfNull(wish);
        var all = InWords.Sats(Sats.Notional(wish.Price, wish.Quantity).Value);
        var what = wish.Type == OrderType.Market
            ? $"{InWords.Shares(wish.Quantity)} at the market, at {InWords.Sats(wish.Price.Sats)} a share at the worst"
            : $"{InWords.Shares(wish.Quantity)} at {InWords.Sats(wish.Price.Sats)} a share or better";
        var rest = wish.TimeInForce switch
        {
            TimeInForce.Fok => "all or nothing",
            TimeInForce.Ioc => "what cannot be had so is cancelled",
            _ => "what cannot be had at once stands in the book",
        };
        return wish.Side == Side.Sell
            ? $"Sell {what} ({all} at least for all, {rest})?"
            : $"Buy {what} ({all} at most for all, {rest})?";
    }

    /// <summary>What is wanted of the market.</summary>
    /// <param name="arguments">What was typed.</param>
    /// <param name="side">Buy or sell.</param>
    /// <param name="price">The worst price that is taken.</param>
    /// <param name="quantity">How much.</param>
    /// <param name="now">The time that periods begin at.</param>
    /// <exception cref="CliException">The time or the discount is none.</exception>
    public static OrderWish WishOf(ParseResult arguments, Side side, Price price, Quantity quantity, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var until = arguments.GetValue(Until) is { } text ? Figures.ParseUntil(text, now) : (DateTimeOffset?)null;
        var reprice = arguments.GetValue(Reprice);
        var time = arguments.GetValue(Ioc) ? TimeInForce.Ioc
            : arguments.GetValue(Fok) ? TimeInForce.Fok
            : IsMarket(arguments) ? TimeInForce.Ioc
            : until is null ? TimeInForce.Gtc
            : TimeInForce.Gtd;
        return new OrderWish(side, price, quantity, time, reprice || arguments.GetValue(PostOnly))
        {
            Type = IsMarket(arguments) ? OrderType.Market : OrderType.Limit,
            Discount = arguments.GetValue(Discount) is { } part ? Figures.ParseDiscount(part) : null,
            ExpiresAt = until,
            DrawsOnProved = arguments.GetValue(Proved),
            PostOnlyMode = reprice ? PostOnlyMode.Reprice : null,
            SelfTradePrevention = arguments.GetValue(SelfTrade) switch
            {
                "oldest" => SelfTradePrevention.CancelOldest,
                "decrement" => SelfTradePrevention.Decrement,
                _ => SelfTradePrevention.CancelNewest,
            },
        };
    }

    /// <summary>What is told where <see cref="StandsInOneWay"/> is false.</summary>
    internal const string OneWay = "An order stands in one way: name one of --ioc, --fok and --until.";

    /// <summary>True where at most one of the options was named that say how an order stands.</summary>
    /// <param name="result">What was typed.</param>
    /// <param name="ioc">The verb's option --ioc.</param>
    /// <param name="fok">Its option --fok.</param>
    /// <param name="until">Its option --until.</param>
    internal static bool StandsInOneWay(CommandResult result, Option<bool> ioc, Option<bool> fok, Option<string?> until) =>
        new[] { IsSet(result, ioc), IsSet(result, fok), result.GetResult(until) is not null }.Count(isSet => isSet) <= 1;

    private static bool IsSet(CommandResult result, Option<bool> option) =>
        result.GetResult(option) is not null && result.GetValue(option);
}
