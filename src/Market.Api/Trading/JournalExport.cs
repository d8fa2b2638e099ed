using System.Text.Json;
using System.Text.Json.Serialization;
using Market.Trading;
using Market.Trading.Audit;
using Market.Trading.Codec;
using Npgsql;

namespace Market.Api.Trading;

/// <summary>
/// Writes an instrument's journal as lines of JSON (<see cref="JournalLine"/>), as it is at one moment of the database: what is
/// committed while it is read is not in it. Reads alone, and may run beside the server.
/// </summary>
public static class JournalExport
{
    /// <summary>The program's first argument for it.</summary>
    public const string Verb = "journal";

    private const int BatchesAtOnce = 200;

    // One that nobody placed is enough for a difference.
    private const int MostStrays = 10;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Runs it for a command line: --database TEXT --instrument ID.</summary>
    /// <param name="args">Without the verb.</param>
    /// <param name="to">Where the lines go.</param>
    /// <param name="errors">Where is said what is wrong.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>0; 1 where the database refuses, 2 on a wrong command line.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, Stream to, TextWriter errors, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (args is not ["--database", var database, "--instrument", var instrument]
            || !database.Contains('=', StringComparison.Ordinal))
        {
            await errors.WriteLineAsync(
                "market-api: journal --database \"Host=127.0.0.1;Username=market;Database=market\" --instrument P2SHARE-BTC");
            return 2;
        }
        try
        {
            await WriteAsync(database, instrument, to, cancel);
            return 0;
        }
        catch (ArgumentException e)
        {
            await errors.WriteLineAsync($"market-api: {e.Message}");
        }
        catch (NpgsqlException e)
        {
            await errors.WriteLineAsync($"market-api: the database does not answer: {e.Message}");
        }
        return 1;
    }

    /// <summary>Writes the journal.</summary>
    /// <param name="database">The connection string.</param>
    /// <param name="instrument">Its id.</param>
    /// <param name="to">Where the lines go.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="ArgumentException">The database has no such instrument, or the connection string is none.</exception>
    /// <exception cref="NpgsqlException">The database does not answer.</exception>
    public static async Task WriteAsync(string database, string instrument, Stream to, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(to);
        await using var source = NpgsqlDataSource.Create(database);
        await using var connection = await source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancel);
        await using (var readOnly = new NpgsqlCommand("set transaction read only", connection))
            await readOnly.ExecuteNonQueryAsync(cancel);
        var snapshots = new Queue<KeptSnapshot>(await SnapshotsAsync(connection, instrument, cancel));
        if (snapshots.Count == 0) throw new ArgumentException($"The database has no book of {instrument}.");
        await PutAsync(new JournalLine
        {
            Head = new JournalHead
            {
                Format = JournalHead.FormatName,
                Version = JournalHead.CurrentVersion,
                Instrument = instrument,
            },
        });
        var last = snapshots.Peek().Sequence;
        var batches = 0L;
        // Of a journal that begins later, what was placed before stands in no batch.
        long? told = last == 0 ? long.MinValue : null;
        await PutAsync(new JournalLine { Snapshot = snapshots.Dequeue() });
        for (var some = await BatchesAsync(connection, instrument, last, cancel); some.Count > 0;
            some = await BatchesAsync(connection, instrument, last, cancel))
        {
            List<long> taken = [.. some.SelectMany(Accepted).DefaultIfEmpty(0)];
            var from = told is { } before ? before + 1 : taken.Min();
            var orders = new Queue<WrittenOrder>(await OrdersAsync(connection, instrument, from, taken.Max(), null, cancel));
            if (taken.Max() > 0) told = taken.Max();
            foreach (var batch in some)
            {
                // What the table has more than the journal stands in the next batch there is, and is found there.
                var upTo = Accepted(batch).DefaultIfEmpty(0).Max();
                var own = new List<WrittenOrder>();
                while (orders.TryPeek(out var order) && order.Id <= upTo) own.Add(orders.Dequeue());
                await PutAsync(new JournalLine { Batch = batch with { Orders = own } });
                while (snapshots.TryPeek(out var next) && next.Sequence <= batch.Last)
                    await PutAsync(new JournalLine { Snapshot = snapshots.Dequeue() });
            }
            batches += some.Count;
            last = some[^1].Last;
        }
        // One of a command that the journal has not: whoever reads it finds that.
        while (snapshots.TryDequeue(out var left)) await PutAsync(new JournalLine { Snapshot = left });
        var strays = told is { } known
            ? await OrdersAsync(connection, instrument, known + 1, long.MaxValue, MostStrays, cancel)
            : [];
        await PutAsync(new JournalLine { Tail = new JournalTail { Sequence = last, Batches = batches, Orders = strays } });
        await to.FlushAsync(cancel);

        async Task PutAsync(JournalLine line)
        {
            await JsonSerializer.SerializeAsync(to, line, Json, cancel);
            to.WriteByte((byte)'\n');
        }
    }

    private static List<long> Accepted(WrittenBatch batch)
    {
        var ids = new List<long>();
        ReadOnlySpan<byte> rest = batch.Events;
        while (JournalCodec.TryRead(ref rest, out BookEvent e))
            if (e.Kind == EventKind.Accepted) ids.Add((long)e.Order.Value);
        return ids;
    }

    private static async Task<List<KeptSnapshot>> SnapshotsAsync(
        NpgsqlConnection connection, string instrument, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("""
            select sequence, rules, state, hash from market.book_snapshots where instrument = $1 order by sequence
            """, connection);
        command.Parameters.AddWithValue(instrument);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var snapshots = new List<KeptSnapshot>();
        while (await reader.ReadAsync(cancel))
        {
            snapshots.Add(new KeptSnapshot
            {
                Sequence = reader.GetInt64(0),
                Definition = JsonSerializer.Deserialize<BookDefinition>(reader.GetString(1))
                    ?? throw new ArgumentException("The rules of a snapshot cannot be read."),
                State = reader.GetFieldValue<byte[]>(2),
                Hash = reader.GetFieldValue<byte[]>(3),
            });
        }
        return snapshots;
    }

    private static async Task<List<WrittenBatch>> BatchesAsync(
        NpgsqlConnection connection, string instrument, long after, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("""
            select first_sequence, last_sequence, commands, events from market.journal
            where instrument = $1 and first_sequence > $2 order by first_sequence limit $3
            """, connection);
        command.Parameters.AddWithValue(instrument);
        command.Parameters.AddWithValue(after);
        command.Parameters.AddWithValue(BatchesAtOnce);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var batches = new List<WrittenBatch>();
        while (await reader.ReadAsync(cancel))
        {
            batches.Add(new WrittenBatch
            {
                First = reader.GetInt64(0),
                Last = reader.GetInt64(1),
                Commands = reader.GetFieldValue<byte[]>(2),
                Events = reader.GetFieldValue<byte[]>(3),
            });
        }
        return batches;
    }

    private static async Task<List<WrittenOrder>> OrdersAsync(
        NpgsqlConnection connection, string instrument, long from, long to, int? most, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("""
            select id, account, client_order_id, body, side, type, time_in_force, flags, self_trade, expires_at, price, remaining,
                in_swap, settled, live
            from market.orders where instrument = $1 and id >= $2 and id <= $3 order by id limit $4
            """, connection);
        command.Parameters.AddWithValue(instrument);
        command.Parameters.AddWithValue(from);
        command.Parameters.AddWithValue(to);
        command.Parameters.AddWithValue(most ?? long.MaxValue);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var orders = new List<WrittenOrder>();
        while (await reader.ReadAsync(cancel))
        {
            orders.Add(new WrittenOrder
            {
                Id = reader.GetInt64(0),
                Account = reader.GetInt64(1),
                ClientOrderId = reader.GetString(2),
                Body = reader.GetFieldValue<byte[]>(3),
                Side = reader.GetInt16(4),
                Type = reader.GetInt16(5),
                TimeInForce = reader.GetInt16(6),
                Flags = reader.GetInt16(7),
                SelfTrade = reader.GetInt16(8),
                Expires = reader.IsDBNull(9) ? 0 : reader.GetFieldValue<DateTimeOffset>(9).ToUnixTimeMilliseconds(),
                Price = reader.GetInt64(10),
                Remaining = reader.GetInt64(11),
                InSwap = reader.GetInt64(12),
                Settled = reader.GetInt64(13),
                Live = reader.GetBoolean(14),
            });
        }
        return orders;
    }
}
