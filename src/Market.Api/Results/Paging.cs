using Market.Contracts;

namespace Market.Api.Results;

/// <summary>Pages by cursor: the cursor is the number of the last item seen.</summary>
public static class Paging
{
    /// <summary>The page of a list that was read with one item more than its size.</summary>
    public static Page<T> Of<T>(IReadOnlyList<T> read, int size, Func<T, string> cursorOf) => new()
    {
        Items = read.Count > size ? [.. read.Take(size)] : read,
        NextCursor = read.Count > size ? cursorOf(read[size - 1]) : null,
    };

    /// <summary>The number that all items of the page are below.</summary>
    public static long Before(string? cursor) =>
        DecimalStrings.TryParse(cursor, out var number) ? number : long.MaxValue;
}
