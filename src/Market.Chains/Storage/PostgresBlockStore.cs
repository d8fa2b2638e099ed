using System.Runtime.CompilerServices;
using Market.Bitcoin;
using Npgsql;
using NpgsqlTypes;

namespace Market.Chains.Storage;

/// <summary>
/// Keeps one chain in a schema of its own of a PostgreSQL database: blocks, undo data and the tip of a change in one
/// transaction.
/// </summary>
public sealed class PostgresBlockStore : IBlockStore
{
    // Each step runs once, in order; their number is the schema's version. Steps are only ever added.
    private static readonly string[] Migrations =
    [
        """
        create table block (
            number bigint generated always as identity primary key,
            id bytea not null unique,
            parent bytea not null,
            height integer not null,
            bytes bytea not null,
            undo bytea);
        alter table block alter column bytes set storage external;
        create table head (one boolean primary key default true check (one), tip bytea not null);
        create table snapshot (
            one boolean primary key default true check (one), block bytea not null, bytes bytea not null);
        """,
    ];

    private const int OwnTries = 50;

    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlConnection _owner;
    private readonly string _schema;

    private PostgresBlockStore(NpgsqlDataSource source, NpgsqlConnection owner, string schema)
    {
        _source = source;
        _owner = owner;
        _schema = schema;
    }

    /// <summary>Opens a chain's schema, making and migrating it where needed.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="schema">Lower-case letters, digits and underscores.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="InvalidOperationException">Another process writes this chain, or a newer program made the
    /// schema.</exception>
    public static async Task<PostgresBlockStore> OpenAsync(
        string connectionString, string schema, CancellationToken cancellation = default)
    {
        if (schema.Length is 0 or > 40
            || !schema.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
        {
            throw new ArgumentException("A schema is named by lower-case letters, digits and underscores.");
        }

        var source = NpgsqlDataSource.Create(connectionString);
        var owner = await source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        try
        {
            await OwnAsync(owner, schema, cancellation).ConfigureAwait(false);
            await MigrateAsync(owner, schema, cancellation).ConfigureAwait(false);
            return new PostgresBlockStore(source, owner, schema);
        }
        catch
        {
            await owner.DisposeAsync().ConfigureAwait(false);
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Hash256?> GetTipAsync(CancellationToken cancellation = default)
    {
        await using var command = _source.CreateCommand($"select tip from {_schema}.head");
        return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is byte[] bytes
            ? new Hash256(bytes)
            : null;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredBlock> LoadAsync(
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await using var command = _source.CreateCommand(
            $"select id, parent, height, bytes from {_schema}.block order by number");
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            yield return new StoredBlock(
                new Hash256(reader.GetFieldValue<byte[]>(0)), new Hash256(reader.GetFieldValue<byte[]>(1)),
                reader.GetInt32(2), reader.GetFieldValue<byte[]>(3));
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>?> GetUndoAsync(Hash256 id, CancellationToken cancellation = default)
    {
        await using var command = _source.CreateCommand($"select undo from {_schema}.block where id = $1");
        command.Parameters.AddWithValue(id.ToArray());
        return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is byte[] bytes
            ? bytes
            : (ReadOnlyMemory<byte>?)null;
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(StoreChange change, CancellationToken cancellation = default)
    {
        await using var batch = new NpgsqlBatch(_owner);
        foreach (var block in change.Blocks)
        {
            Add(
                batch, $"insert into {_schema}.block (id, parent, height, bytes) values ($1, $2, $3, $4)",
                block.Id.ToArray(), block.Parent.ToArray(), block.Height, block.Bytes.ToArray());
        }

        foreach (var (id, bytes) in change.Undo)
        {
            Add(batch, $"update {_schema}.block set undo = $1 where id = $2", bytes.ToArray(), id.ToArray());
        }

        Add(
            batch, $"insert into {_schema}.head (tip) values ($1) on conflict (one) do update set tip = excluded.tip",
            change.Tip.ToArray());
        await using var transaction = await _owner.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        batch.Transaction = transaction;
        await batch.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<StoredSnapshot?> GetSnapshotAsync(CancellationToken cancellation = default)
    {
        await using var command = _source.CreateCommand($"select block, bytes from {_schema}.snapshot");
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        return await reader.ReadAsync(cancellation).ConfigureAwait(false)
            ? new StoredSnapshot(new Hash256(reader.GetFieldValue<byte[]>(0)), reader.GetFieldValue<byte[]>(1))
            : null;
    }

    /// <inheritdoc/>
    public async ValueTask WriteSnapshotAsync(StoredSnapshot snapshot, CancellationToken cancellation = default)
    {
        await using var command = _source.CreateCommand(
            $"""
            insert into {_schema}.snapshot (block, bytes) values ($1, $2)
            on conflict (one) do update set block = excluded.block, bytes = excluded.bytes
            """);
        command.Parameters.AddWithValue(snapshot.Block.ToArray());
        command.Parameters.AddWithValue(snapshot.Bytes.ToArray());
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _owner.DisposeAsync().ConfigureAwait(false);
        await _source.DisposeAsync().ConfigureAwait(false);
    }

    private static void Add(NpgsqlBatch batch, string text, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(text);
        foreach (var value in values)
        {
            command.Parameters.AddWithValue(value is byte[] ? NpgsqlDbType.Bytea : NpgsqlDbType.Integer, value);
        }

        batch.BatchCommands.Add(command);
    }

    private static async Task OwnAsync(NpgsqlConnection owner, string schema, CancellationToken cancellation)
    {
        // Held by this session until it closes or its process dies: two writers would tear the chain.
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock(hashtextextended($1, 7))", owner);
        command.Parameters.AddWithValue("market chain " + schema);
        for (var tries = OwnTries; tries > 0; tries--)
        {
            if (await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is true)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation).ConfigureAwait(false);
        }

        throw new InvalidOperationException(
            $"Another process keeps the chain {schema} in this database. Stop it first.");
    }

    private static async Task MigrateAsync(NpgsqlConnection owner, string schema, CancellationToken cancellation)
    {
        await using var transaction = await owner.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        await RunAsync($"create schema if not exists {schema}").ConfigureAwait(false);
        await RunAsync($"create table if not exists {schema}.version (number integer not null)").ConfigureAwait(false);
        await using var ask = new NpgsqlCommand($"select coalesce(max(number), 0) from {schema}.version", owner);
        var version = (int)(await ask.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
        if (version > Migrations.Length)
        {
            throw new InvalidOperationException(
                $"The schema {schema} has version {version}, made by a newer program; "
                + $"this one knows {Migrations.Length}.");
        }

        await RunAsync($"set local search_path to {schema}").ConfigureAwait(false);
        for (; version < Migrations.Length; version++)
        {
            await RunAsync(Migrations[version]).ConfigureAwait(false);
            await RunAsync($"insert into version values ({version + 1})").ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellation).ConfigureAwait(false);

        async Task RunAsync(string text)
        {
            await using var command = new NpgsqlCommand(text, owner, transaction);
            await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        }
    }
}
