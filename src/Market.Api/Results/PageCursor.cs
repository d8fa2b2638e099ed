using Market.Contracts;

namespace Market.Api.Results;

/// <summary>Where a page of a list begins that can be read both ways: before an item, as the list goes on to older ones, or after
/// one, towards what came since. Items are named by numbers that rise, so that what comes meanwhile moves no page.</summary>
/// <param name="Number">The item's number.</param>
/// <param name="IsForward">Whether what is newer is asked for.</param>
public readonly record struct PageCursor(long Number, bool IsForward)
{
    private const string Forward = "after:";

    /// <summary>Where a list begins.</summary>
    public static PageCursor Newest { get; } = new(long.MaxValue, false);

    /// <summary>Reads a cursor; of none the list's beginning.</summary>
    public static bool TryParse(string? text, out PageCursor cursor)
    {
        cursor = Newest;
        if (text is null) return true;
        var isForward = text.StartsWith(Forward, StringComparison.Ordinal);
        if (!DecimalStrings.TryParse(isForward ? text.AsSpan(Forward.Length) : text, out var number)) return false;
        cursor = new PageCursor(number, isForward);
        return true;
    }

    /// <summary>A cursor whose shape was looked at.</summary>
    public static PageCursor Of(string? text)
    {
        TryParse(text, out var cursor);
        return cursor;
    }

    /// <summary>The page of a list, the newest first, that was read from here with one item more than its size, the nearest first.
    /// </summary>
    public Page<T> PageOf<T>(IReadOnlyList<T> read, int size, Func<T, long> numberOf)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(numberOf);
        var near = read.Take(size);
        IReadOnlyList<T> items = [.. IsForward ? near.Reverse() : near];
        var newest = items.Count > 0 ? numberOf(items[0]) : IsForward ? Number : Math.Max(0, Number - 1);
        return new Page<T>
        {
            Items = items,
            NextCursor = items.Count > 0 && (IsForward || read.Count > size) ? DecimalStrings.Format(numberOf(items[^1])) : null,
            // Of a list that is empty from its beginning nothing was seen yet.
            PreviousCursor = Forward + DecimalStrings.Format(this == Newest && items.Count == 0 ? 0 : newest),
        };
    }
}
