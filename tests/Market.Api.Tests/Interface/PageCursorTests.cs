using Market.Api.Results;

namespace Market.Api.Tests.Interface;

/// <summary>Pages of a list that grows while it is read, both ways.</summary>
public sealed class PageCursorTests
{
    private readonly List<long> _numbers = [.. Enumerable.Range(1, 7).Select(n => (long)n * 10)];

    [Theory]
    [InlineData("after:")]
    [InlineData("after:-1")]
    [InlineData("After:1")]
    [InlineData("after:after:1")]
    [InlineData("+1")]
    [InlineData("")]
    [InlineData("9223372036854775808")]
    public void What_is_no_cursor_is_refused(string text) => Assert.False(PageCursor.TryParse(text, out _));

    [Fact]
    public void Older_pages_stay_where_they_are_and_newer_ones_follow_without_a_gap()
    {
        var (first, older, newer) = Read(null, 3);
        Assert.Equal([70L, 60, 50], first);
        _numbers.AddRange([80, 90, 100, 110]);
        var (second, last, _) = Read(older, 3);
        Assert.Equal([40L, 30, 20], second);
        Assert.Equal([10L], Read(last, 3).Items);
        Assert.Null(Read(last, 3).Next);

        var (came, back, on) = Read(newer, 3);
        Assert.Equal([100L, 90, 80], came);
        Assert.Equal([70L, 60, 50], Read(back, 3).Items);
        (came, _, on) = Read(on, 3);
        Assert.Equal([110L], came);
        (came, back, on) = Read(on, 3);
        Assert.Empty(came);
        Assert.Equal((null, "after:110"), (back, on));
        _numbers.Add(120);
        Assert.Equal([120L], Read(on, 3).Items);
    }

    [Fact]
    public void An_empty_list_is_read_on_from_its_beginning()
    {
        _numbers.Clear();
        var (items, next, previous) = Read(null, 3);
        Assert.Empty(items);
        Assert.Equal((null, "after:0"), (next, previous));
        _numbers.AddRange([1, 2]);
        Assert.Equal([2L, 1], Read(previous, 3).Items);
        // Below the oldest there is nothing, and what is newer begins with it.
        Assert.Equal("after:0", Read("1", 3).Previous);
    }

    private (IReadOnlyList<long> Items, string? Next, string? Previous) Read(string? text, int size)
    {
        Assert.True(PageCursor.TryParse(text, out var cursor));
        var read = cursor.IsForward
            ? _numbers.Where(n => n > cursor.Number).Order().Take(size + 1).ToList()
            : _numbers.Where(n => n < cursor.Number).OrderDescending().Take(size + 1).ToList();
        var page = cursor.PageOf(read, size, n => n);
        return (page.Items, page.NextCursor, page.PreviousCursor);
    }
}
