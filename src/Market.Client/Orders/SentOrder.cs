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
/// <param name="Price">The worst price it takes.</param>
/// <param name="Quantity">How much, all fills together.</param>
public sealed record SentOrder(string ClientOrderId, string Instrument, Side Side, Price Price, Quantity Quantity)
{
    /// <summary>What is known of it.</summary>
    public SentOrderState State { get; init; }

    /// <summary>The request to the letter, while its answer is not known: sent again, it is the same order.</summary>
    public PlaceOrder? Request { get; init; }

    /// <summary>True for an order that answers this wish, coins and id aside.</summary>
    public bool Answers(OrderWish wish) => Request is { } sent
        && (sent.Side, sent.Price, sent.Quantity, sent.TimeInForce, sent.PostOnly)
            == (wish.Side, wish.Price, wish.Quantity, wish.TimeInForce, wish.PostOnly);
}
