namespace Market.Trading.Tests;

/// <summary>A book, three accounts, and what tests do with them.</summary>
public abstract class BookTests
{
    protected static readonly AccountId Ann = new(1), Bob = new(2), Cid = new(3);

    protected EventBuffer Seen { get; } = new();

    protected OrderBook Book { get; set; } = new(Scripts.Rules, Scripts.Limits);

    protected static ClientOrderId Name(string text) =>
        ClientOrderId.TryParse(text, out var id) ? id : throw new ArgumentException(text);

    protected OrderId Place(AccountId account, Side side, long price, long quantity, OrderFlags flags = OrderFlags.None)
    {
        var e = Run(Command.Limit(account, side, price, quantity, flags: flags))[0];
        Assert.Equal((EventKind.Accepted, Reason.None), (e.Kind, e.Reason));
        return e.Order;
    }

    protected BookEvent[] Run(Command command)
    {
        var before = Seen.Count;
        Book.Execute(command, Seen);
        Book.Verify();
        return Seen.Events[before..].ToArray();
    }

    protected void Refuses(Command command, Reason reason)
    {
        var hash = Book.LiveOrders;
        var e = Assert.Single(Run(command));
        Assert.Equal((EventKind.Rejected, reason), (e.Kind, e.Reason));
        Assert.Equal(hash, Book.LiveOrders);
    }
}
