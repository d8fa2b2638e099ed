using Market.Contracts;

namespace Market.Web;

/// <summary>One row of the book as it is drawn: a bin of prices.</summary>
/// <param name="Price">The bin's price in satoshis per share: its lower end for bids, its upper end for asks.</param>
/// <param name="Units">Base units open in it.</param>
/// <param name="Total">Base units open in it and in all better bins.</param>
/// <param name="Orders">Orders in it.</param>
public sealed record BookRow(long Price, long Units, long Total, int Orders);

/// <summary>A book side folded into bins of price. The TypeScript twin is client/src/book.ts.</summary>
public static class BookRows
{
    /// <summary>Rows that are drawn of each side.</summary>
    public const int Visible = 14;

    // A bin is at least a ten-thousandth of the price, and at most a twentieth.
    private const long Finest = 10_000;
    private const long Coarsest = 20;

    /// <summary>The bins to choose from, by the price's size: 1, 2 or 5 times a power of ten times the tick.</summary>
    /// <param name="tick">Tick size, satoshis.</param>
    /// <param name="price">About what the prices are, satoshis a share.</param>
    public static IReadOnlyList<long> Bins(long tick, long price)
    {
        var all = new List<long>();
        for (var power = tick; power <= price / Coarsest || power == tick; power *= 10)
            all.AddRange(new[] { power, 2 * power, 5 * power }.Where(step => step == tick || step <= price / Coarsest));
        var finest = all.LastOrDefault(bin => bin <= price / Finest, tick);
        return [.. all.Where(bin => bin >= finest)];
    }

    /// <summary>The smallest bin with which both sides fit into the visible rows; the largest one when none does.
    /// </summary>
    public static long Fitting(BookSnapshot book, IReadOnlyList<long> bins)
    {
        ArgumentNullException.ThrowIfNull(book);
        foreach (var bin in bins)
            if (Count(book.Bids, bin, up: false) <= Visible && Count(book.Asks, bin, up: true) <= Visible)
                return bin;
        return bins[^1];
    }

    /// <summary>Folds levels, best first, into rows, best first, at most <see cref="Visible"/> of them.</summary>
    /// <param name="levels">One side.</param>
    /// <param name="bin">Satoshis a bin.</param>
    /// <param name="up">Asks are rounded up to their bin, bids down: a bin never looks better than what is in it.
    /// </param>
    public static IReadOnlyList<BookRow> Fold(IReadOnlyList<BookLevel> levels, long bin, bool up)
    {
        ArgumentNullException.ThrowIfNull(levels);
        var rows = new List<BookRow>(Visible);
        var total = 0L;
        foreach (var level in levels)
        {
            var price = Binned(level.Price.Sats, bin, up);
            total += level.Quantity.Units;
            if (rows.Count > 0 && rows[^1].Price == price)
            {
                var row = rows[^1];
                rows[^1] = new BookRow(price, row.Units + level.Quantity.Units, total, row.Orders + level.Orders);
            }
            else if (rows.Count == Visible) break;
            else rows.Add(new BookRow(price, level.Quantity.Units, total, level.Orders));
        }
        return rows;
    }

    private static int Count(IReadOnlyList<BookLevel> levels, long bin, bool up) =>
        levels.Select(l => Binned(l.Price.Sats, bin, up)).Distinct().Count();

    private static long Binned(long price, long bin, bool up) => (up ? (price + bin - 1) / bin : price / bin) * bin;
}
