using Market.Client.Orders;
using Market.Contracts;

namespace Market.Cli.Verbs;

/// <summary>What the book has for an order at this moment, before it is sent.</summary>
/// <param name="There">How much of it, at its price or better.</param>
/// <param name="Average">The average price of that in satoshis a share, rounded against the order; 0 where nothing is
/// there.</param>
/// <param name="Wanted">The order's quantity.</param>
public sealed record BookPreview(Quantity There, long Average, Quantity Wanted)
{
    /// <summary>It in words.</summary>
    public string Sentence => There.Units == 0
        ? "The book has nobody to trade with at that price now."
        : There == Wanted
            ? $"The book has all of it now, at {InWords.Sats(Average)} a share on average."
            : $"The book has {InWords.Shares(There)} of it now, at {InWords.Sats(Average)} a share on average.";

    /// <summary>Looks an order up in the book.</summary>
    /// <param name="levels">The other side, best first.</param>
    /// <param name="wish">The order; its price is the worst.</param>
    public static BookPreview Of(IReadOnlyList<BookLevel> levels, OrderWish wish)
    {
        ArgumentNullException.ThrowIfNull(levels);
        ArgumentNullException.ThrowIfNull(wish);
        Int128 paid = 0;
        var there = 0L;
        foreach (var level in levels)
        {
            var isWorse = wish.Side == Side.Sell ? level.Price.Sats < wish.Price.Sats : level.Price.Sats > wish.Price.Sats;
            if (isWorse || there == wish.Quantity.Units)
            {
                break;
            }

            var taken = Math.Min(level.Quantity.Units, wish.Quantity.Units - there);
            paid += (Int128)level.Price.Sats * taken;
            there += taken;
        }

        var up = wish.Side == Side.Buy ? there - 1 : 0;
        return new BookPreview(new Quantity(there), there == 0 ? 0 : (long)((paid + up) / there), wish.Quantity);
    }
}
