namespace Market.Contracts;

/// <summary>Headers by which credits are offered and told.</summary>
public static class CreditHeaders
{
    /// <summary>Of a request: the most that its key is willing to pay where others wait; whole credits. Without it a key offers the
    /// price of an order, a cancel or a call of a swap, where it has four times that, and nothing for a read. 0 offers
    /// nothing.</summary>
    public const string Offer = "Market-Credits";

    /// <summary>Of an answer to a key: what the call costs where others wait.</summary>
    public const string Price = "Market-Price";

    /// <summary>Of an answer to a key: what was paid; 0 where nobody had to wait for it.</summary>
    public const string Paid = "Market-Paid";

    /// <summary>Of an answer to a key: what it has left and can offer.</summary>
    public const string Left = "Market-Credits-Left";
}
