using Market.Contracts;

namespace Market.Web.Tests;

public sealed class BookRowsTests
{
    [Fact]
    public void Asks_round_up_and_bids_down_to_their_bin()
    {
        var asks = BookRows.Fold(Levels((101, 5), (110, 7), (111, 1)), 10, up: true);
        Assert.Equal([new BookRow(110, 12, 12, 2), new BookRow(120, 1, 13, 1)], asks);
        var bids = BookRows.Fold(Levels((99, 5), (90, 7), (89, 1)), 10, up: false);
        Assert.Equal([new BookRow(90, 12, 12, 2), new BookRow(80, 1, 13, 1)], bids);
    }

    [Fact]
    public void No_more_rows_are_made_than_are_drawn_and_the_last_is_whole()
    {
        var levels = Levels([.. Enumerable.Range(1, 100).Select(i => ((long)i, 1L))]);
        var rows = BookRows.Fold(levels, 5, up: true);
        Assert.Equal(BookRows.Visible, rows.Count);
        Assert.Equal(5 * BookRows.Visible, rows[^1].Total);
    }

    [Fact]
    public void The_first_bin_is_the_smallest_that_shows_both_sides_whole()
    {
        var bins = BookRows.Bins(10, 100_000);
        Assert.Equal(10, bins[0]);
        Assert.All(bins, bin => Assert.True(bin <= 5_000));
        var bids = Levels([.. Enumerable.Range(0, 20).Select(i => (100_000L - i * 10, 1L))]);
        Assert.Equal(20, BookRows.Fitting(Book(bids, Levels((100_010, 1))), bins));
        Assert.Equal(10, BookRows.Fitting(Book([], []), bins));
    }

    [Theory]
    [InlineData(10, 98_120, 10, 2_000)]
    [InlineData(10, 480_000_000, 20_000, 20_000_000)]
    [InlineData(10, 1_000, 10, 50)]
    [InlineData(1, long.MaxValue, 500_000_000_000_000, 200_000_000_000_000_000)]
    public void Bins_are_of_the_size_of_the_price(long tick, long price, long finest, long coarsest)
    {
        var bins = BookRows.Bins(tick, price);
        Assert.Equal((finest, coarsest), (bins[0], bins[^1]));
        Assert.Equal(finest, BookRows.Fitting(Book([], Levels((price, 1))), bins));
    }

    [Fact]
    public void A_price_near_zero_still_has_a_bin() => Assert.Equal([10], BookRows.Bins(10, 0));

    private static BookLevel[] Levels(params (long Price, long Units)[] levels) =>
    [
        .. levels.Select(l =>
            new BookLevel { Price = new Price(l.Price), Quantity = new Quantity(l.Units), Orders = 1 }),
    ];

    private static BookSnapshot Book(BookLevel[] bids, BookLevel[] asks) => new()
    {
        Instrument = "P2SHARE-BTC",
        Sequence = 1,
        Time = DateTimeOffset.UnixEpoch,
        Bids = bids,
        Asks = asks,
        Checksum = BookChecksum.Compute(bids, asks),
    };
}
