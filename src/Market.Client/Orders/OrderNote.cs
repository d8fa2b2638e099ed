using Market.Contracts;

namespace Market.Client.Orders;

/// <summary>
/// A line of a notes file: what the owner of a wallet says of an order that another program sends for him, so that the agent takes
/// on what follows from it, and nothing else. It is the same JSON as an order's: amounts are decimal strings. The first line of an
/// id names all but what may be left out; a later one widens what the order may trade at.
/// </summary>
/// <param name="ClientOrderId">The order's own id.</param>
public sealed record OrderNote(string ClientOrderId)
{
    /// <summary>The most characters of an id that the market takes.</summary>
    public const int LongestId = 32;

    /// <summary>The id of what it trades; may be left out of later lines, as the side may.</summary>
    public string? Instrument { get; init; }

    /// <summary>Which way.</summary>
    public Side? Side { get; init; }

    /// <summary>The worst price, in satoshis per share; on a later line null where it stays.</summary>
    public Price? Price { get; init; }

    /// <summary>How much, all fills together, in base units; on a later line null where it stays.</summary>
    public Quantity? Quantity { get; init; }

    /// <summary>True where it draws on proved coins: its swaps are locked with these, else with free ones of the wallet.</summary>
    public bool Proved { get; init; }

    /// <summary>How long it stands; null where that is not said, and it may be matched at any time.</summary>
    public TimeInForce? TimeInForce { get; init; }

    /// <summary>When it expires, where it is good till a date.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was noted: one that trades at once or never is matched soon after, or not at all.</summary>
    public DateTimeOffset? NotedAt { get; init; }

    /// <summary>True where it was never placed: nothing follows from it, unless it is noted anew.</summary>
    public bool Void { get; init; }

    /// <summary>The order that a first line notes; null where the line lacks what an order needs.</summary>
    public SentOrder? ToOrder() => Instrument is { } instrument && Side is { } side && Price is { Sats: > 0 } price
        && Quantity is { Units: > 0 } quantity
        ? new SentOrder(ClientOrderId, instrument, side, price, quantity)
        {
            State = SentOrderState.Placed,
            TimeInForce = TimeInForce,
            ExpiresAt = ExpiresAt,
            // Signed after this was noted, a request is taken for so long.
            PlacedAt = NotedAt?.AddSeconds(2 * SignedRequest.MaxSkewSeconds),
            DrawsOnProved = Proved,
        }
        : null;

    /// <summary>An order in the wider of its terms and these; as it is where this line is of another order.</summary>
    /// <param name="order">The order as noted before.</param>
    public SentOrder Widen(SentOrder order)
    {
        ArgumentNullException.ThrowIfNull(order);
        if ((Instrument ?? order.Instrument) != order.Instrument || (Side ?? order.Side) != order.Side)
        {
            return order;
        }

        var amend = new AmendOrder
        {
            Price = Price is { Sats: > 0 } ? Price : null,
            Quantity = Quantity,
        };
        var wide = OrderAmends.Widest(new OrderTerms(order.ClientOrderId, order.Price, order.Quantity), order.Side, amend);
        return order with { Price = wide.Price, Quantity = wide.Quantity };
    }
}
