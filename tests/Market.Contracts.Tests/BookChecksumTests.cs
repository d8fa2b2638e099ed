using System.Text;

namespace Market.Contracts.Tests;

public sealed class BookChecksumTests
{
    [Fact]
    public void Crc32_gives_the_published_check_value() =>
        Assert.Equal(0xCBF43926u, BookChecksum.Crc32(Encoding.ASCII.GetBytes("123456789")));

    [Fact]
    public void An_empty_book_has_checksum_zero() => Assert.Equal(0u, BookChecksum.Compute([], []));

    [Fact]
    public void The_text_interleaves_sides_and_skips_missing_levels()
    {
        BookLevel[] bids = [Level(100, 5), Level(99, 2)];
        BookLevel[] asks = [Level(101, 7)];
        Assert.Equal("100:5:101:7:99:2", BookChecksum.Text(bids, asks));
        Assert.Equal(BookChecksum.Crc32("100:5:101:7:99:2"u8), BookChecksum.Compute(bids, asks));
    }

    [Fact]
    public void Only_the_ten_best_levels_count()
    {
        var bids = Enumerable.Range(0, 20).Select(i => Level(1000 - i, 1)).ToArray();
        Assert.Equal(BookChecksum.Compute(bids[..10], []), BookChecksum.Compute(bids, []));
        Assert.NotEqual(BookChecksum.Compute(bids[..9], []), BookChecksum.Compute(bids, []));
    }

    private static BookLevel Level(long price, long quantity) =>
        new() { Price = new Price(price), Quantity = new Quantity(quantity), Orders = 1 };
}
