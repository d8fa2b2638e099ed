using Market.Api.Realtime;
using Market.Contracts;

namespace Market.Api.Analytics;

/// <summary>What a book and its newest trades show, in a few figures.</summary>
internal static class BookFigures
{
    /// <summary>Levels a side that are looked at.</summary>
    private const int MostLevels = 1_000;

    /// <summary>The figures of a feed now.</summary>
    public static MarketFigures Of(MarketFeed feed)
    {
        ArgumentNullException.ThrowIfNull(feed);
        return Of(feed.Book.Snapshot(MostLevels), feed.Ticker.Value);
    }

    /// <summary>The figures of a book and of its trades.</summary>
    /// <param name="book">The book, the best first on both sides.</param>
    /// <param name="ticker">The trades of 24 hours; null where none is known.</param>
    public static MarketFigures Of(BookSnapshot book, Ticker? ticker)
    {
        ArgumentNullException.ThrowIfNull(book);
        Price? bid = book.Bids.Count > 0 ? book.Bids[0].Price : null;
        Price? ask = book.Asks.Count > 0 ? book.Asks[0].Price : null;
        var volume = ticker?.Volume.Units ?? 0;
        return new MarketFigures
        {
            Bid = bid,
            Ask = ask,
            Mid = bid is { } b && ask is { } a ? (b.Sats + (double)a.Sats) / 2 : null,
            MeanPrice = volume > 0 ? ticker!.QuoteVolume.Value / ((double)volume / Quantity.UnitsPerShare) : null,
            Since = volume > 0 ? ticker!.Since : null,
            BidDepth = new Sats((long)Math.Min(long.MaxValue, book.Bids
                .TakeWhile(level => level.Price.Sats >= bid!.Value.Sats * (1 - MarketFigures.Reach))
                .Sum(level => level.Price.Sats * (decimal)level.Quantity.Units / Quantity.UnitsPerShare))),
            AskDepth = new Quantity((long)Math.Min(long.MaxValue, book.Asks
                .TakeWhile(level => level.Price.Sats <= ask!.Value.Sats * (1 + MarketFigures.Reach))
                .Sum(level => (decimal)level.Quantity.Units))),
        };
    }
}
