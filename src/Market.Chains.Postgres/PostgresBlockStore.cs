using Market.Bitcoin;
using Market.Chains.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Market.Chains.Postgres;

/// <summary>
/// Keeps one chain in a schema of its own of a PostgreSQL database: blocks, undo data and the tip of a change in one
/// transaction.
/// </summary>
public sealed class PostgresBlockStore : IBlockStore
{
    private const int Reconnections = 20;
    private const int MostReaders = 8;
    private const int MostSnapshotBytes = 512 * 1024 * 1024;

    /// <summary>Bytes of undo data that stand with their block; more are kept in pieces of so many, for PostgreSQL takes no value
    /// above 1 GB.</summary>
    internal const int LargestUndo = 64 * 1024 * 1024;
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromMilliseconds(250);
    private const int LoadPage = 512;

    // The writer's connection, which holds the lock on the schema; readers of blocks have a pool of others.
    private readonly Lock _turn = new();
    private readonly NpgsqlDataSource _readers;
    private NpgsqlConnection _connection;
    private readonly string _schema;
    private readonly string _connectionString;
    private readonly int _largestUndo;
    private volatile bool _disposed;

    private PostgresBlockStore(NpgsqlConnection connection, string connectionString, string schema, int largestUndo)
    {
        _largestUndo = largestUndo;
        _connection = connection;
        _connectionString = connectionString;
        _schema = schema;
        _readers = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = true,
            MinPoolSize = 0,
            MaxPoolSize = MostReaders,
        });
    }

    /// <summary>Opens a chain's schema, making and migrating it where needed.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="schema">Lower-case letters, digits and underscores.</param>
    /// <exception cref="InvalidOperationException">Another process writes this chain, or a newer program made the
    /// schema.</exception>
    public static PostgresBlockStore Open(string connectionString, string schema) => Open(connectionString, schema, LargestUndo);

    /// <summary>As <see cref="Open(string, string)"/>, with another size of pieces.</summary>
    internal static PostgresBlockStore Open(string connectionString, string schema, int largestUndo)
    {
        PostgresSchema.RequireName(schema);

        // One connection of its own for the life of the store: it holds the lock that keeps other writers away.
        var own = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, MaxAutoPrepare = 16 };
        var connection = new NpgsqlConnection(own.ConnectionString);
        try
        {
            connection.Open();
            PostgresSchema.Own(connection, schema);
            PostgresSchema.Migrate(connection, schema);
            return new PostgresBlockStore(connection, own.ConnectionString, schema, largestUndo);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Deletes a chain's schema with all that is kept in it.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="schema">See <see cref="Open(string, string)"/>.</param>
    /// <exception cref="InvalidOperationException">Another process writes this chain.</exception>
    public static void Delete(string connectionString, string schema)
    {
        PostgresSchema.RequireName(schema);
        var own = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        using var connection = new NpgsqlConnection(own.ConnectionString);
        connection.Open();
        PostgresSchema.Own(connection, schema);
        using var drop = new NpgsqlCommand($"drop schema if exists {schema} cascade", connection);
        drop.ExecuteNonQuery();
    }

    /// <inheritdoc/>
    public Hash256? GetTip() => Ask($"select tip from {_schema}.head") is { } tip ? new Hash256(tip) : null;

    /// <inheritdoc/>
    public IEnumerable<StoredBlock> Load()
    {
        // Read page by page, so that the connection is free between them.
        var after = 0L;
        while (true)
        {
            var page = LoadAfter(after);
            foreach (var (number, block) in page)
            {
                after = number;
                yield return block;
            }

            if (page.Count < LoadPage)
            {
                yield break;
            }
        }
    }

    /// <inheritdoc/>
    public IEnumerable<Hash256> LoadInvalid() => Connected(() =>
    {
        var invalid = new List<Hash256>();
        using var command = new NpgsqlCommand($"select id from {_schema}.block where invalid", _connection);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            invalid.Add(new Hash256(reader.GetFieldValue<byte[]>(0)));
        }

        return invalid;
    });

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? GetBlock(Hash256 id) =>
        Wrap(Reading(connection => Ask(connection, $"select bytes from {_schema}.block where id = $1", id.ToArray())));

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? GetUndo(Hash256 id) => Wrap(Reading(connection =>
    {
        // In one statement, which sees one moment: the writer may write the same anew meanwhile.
        var pieces = new List<byte[]>();
        using var command = new NpgsqlCommand(
            $"""
            select 0 as place, undo from {_schema}.block where id = $1 and undo is not null
            union all select place, bytes from {_schema}.undo_piece where id = $1 order by place
            """,
            connection);
        command.Parameters.AddWithValue(id.ToArray());
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            pieces.Add(reader.GetFieldValue<byte[]>(1));
        }

        return pieces.Count > 1 ? Joined(pieces) : pieces.FirstOrDefault();
    }));

    private static byte[] Joined(List<byte[]> pieces)
    {
        var whole = new byte[pieces.Sum(piece => piece.Length)];
        var from = 0;
        foreach (var piece in pieces)
        {
            piece.CopyTo(whole, from);
            from += piece.Length;
        }

        return whole;
    }

    /// <inheritdoc/>
    public IReadOnlyList<ReadOnlyMemory<byte>?> GetStarts(IReadOnlyList<Hash256> ids, int most)
    {
        var found = Reading(connection =>
        {
            var starts = new Dictionary<Hash256, ReadOnlyMemory<byte>>(ids.Count);
            using var command = new NpgsqlCommand(
                $"select id, substring(bytes from 1 for $2) from {_schema}.block where id = any($1)", connection);
            command.Parameters.AddWithValue(ids.Select(id => id.ToArray()).ToArray());
            command.Parameters.AddWithValue(most);
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                starts[new Hash256(reader.GetFieldValue<byte[]>(0))] = reader.GetFieldValue<byte[]>(1);
            }

            return starts;
        });
        return [.. ids.Select(id => found.TryGetValue(id, out var start) ? start : (ReadOnlyMemory<byte>?)null)];
    }

    /// <inheritdoc/>
    public void Write(StoreChange change)
    {
        var tries = 0;
        Connected(() => WriteOnce(change, repeated: tries++ > 0));
    }

    // Repeated where the connection broke: nobody can tell whether it was committed, so what is there already may be.
    private bool WriteOnce(StoreChange change, bool repeated)
    {
        using var batch = new NpgsqlBatch(_connection);
        foreach (var block in change.Blocks)
        {
            Add(
                batch, $"insert into {_schema}.block (id, parent, height, note, bytes) values ($1, $2, $3, $4, $5) "
                + (repeated ? "on conflict (id) do nothing" : ""),
                block.Id.ToArray(), block.Parent.ToArray(), block.Height, block.Note, block.Bytes.ToArray());
        }

        foreach (var id in change.Invalid)
        {
            Add(batch, $"update {_schema}.block set invalid = true where id = $1", id.ToArray());
        }

        foreach (var undo in change.Undo)
        {
            var first = undo.Bytes[..Math.Min(undo.Bytes.Length, _largestUndo)];
            Add(batch, $"update {_schema}.block set undo = $1 where id = $2", first.ToArray(), undo.Id.ToArray());
            Add(batch, $"delete from {_schema}.undo_piece where id = $1", undo.Id.ToArray());
            for (var (place, from) = (1, first.Length); from < undo.Bytes.Length; place++, from += _largestUndo)
            {
                Add(
                    batch, $"insert into {_schema}.undo_piece (id, place, bytes) values ($1, $2, $3)", undo.Id.ToArray(), place,
                    undo.Bytes.Slice(from, Math.Min(_largestUndo, undo.Bytes.Length - from)).ToArray());
            }
        }

        Add(
            batch, $"insert into {_schema}.head (tip) values ($1) on conflict (one) do update set tip = excluded.tip",
            change.Tip.ToArray());
        using var transaction = _connection.BeginTransaction();
        batch.Transaction = transaction;
        batch.ExecuteNonQuery();
        transaction.Commit();
        return true;
    }

    /// <inheritdoc/>
    public StoredSnapshot? GetSnapshot() => Connected(() =>
    {
        using var command = new NpgsqlCommand($"select block, bytes from {_schema}.snapshot", _connection);
        using var reader = command.ExecuteReader();
        return reader.Read()
            ? new StoredSnapshot(new Hash256(reader.GetFieldValue<byte[]>(0)), reader.GetFieldValue<byte[]>(1))
            : null;
    });

    /// <inheritdoc/>
    public void WriteSnapshot(StoredSnapshot snapshot)
    {
        // PostgreSQL takes no value above 1 GB, and needs several times its size meanwhile.
        if (snapshot.Bytes.Length > MostSnapshotBytes)
        {
            throw new IOException($"A snapshot of {snapshot.Bytes.Length} bytes is too large for the database.");
        }

        Ask(
            $"""
            insert into {_schema}.snapshot (block, bytes) values ($1, $2)
            on conflict (one) do update set block = excluded.block, bytes = excluded.bytes
            """,
            snapshot.Block.ToArray(), snapshot.Bytes.ToArray());
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? GetFound() => Wrap(Ask($"select bytes from {_schema}.found"));

    /// <inheritdoc/>
    public void WriteFound(ReadOnlyMemory<byte> found) => Ask(
        $"insert into {_schema}.found (bytes) values ($1) on conflict (one) do update set bytes = excluded.bytes",
        found.ToArray());

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _readers.Dispose();
        _connection.Dispose();
    }

    // Left to itself the compiler takes null for empty memory.
    private static ReadOnlyMemory<byte>? Wrap(byte[]? bytes) => bytes is null
        ? new ReadOnlyMemory<byte>?()
        : new ReadOnlyMemory<byte>(bytes);

    private byte[]? Ask(string text, params byte[][] values) => Connected(() => Ask(_connection, text, values));

    private static byte[]? Ask(NpgsqlConnection connection, string text, params byte[][] values)
    {
        using var command = new NpgsqlCommand(text, connection);
        foreach (var value in values)
        {
            command.Parameters.AddWithValue(NpgsqlDbType.Bytea, value);
        }

        return command.ExecuteScalar() as byte[];
    }

    // On a connection of its own: who reads waits for no write. Connections of the pool that broke are replaced by it.
    private T Reading<T>(Func<NpgsqlConnection, T> work)
    {
        using var pause = new ManualResetEventSlim();
        for (var left = Reconnections; ; left--)
        {
            try
            {
                using var connection = _readers.OpenConnection();
                return work(connection);
            }
            catch (NpgsqlException error) when (left > 0 && !_disposed && error.IsTransient)
            {
                pause.Wait(ReconnectPause);
            }
        }
    }

    // A connection that broke is opened again, with its lock, for as long as a server takes to restart.
    private T Connected<T>(Func<T> work)
    {
        using var turn = _turn.EnterScope();
        using var pause = new ManualResetEventSlim();
        for (var left = Reconnections; ; left--)
        {
            try
            {
                if (_connection.State != System.Data.ConnectionState.Open)
                {
                    Reconnect();
                }

                return work();
            }
            catch (NpgsqlException error) when (left > 0 && !_disposed && (error.IsTransient || IsLost))
            {
                pause.Wait(ReconnectPause);
            }
        }
    }

    private bool IsLost => _connection.State != System.Data.ConnectionState.Open;

    private void Reconnect()
    {
        var next = new NpgsqlConnection(_connectionString);
        try
        {
            next.Open();
            PostgresSchema.Own(next, _schema);
        }
        catch (InvalidOperationException error)
        {
            // The server may hold the lost connection for alive for minutes, with its lock: a failure of the store like any
            // other, tried again with the next block.
            next.Dispose();
            throw new IOException(error.Message, error);
        }
        catch
        {
            next.Dispose();
            throw;
        }

        _connection.Dispose();
        _connection = next;
    }

    private List<(long Number, StoredBlock Block)> LoadAfter(long number) => Connected(() =>
    {
        var page = new List<(long, StoredBlock)>(LoadPage);
        using var command = new NpgsqlCommand(
            $"""
            select number, id, parent, height, note, bytes from {_schema}.block
            where number > $1 and not invalid order by number limit {LoadPage}
            """,
            _connection);
        command.Parameters.AddWithValue(number);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            page.Add((reader.GetInt64(0), new StoredBlock(
                new Hash256(reader.GetFieldValue<byte[]>(1)), new Hash256(reader.GetFieldValue<byte[]>(2)),
                reader.GetInt32(3), reader.GetInt32(4), reader.GetFieldValue<byte[]>(5))));
        }

        return page;
    });

    private static void Add(NpgsqlBatch batch, string text, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(text);
        foreach (var value in values)
        {
            command.Parameters.AddWithValue((value is byte[]) ? NpgsqlDbType.Bytea : NpgsqlDbType.Integer, value);
        }

        batch.BatchCommands.Add(command);
    }
}
