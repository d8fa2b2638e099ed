using Market.Api.Journal;
using Npgsql;

namespace Market.Api.Tests.Orders;

/// <summary>Looks at a journal from outside of the server.</summary>
internal static class Journals
{
    public static async Task<Market.Trading.OrderBook> RebuildAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var connection = await source.OpenConnectionAsync();
        var (book, _) = await new JournalReader("P2SHARE-BTC", BookRules.Definition)
            .RebuildAsync(connection, DateTimeOffset.UtcNow, default);
        return book;
    }

    public static async Task<byte[]> HashAsync(string database) => (await RebuildAsync(database)).StateHash();
}
