using System.Buffers.Binary;
using System.Collections.Concurrent;
using Market.Api.Data;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Doors.Auth;

/// <summary>Tokens that were given back before their time. They are kept, so that a restart lets none of them in again, and
/// forgotten once they would have ended by themselves.</summary>
public sealed class SignedOut(IDbContextFactory<MarketDb> database, TimeProvider clock)
{
    /// <summary>Tokens that are remembered at once.</summary>
    public const int Limit = 100_000;

    private const string Prefix = "out/";
    private const int MarkBytes = 14;

    private readonly ConcurrentDictionary<string, DateTimeOffset> _ended = new(StringComparer.Ordinal);

    /// <summary>Reads what was given back before the server started.</summary>
    public async Task LoadAsync(MarketDb db, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        var rows = await db.Settings.AsNoTracking().Where(s => s.Name.StartsWith(Prefix)).ToListAsync(cancel);
        foreach (var row in rows)
            _ended[row.Name] = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(row.Value));
    }

    /// <summary>Whether a token was given back.</summary>
    /// <param name="code">The token's own authentication code.</param>
    public bool Has(ReadOnlySpan<byte> code) => !_ended.IsEmpty && _ended.ContainsKey(NameOf(code));

    /// <summary>Takes a token back, on disk before this returns. False where too many are remembered.</summary>
    /// <param name="code">The token's own authentication code.</param>
    /// <param name="until">When it would have ended by itself.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<bool> AddAsync(byte[] code, DateTimeOffset until, CancellationToken cancel)
    {
        await using var db = await database.CreateDbContextAsync(cancel);
        await ForgetAsync(db, cancel);
        if (_ended.Count >= Limit) return false;
        var name = NameOf(code);
        var value = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(value, until.ToUnixTimeMilliseconds());
        // What is only remembered, and not written, would be let in again after a restart: it is written first.
        await db.Database.ExecuteSqlAsync(
            $"insert into market.settings (name, value) values ({name}, {value}) on conflict (name) do nothing", cancel);
        _ended[name] = until;
        return true;
    }

    private async Task ForgetAsync(MarketDb db, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var over = _ended.Where(token => token.Value <= now).Select(token => token.Key).ToArray();
        if (over.Length == 0) return;
        await db.Settings.Where(s => over.Contains(s.Name)).ExecuteDeleteAsync(cancel);
        foreach (var name in over) _ended.TryRemove(name, out _);
    }

    private static string NameOf(ReadOnlySpan<byte> code) => Prefix + Convert.ToHexStringLower(code[..MarkBytes]);
}
