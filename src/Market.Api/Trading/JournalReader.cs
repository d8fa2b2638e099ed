using System.Security.Cryptography;
using System.Text.Json;
using Market.Api.Data;
using Market.Bitcoin;
using Market.Chains;
using Market.Trading;
using Market.Trading.Codec;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Market.Api.Trading;

/// <summary>The journal and what was folded from it disagree, or it cannot be read: nobody may trade on it.</summary>
public sealed class JournalDamagedException(string message) : Exception(message);

/// <summary>What a rebuild finds: the book after the last committed command, and what the tables say of it.</summary>
/// <param name="Book">The book.</param>
/// <param name="Orders">The live orders, each with the coins that stand behind it.</param>
/// <param name="OpenTrades">The trades whose swap has not ended.</param>
internal sealed record Rebuilt(
    OrderBook Book, List<(LiveOrder Order, IEnumerable<Backing> Locked)> Orders, IReadOnlyList<TradeRow> OpenTrades);

/// <summary>Rebuilds a book from the newest snapshot and the journal after it, and checks it against both.</summary>
internal sealed class JournalReader(string instrument, BookDefinition definition)
{
    /// <summary>Snapshots kept besides the newest.</summary>
    private const int OldSnapshots = 1;

    /// <summary>The book after the last committed command, with the live orders and open trades of the tables.</summary>
    /// <exception cref="JournalDamagedException">Something does not agree.</exception>
    public async Task<Rebuilt> RebuildAsync(
        NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancel)
    {
        // One look at the database as it is now: another sequencer may still be writing.
        await using var transaction = await connection.BeginTransactionAsync(
            System.Data.IsolationLevel.RepeatableRead, cancel);
        var (book, stored) = await ReadSnapshotAsync(connection, cancel);
        await ReplayAsync(book, connection, cancel);
        var orders = await ReadOrdersAsync(connection, cancel);
        Check(book, orders);
        var trades = await ReadOpenTradesAsync(book, connection, transaction, cancel);
        await transaction.CommitAsync(cancel);
        if (stored == definition) return new Rebuilt(book, orders, trades);
        book = UnderNewRules(book);
        await WriteSnapshotAsync(connection, book, now, cancel);
        return new Rebuilt(book, orders, trades);
    }

    /// <summary>Stores the book, and forgets all but the newest snapshots and those with which rules began: whoever replays the
    /// journal from its first command needs them.</summary>
    public async Task WriteSnapshotAsync(
        NpgsqlConnection connection, OrderBook book, DateTimeOffset now, CancellationToken cancel)
    {
        var writer = new RecordWriter();
        book.WriteSnapshot(writer);
        await using var batch = new NpgsqlBatch(connection);
        var insert = new NpgsqlBatchCommand("""
            insert into market.book_snapshots (instrument, sequence, "time", rules, state, hash)
            values ($1, $2, $3, $4, $5, $6)
            on conflict (instrument, sequence) do update set rules = excluded.rules, state = excluded.state,
                hash = excluded.hash
            """);
        insert.Parameters.AddWithValue(instrument);
        insert.Parameters.AddWithValue((long)book.Sequence);
        insert.Parameters.AddWithValue(now.UtcDateTime);
        insert.Parameters.AddWithValue(JsonSerializer.Serialize(definition));
        insert.Parameters.AddWithValue(writer.Written);
        insert.Parameters.AddWithValue(SHA256.HashData(writer.Written.Span));
        batch.BatchCommands.Add(insert);
        var delete = new NpgsqlBatchCommand("""
            delete from market.book_snapshots s where instrument = $1 and sequence < (
                select min(sequence) from (select sequence from market.book_snapshots where instrument = $1
                    order by sequence desc limit $2) newest)
            and rules = (select rules from market.book_snapshots before
                where before.instrument = s.instrument and before.sequence < s.sequence order by before.sequence desc limit 1)
            """);
        delete.Parameters.AddWithValue(instrument);
        delete.Parameters.AddWithValue(OldSnapshots + 1);
        batch.BatchCommands.Add(delete);
        await batch.ExecuteNonQueryAsync(cancel);
    }

    private async Task<(OrderBook Book, BookDefinition? Stored)> ReadSnapshotAsync(
        NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("""
            select rules, state, hash from market.book_snapshots where instrument = $1 order by sequence desc limit 1
            """, connection);
        command.Parameters.AddWithValue(instrument);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        if (!await reader.ReadAsync(cancel)) return (NewBook(definition), null);
        var stored = JsonSerializer.Deserialize<BookDefinition>(reader.GetString(0))
            ?? throw new JournalDamagedException("The snapshot's rules cannot be read.");
        var state = reader.GetFieldValue<byte[]>(1);
        if (!SHA256.HashData(state).AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(2)))
            throw new JournalDamagedException("The snapshot's hash is another.");
        return (OrderBook.TryRestore(state, stored.Rules, stored.Limits, HashKey())
            ?? throw new JournalDamagedException("The snapshot cannot be read."), stored);
    }

    private async Task ReplayAsync(OrderBook book, NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("""
            select first_sequence, last_sequence, commands, events from market.journal
            where instrument = $1 and first_sequence > $2 order by first_sequence
            """, connection);
        command.Parameters.AddWithValue(instrument);
        command.Parameters.AddWithValue((long)book.Sequence);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var events = new EventBuffer();
        var writer = new RecordWriter();
        while (await reader.ReadAsync(cancel))
        {
            var (first, last) = (reader.GetInt64(0), reader.GetInt64(1));
            if (first != (long)book.Sequence + 1)
                throw new JournalDamagedException($"The journal lacks command {book.Sequence + 1}.");
            events.Clear();
            Replay(book, reader.GetFieldValue<byte[]>(2), events);
            writer.Clear();
            foreach (ref readonly var e in events.Events) JournalCodec.Write(writer, e);
            if ((long)book.Sequence != last || !writer.Written.Span.SequenceEqual(reader.GetFieldValue<byte[]>(3)))
                throw new JournalDamagedException($"Commands {first} to {last} do not give the events that were journaled.");
        }
    }

    private static void Replay(OrderBook book, ReadOnlySpan<byte> commands, EventBuffer events)
    {
        while (!commands.IsEmpty)
        {
            if (!JournalCodec.TryRead(ref commands, out Command command))
                throw new JournalDamagedException($"Command {book.Sequence + 1} of the journal cannot be read.");
            book.Execute(command, events);
        }
    }

    private async Task<List<(LiveOrder Order, IEnumerable<Backing> Locked)>> ReadOrdersAsync(
        NpgsqlConnection connection, CancellationToken cancel)
    {
        var coins = new Dictionary<long, List<(Backing Coin, bool Locked)>>();
        await using (var command = new NpgsqlCommand("""
            select p.order_id, p.chain, p.txid, p.index, p.value, p.script, p.named, p.hold, p.drawn, p.locked
            from market.order_outpoints p
            join market.orders o on o.instrument = p.instrument and o.id = p.order_id
            where o.instrument = $1 and o.live
            """, connection))
        {
            command.Parameters.AddWithValue(instrument);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                var coin = ReadCoin(reader, 1);
                if (!coins.TryGetValue(reader.GetInt64(0), out var list)) coins[reader.GetInt64(0)] = list = [];
                list.Add((coin, reader.GetBoolean(9)));
            }
        }
        var orders = new List<(LiveOrder, IEnumerable<Backing>)>();
        await using var select = new NpgsqlCommand("""
            select id, account, key, client_order_id, body, side, time_in_force, flags, self_trade, price, quantity, remaining,
                in_swap, settled, reason, created_at, updated_at, expires_at, type, discount, worst_price
                from market.orders where instrument = $1 and live
            """, connection);
        select.Parameters.AddWithValue(instrument);
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            var row = ReadOrder(rows);
            var own = coins.GetValueOrDefault(row.Id, []);
            orders.Add((new LiveOrder(row, own.ConvertAll(c => c.Coin)), own.Where(c => c.Locked).Select(c => c.Coin)));
        }
        return orders;
    }

    /// <summary>Reads chain, txid, index, value, script, named, hold and drawn from a column on.</summary>
    internal static Backing ReadCoin(NpgsqlDataReader r, int from) => new((ChainKind)r.GetInt16(from),
        new OutPoint(new TxId(new Hash256(r.GetFieldValue<byte[]>(from + 1))), (uint)r.GetInt64(from + 2)),
        r.GetInt64(from + 3), new Script(r.GetFieldValue<byte[]>(from + 4)), r.GetBoolean(from + 5))
    {
        Hold = (CoinHold)r.GetInt16(from + 6),
        Drawn = r.GetInt64(from + 7),
    };

    private OrderRow ReadOrder(NpgsqlDataReader r) => new()
    {
        Instrument = instrument,
        Id = r.GetInt64(0),
        Account = r.GetInt64(1),
        Key = r.GetString(2),
        ClientOrderId = r.GetString(3),
        Body = r.GetFieldValue<byte[]>(4),
        Side = r.GetInt16(5),
        TimeInForce = r.GetInt16(6),
        Flags = r.GetInt16(7),
        SelfTrade = r.GetInt16(8),
        Price = r.GetInt64(9),
        Quantity = r.GetInt64(10),
        Remaining = r.GetInt64(11),
        InSwap = r.GetInt64(12),
        Settled = r.GetInt64(13),
        Reason = r.GetInt16(14),
        Live = true,
        CreatedAt = r.GetFieldValue<DateTimeOffset>(15),
        UpdatedAt = r.GetFieldValue<DateTimeOffset>(16),
        ExpiresAt = r.IsDBNull(17) ? null : r.GetFieldValue<DateTimeOffset>(17),
        Type = r.GetInt16(18),
        Discount = r.IsDBNull(19) ? null : r.GetInt32(19),
        WorstPrice = r.IsDBNull(20) ? null : r.GetInt64(20),
    };

    /// <summary>The tables were written with the journal, so they must show the same book.</summary>
    private static void Check(OrderBook book, List<(LiveOrder Order, IEnumerable<Backing> Locked)> orders)
    {
        if (orders.Count != book.LiveOrders)
            throw new JournalDamagedException($"The book has {book.LiveOrders} live orders, the table {orders.Count}.");
        foreach (var row in orders.Select(o => o.Order.Row))
        {
            if (!book.TryGetOrder(new OrderId((ulong)row.Id), out var state) || state.Remaining != row.Remaining
                || state.InSwap != row.InSwap || state.Settled != row.Settled
                || state.Price != row.Price || (long)state.Account.Value != row.Account)
                throw new JournalDamagedException($"Order {row.Id} is not the same in the book and in the table.");
        }
    }

    private async Task<IReadOnlyList<TradeRow>> ReadOpenTradesAsync(
        OrderBook book, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancel)
    {
        var open = new OpenTradeState[book.OpenTrades];
        book.CopyTrades(open);
        if (open.Length == 0) return [];
        var ids = open.Select(t => (long)t.Trade.Value).ToArray();
        await using var db = new MarketDb(
            new DbContextOptionsBuilder<MarketDb>().UseNpgsql(connection, Database.Options).Options);
        await db.Database.UseTransactionAsync(transaction, cancel);
        var rows = await db.Trades.AsNoTracking().Include(t => t.Valuation)
            .Where(t => t.Instrument == instrument && ids.Contains(t.Id)).OrderBy(t => t.Id).ToListAsync(cancel);
        if (!rows.Select(r => (r.Id, r.Status)).SequenceEqual(open.Select(t => (
            (long)t.Trade.Value, t.IsLocked ? Contracts.TradeStatus.Final : Contracts.TradeStatus.Pending))))
            throw new JournalDamagedException("The open trades are not the same in the book and in the table.");
        return rows;
    }

    private OrderBook UnderNewRules(OrderBook book)
    {
        if (book.Sequence == 0) return NewBook(definition);
        var writer = new RecordWriter();
        book.WriteSnapshot(writer);
        return OrderBook.TryRestore(writer.Written.Span, definition.Rules, definition.Limits, HashKey())
            ?? throw new JournalDamagedException(
                "Orders stand in the book that the instrument's new rules do not allow: start with the old rules, cancel them.");
    }

    private static OrderBook NewBook(BookDefinition of) => new(of.Rules, of.Limits, HashKey());

    private static ulong HashKey() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
}
