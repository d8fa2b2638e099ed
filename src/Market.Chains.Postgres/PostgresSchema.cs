using Npgsql;

namespace Market.Chains.Postgres;

/// <summary>The schema of one chain: its name, its tables by version, and who may write it.</summary>
internal static class PostgresSchema
{
    private const int OwnTries = 50;

    // Each step runs once, in order; their number is the schema's version. Steps are only ever added.
    private static readonly string[] Migrations =
    [
        """
        create table block (
            number bigint generated always as identity primary key,
            id bytea not null unique,
            parent bytea not null,
            height integer not null,
            note integer not null,
            invalid boolean not null default false,
            bytes bytea not null,
            undo bytea);
        alter table block alter column bytes set storage external;
        create table head (one boolean primary key default true check (one), tip bytea not null);
        create table snapshot (
            one boolean primary key default true check (one), block bytea not null, bytes bytea not null);
        """,
        "create table found (one boolean primary key default true check (one), bytes bytea not null);",
        "create table undo_piece (id bytea not null, place integer not null, bytes bytea not null, primary key (id, place));",
    ];

    /// <summary>Refuses a name that is none: it stands in statements as it is.</summary>
    /// <exception cref="ArgumentException">See there.</exception>
    public static void RequireName(string schema)
    {
        if (schema.Length is 0 or > 40
            || !schema.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
        {
            throw new ArgumentException("A schema is named by lower-case letters, digits and underscores.");
        }
    }

    /// <summary>
    /// Takes the schema for this connection until it closes or its process dies: two writers would tear the chain. A process that
    /// was killed may be noticed by the server a moment later.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another process has it.</exception>
    public static void Own(NpgsqlConnection connection, string schema)
    {
        using var command = new NpgsqlCommand(
            "select pg_try_advisory_lock(hashtextextended(current_database() || $1, 7))", connection);
        command.Parameters.AddWithValue("market chain " + schema);
        using var pause = new ManualResetEventSlim();
        for (var tries = OwnTries; tries > 0; tries--)
        {
            if (command.ExecuteScalar() is true)
            {
                return;
            }

            pause.Wait(TimeSpan.FromMilliseconds(100));
        }

        throw new InvalidOperationException(
            $"Another process keeps the chain {schema} in this database. Stop it first.");
    }

    /// <summary>Makes the schema, or brings it to this program's version.</summary>
    /// <exception cref="InvalidOperationException">A newer program made it.</exception>
    public static void Migrate(NpgsqlConnection connection, string schema)
    {
        using var transaction = connection.BeginTransaction();
        Run($"create schema if not exists {schema}");
        Run($"create table if not exists {schema}.version (number integer not null)");
        using var ask = new NpgsqlCommand($"select coalesce(max(number), 0) from {schema}.version", connection);
        var version = (int)ask.ExecuteScalar()!;
        if (version > Migrations.Length)
        {
            throw new InvalidOperationException(
                $"The schema {schema} has version {version}, made by a newer program; "
                + $"this one knows {Migrations.Length}.");
        }

        Run($"set local search_path to {schema}");
        for (; version < Migrations.Length; version++)
        {
            Run(Migrations[version]);
            Run($"insert into version values ({version + 1})");
        }

        transaction.Commit();

        void Run(string text)
        {
            using var command = new NpgsqlCommand(text, connection, transaction);
            command.ExecuteNonQuery();
        }
    }
}
