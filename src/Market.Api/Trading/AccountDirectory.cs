using System.Collections.Concurrent;
using Market.Trading;
using Npgsql;

namespace Market.Api.Trading;

/// <summary>The numbers by which the engine knows keys. A key gets one when it first trades, and keeps it.</summary>
public sealed class AccountDirectory(NpgsqlDataSource database)
{
    /// <summary>Keys kept in memory; beyond it the table is asked.</summary>
    public const int MaxKept = 100_000;

    private readonly ConcurrentDictionary<string, AccountId> _known = new(StringComparer.Ordinal);

    /// <summary>The number of a key, given now if it has none.</summary>
    /// <param name="key">Hex of the x-only key.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async ValueTask<AccountId> GetAsync(string key, CancellationToken cancel)
    {
        if (await FindAsync(key, cancel) is { Exists: true } known) return known;
        await using var insert = database.CreateCommand(
            "insert into market.accounts (key) values ($1) on conflict (key) do nothing");
        insert.Parameters.AddWithValue(key);
        await insert.ExecuteNonQueryAsync(cancel);
        return await FindAsync(key, cancel);
    }

    /// <summary>The number of a key; default where it has none.</summary>
    public async ValueTask<AccountId> FindAsync(string key, CancellationToken cancel)
    {
        if (_known.TryGetValue(key, out var known)) return known;
        await using var select = database.CreateCommand("select id from market.accounts where key = $1");
        select.Parameters.AddWithValue(key);
        if (await select.ExecuteScalarAsync(cancel) is not long id) return default;
        var account = new AccountId((ulong)id);
        if (_known.Count < MaxKept) _known[key] = account;
        return account;
    }
}
