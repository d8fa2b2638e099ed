using System.Text.Json;
using System.Text.Json.Nodes;
using Market.Contracts;

namespace Market.Cli.Verbs;

/// <summary>What became of an order, in a line: what was filled at what average price, and what rests.</summary>
internal static class OrderWords
{
    /// <summary>The line. An order's own price is the worst that it takes, or the one at which it stands now, and is told only with
    /// what rests.</summary>
    /// <param name="order">As the market last showed it.</param>
    /// <param name="traded">What is known to have been paid; no price is told of a fill that it does not cover.</param>
    public static string Of(Order order, Traded traded)
    {
        ArgumentNullException.ThrowIfNull(order);
        var filled = order.Filled.Units == 0 ? "nothing filled" : $"{InWords.Shares(order.Filled)} filled";
        if (order.Filled.Units > 0 && traded.Units == order.Filled.Units)
        {
            filled += $" for {InWords.Sats(traded.Sats)}, {traded.Average} a share";
        }

        var left = new Quantity(order.Quantity.Units - order.Filled.Units);
        var rest = order.Status switch
        {
            OrderStatus.Open =>
                $"; {InWords.Shares(order.Remaining)} in the book at {InWords.Sats(order.Price.Sats)} a share{FaceOf(order)}",
            OrderStatus.Settling => "; settling until its swaps are done",
            OrderStatus.Filled => "",
            _ => $"; {InWords.Shares(left)} cancelled{(order.CancelReason is { } reason ? $" ({reason})" : "")}",
        };
        var side = order.Side == Side.Sell ? "Sell" : "Buy";
        return $"{side} {InWords.Shares(order.Quantity)}: {filled}{rest}. Order {order.Id}";
    }

    private static string FaceOf(Order order) => order is { Discount: { } part, WorstPrice: { } worst }
        ? $" ({part} of face value, {InWords.Sats(worst.Sats)} at the worst)"
        : "";

    /// <summary>The order as scripts get it, with what it traded at once as "fills".</summary>
    /// <param name="placed">What placing it gave.</param>
    public static JsonNode Plain(PlacedOrder placed)
    {
        ArgumentNullException.ThrowIfNull(placed);
        var node = JsonSerializer.SerializeToNode(placed.Order, MarketJson.Options)!;
        node["fills"] = JsonSerializer.SerializeToNode(placed.Fills, MarketJson.Options);
        return node;
    }
}

/// <summary>What was traded, and what is paid for it.</summary>
/// <param name="Units">Base units of shares.</param>
/// <param name="Sats">Satoshis.</param>
internal readonly record struct Traded(long Units, long Sats)
{
    /// <summary>Of the fills of an order.</summary>
    /// <param name="fills">The fills.</param>
    public static Traded Of(IReadOnlyList<Fill> fills) =>
        new(fills.Sum(fill => fill.Quantity.Units), fills.Sum(fill => fill.Notional.Value));

    /// <summary>Of the swaps of an order, whatever became of them.</summary>
    /// <param name="swaps">The swaps.</param>
    public static Traded Of(IReadOnlyList<OwnSwap> swaps) =>
        new(swaps.Sum(swap => swap.Quantity.Units), swaps.Sum(swap => swap.Notional.Value));

    /// <summary>The average price: whole satoshis, "about" where it is rounded.</summary>
    public string Average
    {
        get
        {
            var exact = (decimal)Sats * Quantity.UnitsPerShare / Units;
            var whole = decimal.Round(exact);
            return $"{(whole == exact ? "" : "about ")}{InWords.Sats((long)whole)}";
        }
    }
}
