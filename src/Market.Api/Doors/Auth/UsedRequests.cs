using System.Buffers.Binary;
using System.Globalization;
using Market.Api.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Market.Api.Doors.Auth;

/// <summary>
/// Signed requests that were taken, so that none is taken twice: also not by a server that was started again meanwhile, nor by
/// another one on the same database. Each is on disk before its request goes on; those that come at once share one commit. They are
/// forgotten once their timestamp alone would have them refused. One whose write fails was not taken: it may come again, and is
/// refused then only where the write came through after all.
/// </summary>
/// <param name="database">Where they are kept.</param>
/// <param name="clock">The time.</param>
/// <param name="limit">Requests that are remembered; above it, new ones are refused until old ones pass.</param>
public sealed class UsedRequests(NpgsqlDataSource database, TimeProvider clock, int limit = UsedRequests.Limit)
{
    /// <summary>Requests that a server remembers.</summary>
    public const int Limit = 1_000_000;

    /// <summary>Bytes of a hash that a request is remembered by.</summary>
    public const int MarkBytes = 14;

    private const string Prefix = "req/";
    private static readonly TimeSpan Tidied = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly HashSet<UInt128> _seen = [];
    private readonly Queue<(UInt128 Mark, DateTimeOffset Until)> _order = new();
    private readonly Dictionary<UInt128, Task<HashSet<string>>> _pending = [];
    private List<(UInt128 Mark, DateTimeOffset Until)> _waiting = [];
    private Task<HashSet<string>>? _next;
    private Task _writing = Task.CompletedTask;
    private DateTimeOffset _tidied;

    /// <summary>Reads what was taken before the server started.</summary>
    public async Task LoadAsync(MarketDb db, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        var rows = await db.Settings.AsNoTracking().Where(s => s.Name.StartsWith(Prefix)).ToListAsync(cancel);
        lock (_gate)
        {
            foreach (var row in rows)
            {
                var until = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(row.Value));
                var name = row.Name.AsSpan(Prefix.Length);
                Note(UInt128.Parse(name, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), until);
            }
        }
    }

    /// <summary>Takes a request. True where it is the first such one, on disk before this returns; false where it was taken before;
    /// null where too many are remembered.</summary>
    /// <param name="hash">Of all that makes the request and of its key.</param>
    /// <param name="until">From when on its timestamp alone has it refused.</param>
    /// <exception cref="NpgsqlException">It could not be written, and is not taken.</exception>
    public async Task<bool?> TakeAsync(byte[] hash, DateTimeOffset until)
    {
        ArgumentNullException.ThrowIfNull(hash);
        var mark = MarkOf(hash);
        Task<HashSet<string>> written;
        bool isFirst;
        lock (_gate)
        {
            // Entries are not quite in order of their end; one behind a later one merely stays a little longer.
            var now = clock.GetUtcNow();
            while (_order.TryPeek(out var oldest) && oldest.Until < now) _seen.Remove(_order.Dequeue().Mark);
            if (_seen.Count >= limit) return null;
            isFirst = Note(mark, until);
            if (isFirst)
            {
                _waiting.Add((mark, until));
                if (_next is null) _writing = _next = WriteAsync(_writing);
                _pending[mark] = _next;
                written = _next;
            }
            else if (!_pending.TryGetValue(mark, out written!)) return false;
        }
        // The same one that came at the same time is answered once it is known whether the first was taken.
        return (await written).Contains(NameOf(mark)) && isFirst;
    }

    private bool Note(UInt128 mark, DateTimeOffset until)
    {
        if (!_seen.Add(mark)) return false;
        _order.Enqueue((mark, until));
        return true;
    }

    // Writes all that waits once the batch before is written. Returns the names of those that no other server had.
    private async Task<HashSet<string>> WriteAsync(Task before)
    {
        // Not under the lock of who asked.
        await Task.Yield();
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        List<(UInt128 Mark, DateTimeOffset Until)> batch;
        var now = clock.GetUtcNow();
        bool tidies;
        lock (_gate)
        {
            (batch, _waiting, _next) = (_waiting, [], null);
            tidies = now - _tidied >= Tidied;
            if (tidies) _tidied = now;
        }
        try
        {
            var first = await InsertAsync(batch, tidies ? now : null);
            lock (_gate) batch.ForEach(one => _pending.Remove(one.Mark));
            return first;
        }
        catch
        {
            lock (_gate)
            {
                foreach (var (mark, _) in batch)
                {
                    _pending.Remove(mark);
                    _seen.Remove(mark);
                }
            }
            throw;
        }
    }

    private async Task<HashSet<string>> InsertAsync(List<(UInt128 Mark, DateTimeOffset Until)> batch, DateTimeOffset? forgetBefore)
    {
        await using var connection = await database.OpenConnectionAsync();
        if (forgetBefore is { } now)
        {
            await using var forget = new NpgsqlCommand(
                $"delete from market.settings where name like '{Prefix}%' and value < @now", connection);
            forget.Parameters.AddWithValue("now", Bytes(now));
            await forget.ExecuteNonQueryAsync();
        }
        await using var insert = new NpgsqlCommand(
            """
            insert into market.settings (name, value) select * from unnest(@names, @values)
            on conflict do nothing returning name
            """, connection);
        insert.Parameters.AddWithValue("names", batch.ConvertAll(one => NameOf(one.Mark)).ToArray());
        insert.Parameters.AddWithValue("values", batch.ConvertAll(one => Bytes(one.Until)).ToArray());
        var first = new HashSet<string>(batch.Count, StringComparer.Ordinal);
        await using var rows = await insert.ExecuteReaderAsync();
        while (await rows.ReadAsync()) first.Add(rows.GetString(0));
        return first;
    }

    // Big-endian, so that the database compares them as numbers.
    private static byte[] Bytes(DateTimeOffset time)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, time.ToUnixTimeMilliseconds());
        return bytes;
    }

    private static UInt128 MarkOf(byte[] hash)
    {
        Span<byte> padded = stackalloc byte[16];
        hash.AsSpan(0, MarkBytes).CopyTo(padded[(padded.Length - MarkBytes)..]);
        return BinaryPrimitives.ReadUInt128BigEndian(padded);
    }

    private static string NameOf(UInt128 mark) => Prefix + mark.ToString("x28", CultureInfo.InvariantCulture);
}
