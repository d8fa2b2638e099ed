using Market.Contracts;

namespace Market.Client.Orders;

/// <summary>What the wallet knows of an order that it sent.</summary>
public enum SentOrderState
{
    /// <summary>It was written down, and perhaps sent; no answer is known. It may stand in the book.</summary>
    Unknown,

    /// <summary>The market took it.</summary>
    Placed,

    /// <summary>It was never placed and can be no more: the market refused it, or never got it.</summary>
    Refused,
}

/// <summary>An order as this wallet sent it.</summary>
/// <param name="ClientOrderId">Its own id.</param>
/// <param name="Instrument">What it trades.</param>
/// <param name="Side">Which way.</param>
/// <param name="Price">The worst price it takes, also of one that follows face value.</param>
/// <param name="Quantity">How much, all fills together.</param>
public sealed record SentOrder(string ClientOrderId, string Instrument, Side Side, Price Price, Quantity Quantity)
{
    /// <summary>What is known of it.</summary>
    public SentOrderState State { get; init; }

    /// <summary>How long it stands; null where that was not written down.</summary>
    public TimeInForce? TimeInForce { get; init; }

    /// <summary>When it expires, where it is good till a date: what is matched later does not follow from it.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When the market's word was heard that it took the order; null where that was not written down.</summary>
    public DateTimeOffset? PlacedAt { get; init; }

    /// <summary>After this nothing is matched that follows from it; null while it may rest in the book: one that trades at once or
    /// never has traded when its answer is heard.</summary>
    public DateTimeOffset? MatchesUntil =>
        ExpiresAt ?? (TimeInForce is Contracts.TimeInForce.Ioc or Contracts.TimeInForce.Fok ? PlacedAt : null);

    /// <summary>Whether it draws on proved coins, where a note says so; null for an own one, whose id says it.</summary>
    public bool? DrawsOnProved { get; init; }

    /// <summary>The request to the letter, while its answer is not known: sent again, it is the same order.</summary>
    public PlaceOrder? Request { get; init; }

    /// <summary>True for an order that answers this wish in an instrument, coins and id aside. A wish that says which coins are
    /// meant is answered by none: those of this order are promised to it, and so are not meant.</summary>
    /// <param name="wish">What is wanted.</param>
    /// <param name="instrument">The id of the instrument in which it is wanted.</param>
    public bool Answers(OrderWish wish, string instrument) => Request is { } sent
        && Instrument == instrument
        && wish.IsMeant is null
        && OrderCoins.HasPrefix(ClientOrderId, wish.IdPrefix)
        && (sent.Side, sent.WorstPrice, sent.Quantity, sent.TimeInForce, sent.PostOnly)
            == (wish.Side, wish.Price, wish.Quantity, wish.TimeInForce, wish.PostOnly)
        && (sent.Type, sent.Discount, sent.ExpiresAt, sent.PostOnlyMode, sent.SelfTradePrevention)
            == (wish.Type, wish.Discount, wish.ExpiresAt, wish.PostOnlyMode, wish.SelfTradePrevention);
}
