using Market.Api.Data;
using Market.Trading;
using Npgsql;
using NpgsqlTypes;

namespace Market.Api.Trading;

/// <summary>Another sequencer has appended to the journal: this one's book is of the past.</summary>
public sealed class StaleSequenceException(string instrument, long sequence, Exception inner) : Exception(
    $"Another sequencer of {instrument} has written command {sequence}; this one stops.", inner);

/// <summary>One batch, as it goes into the tables.</summary>
internal sealed record JournalBatch
{
    public required long FirstSequence { get; init; }

    public required long LastSequence { get; init; }

    public required DateTimeOffset Time { get; init; }

    public required ReadOnlyMemory<byte> Commands { get; init; }

    public required ReadOnlyMemory<byte> Events { get; init; }
}

/// <summary>
/// Appends batches: journal, orders, coins, trades and swaps in one round trip and one transaction, which the database
/// makes of the statements sent together. The journal's key is the fence.
/// </summary>
internal sealed class JournalWriter(MarketInstrument market, ITradeSink? sink)
{
    /// <summary>Seconds after which a batch that does not commit counts as failed.</summary>
    public const int TimeoutSeconds = 30;

    /// <summary>Commits the batch; returns when it is on disk.</summary>
    /// <exception cref="StaleSequenceException">Another sequencer was faster.</exception>
    public async Task AppendAsync(
        NpgsqlConnection connection, JournalBatch batch, Projection changes, CancellationToken cancel)
    {
        await using var statements = new NpgsqlBatch(connection) { Timeout = TimeoutSeconds };
        if (batch.LastSequence >= batch.FirstSequence) AddJournal(statements, batch);
        // Coins are let go before others take them, so that no moment of the transaction has a coin twice.
        AddReleases(statements, changes);
        AddCoinChanges(statements, changes);
        AddNewOrders(statements, [.. changes.Changed.Values.Where(o => o.IsNew)], changes);
        AddChangedOrders(statements, [.. changes.Changed.Values.Where(o => !o.IsNew).Select(o => o.Row)]);
        AddValuations(statements, changes.Trades);
        AddTrades(statements, changes.Trades);
        AddTradeChanges(statements, changes.TradeChanges);
        if (changes.Trades.Count > 0) sink?.Write(statements, changes.Trades);
        if (statements.BatchCommands.Count == 0) return;
        try
        {
            await statements.ExecuteNonQueryAsync(cancel);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation && e.TableName == "journal")
        {
            throw new StaleSequenceException(market.Id, batch.FirstSequence, e);
        }
    }

    private void AddJournal(NpgsqlBatch statements, JournalBatch batch)
    {
        var c = Add(statements, """
            insert into market.journal (instrument, first_sequence, last_sequence, "time", commands, events)
            values ($1, $2, $3, $4, $5, $6)
            """);
        Put(c, market.Id);
        Put(c, batch.FirstSequence);
        Put(c, batch.LastSequence);
        Put(c, batch.Time.UtcDateTime);
        Put(c, batch.Commands);
        Put(c, batch.Events);
    }

    private void AddReleases(NpgsqlBatch statements, Projection changes)
    {
        var done = changes.Changed.Values.Where(o => !o.IsNew && !o.Row.Live).Select(o => o.Row.Id).ToArray();
        if (done.Length > 0)
        {
            var c = Add(statements, """
                update market.order_outpoints set locked = false
                where instrument = $1 and order_id = any ($2) and locked
                """);
            Put(c, market.Id);
            Put(c, done);
        }
    }

    private void AddCoinChanges(NpgsqlBatch statements, Projection changes)
    {
        foreach (var change in changes.Changes)
        {
            switch (change)
            {
                case CoinChange.Left left:
                    var c = Add(statements, """
                        update market.order_outpoints set locked = false
                        where instrument = $1 and order_id = $2 and txid = $3 and index = $4
                        """);
                    Put(c, market.Id);
                    Put(c, (long)left.Order.Value);
                    Put(c, left.Coin.TxId.Value.ToArray());
                    Put(c, (long)left.Coin.Index);
                    break;
                case CoinChange.Joined joined:
                    AddCoins(statements,
                        [((long)joined.Order.Value, joined.Coin, Locked: changes.Holds(joined.Order, joined.Coin))]);
                    break;
                case CoinChange.Proved proved:
                    AddProved(statements, proved.Coin);
                    break;
                default:
                    throw new InvalidOperationException($"Nobody writes {change.GetType().Name}.");
            }
        }
    }

    // Two instruments may find the same change, each of its own orders.
    private static void AddProved(NpgsqlBatch statements, ProvedCoin coin)
    {
        var c = Add(statements, """
            insert into market.proved_outpoints (chain_name, txid, index, key, chain, value, script, root, change, proved_at,
                expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            on conflict (chain_name, txid, index) do nothing
            """);
        Put(c, coin.Coin.Chain);
        Put(c, coin.Coin.OutPoint.TxId.Value.ToArray());
        Put(c, (long)coin.Coin.OutPoint.Index);
        Put(c, coin.Key);
        Put(c, (short)coin.Chain);
        Put(c, coin.Value);
        Put(c, coin.Script.ToArray());
        c.Add(new NpgsqlParameter { Value = (object?)coin.Root ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        Put(c, coin.IsChange);
        Put(c, coin.ProvedAt.UtcDateTime);
        Put(c, coin.ExpiresAt.UtcDateTime);
    }

    private void AddNewOrders(NpgsqlBatch statements, List<LiveOrder> orders, Projection changes)
    {
        if (orders.Count == 0) return;
        var rows = orders.ConvertAll(o => o.Row);
        var c = Add(statements, """
            insert into market.orders (id, account, key, client_order_id, body, side, time_in_force, flags, self_trade, price,
                quantity, remaining, in_swap, settled, reason, live, created_at, updated_at, expires_at,
                type, discount, worst_price, instrument)
            select *, $23 from unnest ($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bytea[], $6::smallint[],
                $7::smallint[], $8::smallint[], $9::smallint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
                $14::bigint[], $15::smallint[], $16::boolean[], $17::timestamptz[], $18::timestamptz[],
                $19::timestamptz[], $20::smallint[], $21::integer[], $22::bigint[])
            """);
        Put(c, All(rows, r => r.Id));
        Put(c, All(rows, r => r.Account));
        Put(c, All(rows, r => r.Key));
        Put(c, All(rows, r => r.ClientOrderId));
        Put(c, All(rows, r => r.Body));
        Put(c, All(rows, r => r.Side));
        Put(c, All(rows, r => r.TimeInForce));
        Put(c, All(rows, r => r.Flags));
        Put(c, All(rows, r => r.SelfTrade));
        Put(c, All(rows, r => r.Price));
        Put(c, All(rows, r => r.Quantity));
        Put(c, All(rows, r => r.Remaining));
        Put(c, All(rows, r => r.InSwap));
        Put(c, All(rows, r => r.Settled));
        Put(c, All(rows, r => r.Reason));
        Put(c, All(rows, r => r.Live));
        Put(c, All(rows, r => r.CreatedAt.UtcDateTime));
        Put(c, All(rows, r => r.UpdatedAt.UtcDateTime));
        Put(c, All(rows, r => r.ExpiresAt?.UtcDateTime));
        Put(c, All(rows, r => r.Type));
        Put(c, All(rows, r => r.Discount));
        Put(c, All(rows, r => r.WorstPrice));
        Put(c, rows[0].Instrument);
        AddCoins(statements,
            [
                .. orders.SelectMany(o => o.Backing.Where(b => b.Named)
                    .Select(b => (o.Row.Id, b, changes.Holds(new OrderId((ulong)o.Row.Id), b)))),
            ]);
    }

    private void AddCoins(NpgsqlBatch statements, List<(long Order, Backing Coin, bool Locked)> coins)
    {
        if (coins.Count == 0) return;
        var c = Add(statements, """
            insert into market.order_outpoints (order_id, chain, txid, index, value, script, locked, named, chain_name, hold, drawn,
                instrument)
            select *, $12 from unnest ($1::bigint[], $2::smallint[], $3::bytea[], $4::bigint[], $5::bigint[], $6::bytea[],
                $7::boolean[], $8::boolean[], $9::text[], $10::smallint[], $11::bigint[])
            on conflict (instrument, order_id, txid, index) do update set locked = excluded.locked, drawn = excluded.drawn
            """);
        Put(c, All(coins, o => o.Order));
        Put(c, All(coins, o => (short)o.Coin.Chain));
        Put(c, All(coins, o => o.Coin.OutPoint.TxId.Value.ToArray()));
        Put(c, All(coins, o => (long)o.Coin.OutPoint.Index));
        Put(c, All(coins, o => o.Coin.Value));
        Put(c, All(coins, o => o.Coin.Script.ToArray()));
        Put(c, All(coins, o => o.Locked));
        Put(c, All(coins, o => o.Coin.Named));
        Put(c, All(coins, o => market.NameOf(o.Coin.Chain)));
        Put(c, All(coins, o => (short)o.Coin.Hold));
        Put(c, All(coins, o => o.Coin.Drawn));
        Put(c, market.Id);
    }

    private void AddChangedOrders(NpgsqlBatch statements, List<OrderRow> rows)
    {
        if (rows.Count == 0) return;
        var c = Add(statements, """
            update market.orders o set remaining = n.remaining, in_swap = n.in_swap, settled = n.settled, reason = n.reason,
                live = n.live, updated_at = n.updated_at, price = n.price, quantity = n.quantity, discount = n.discount,
                worst_price = n.worst_price
            from unnest ($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::smallint[], $6::boolean[],
                $7::timestamptz[], $8::bigint[], $9::bigint[], $10::integer[], $11::bigint[])
                as n (id, remaining, in_swap, settled, reason, live, updated_at, price, quantity, discount, worst_price)
            where o.instrument = $12 and o.id = n.id
            """);
        Put(c, All(rows, r => r.Id));
        Put(c, All(rows, r => r.Remaining));
        Put(c, All(rows, r => r.InSwap));
        Put(c, All(rows, r => r.Settled));
        Put(c, All(rows, r => r.Reason));
        Put(c, All(rows, r => r.Live));
        Put(c, All(rows, r => r.UpdatedAt.UtcDateTime));
        Put(c, All(rows, r => r.Price));
        Put(c, All(rows, r => r.Quantity));
        Put(c, All(rows, r => r.Discount));
        Put(c, All(rows, r => r.WorstPrice));
        Put(c, market.Id);
    }

    // The same valuation stands behind all trades until the next is computed: the first of them writes it.
    private void AddValuations(NpgsqlBatch statements, List<TradeRow> trades)
    {
        foreach (var row in trades.Where(t => t.Valuation is not null).Select(t => t.Valuation!).DistinctBy(v => v.Id))
        {
            var c = Add(statements, """
                insert into market.valuations (instrument, id, "time", face_value, d_time, model_price, fpps_worth, horizon_years,
                    rate, uncertainty, said)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb)
                on conflict (instrument, id) do nothing
                """);
            Put(c, row.Instrument);
            Put(c, row.Id);
            Put(c, row.Time.UtcDateTime);
            Put(c, row.FaceValue);
            Put(c, row.DTime);
            Put(c, row.ModelPrice);
            c.Add(new NpgsqlParameter { Value = (object?)row.FppsWorth ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Double });
            Put(c, row.HorizonYears);
            Put(c, row.Rate);
            Put(c, row.Uncertainty);
            Put(c, row.Said);
        }
    }

    private void AddTrades(NpgsqlBatch statements, List<TradeRow> rows)
    {
        if (rows.Count == 0) return;
        var c = Add(statements, """
            insert into market.trades (id, price, quantity, notional, taker_side, "time", swap_id, maker_order, taker_order,
                maker_key, taker_key, valuation_id, status, status_at, instrument)
            select *, $15 from unnest ($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::smallint[],
                $6::timestamptz[], $7::text[], $8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::uuid[], $13::smallint[],
                $14::timestamptz[])
            """);
        Put(c, All(rows, r => r.Id));
        Put(c, All(rows, r => r.Price));
        Put(c, All(rows, r => r.Quantity));
        Put(c, All(rows, r => r.Notional));
        Put(c, All(rows, r => (short)r.TakerSide));
        Put(c, All(rows, r => r.Time.UtcDateTime));
        Put(c, All(rows, r => r.SwapId));
        Put(c, All(rows, r => r.MakerOrder));
        Put(c, All(rows, r => r.TakerOrder));
        Put(c, All(rows, r => r.MakerKey));
        Put(c, All(rows, r => r.TakerKey));
        Put(c, All(rows, r => r.ValuationId));
        Put(c, All(rows, r => (short)r.Status));
        Put(c, All(rows, r => r.StatusAt?.UtcDateTime));
        Put(c, rows[0].Instrument);
    }

    private void AddTradeChanges(NpgsqlBatch statements, List<TradeChange> changes)
    {
        if (changes.Count == 0) return;
        var c = Add(statements, """
            update market.trades t set status = n.status, status_at = n.status_at
            from unnest ($1::bigint[], $2::smallint[], $3::timestamptz[]) as n (id, status, status_at)
            where t.instrument = $4 and t.id = n.id
            """);
        Put(c, All(changes, t => t.Trade.Id));
        Put(c, All(changes, t => (short)t.Trade.Status));
        Put(c, All(changes, t => t.Trade.StatusAt?.UtcDateTime));
        Put(c, market.Id);
    }

    private static TOut[] All<TIn, TOut>(List<TIn> rows, Converter<TIn, TOut> column)
    {
        var all = new TOut[rows.Count];
        for (var i = 0; i < all.Length; i++) all[i] = column(rows[i]);
        return all;
    }

    private static NpgsqlParameterCollection Add(NpgsqlBatch statements, string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        statements.BatchCommands.Add(command);
        return command.Parameters;
    }

    private static void Put<T>(NpgsqlParameterCollection parameters, T value) =>
        parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
}
