using Market.Api.Trading;
using Market.Trading;
using Market.Trading.Codec;
using Npgsql;

namespace Market.Api.Tests.Orders;

/// <summary>Looks at a journal from outside of the server.</summary>
internal static class Journals
{
    public static async Task<OrderBook> RebuildAsync(string database, BookDefinition? definition = null)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var connection = await source.OpenConnectionAsync();
        var rebuilt = await new JournalReader("P2SHARE-BTC", definition ?? BookRules.Definition)
            .RebuildAsync(connection, DateTimeOffset.UtcNow, default);
        return rebuilt.Book;
    }

    /// <summary>The book from the first command on, up to the first one that brings about such an event.</summary>
    public static async Task<OrderBook> RebuildUntilAsync(string database, Predicate<BookEvent> isEnd)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("select commands from market.journal order by first_sequence");
        await using var reader = await command.ExecuteReaderAsync();
        var book = new OrderBook(BookRules.Definition.Rules, BookRules.Definition.Limits);
        var commands = new List<byte[]>();
        while (await reader.ReadAsync()) commands.Add(reader.GetFieldValue<byte[]>(0));
        foreach (var batch in commands)
        {
            ReadOnlySpan<byte> rest = batch;
            while (!rest.IsEmpty)
            {
                Assert.True(JournalCodec.TryRead(ref rest, out Command next));
                var before = book;
                if (IsEnd(before, next, isEnd)) return book;
                book.Execute(next, new EventBuffer());
            }
        }
        return book;
    }

    public static async Task<byte[]> HashAsync(string database) => (await RebuildAsync(database)).StateHash();

    /// <summary>Amend commands of each batch of the journal that has any.</summary>
    public static async Task<List<int>> AmendsAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("select commands from market.journal order by first_sequence");
        await using var reader = await command.ExecuteReaderAsync();
        var counts = new List<int>();
        while (await reader.ReadAsync())
        {
            var count = AmendsOf(reader.GetFieldValue<byte[]>(0));
            if (count > 0) counts.Add(count);
        }
        return counts;
    }

    private static int AmendsOf(ReadOnlySpan<byte> rest)
    {
        var count = 0;
        while (!rest.IsEmpty)
        {
            Assert.True(JournalCodec.TryRead(ref rest, out Command next));
            if (next.Kind == CommandKind.Amend) count++;
        }
        return count;
    }

    // A repetition changes nothing but the numbers, so that trying it on the book is safe only on a copy.
    private static bool IsEnd(OrderBook book, Command next, Predicate<BookEvent> isEnd)
    {
        if (!book.TryFindClientId(next.Account, next.ClientId, out _) || next.Kind != CommandKind.Place) return false;
        var writer = new RecordWriter();
        book.WriteSnapshot(writer);
        var copy = OrderBook.TryRestore(writer.Written.Span, book.Rules, book.Limits)!;
        var events = new EventBuffer();
        copy.Execute(next, events);
        foreach (ref readonly var e in events.Events)
            if (isEnd(e)) return true;
        return false;
    }
}
