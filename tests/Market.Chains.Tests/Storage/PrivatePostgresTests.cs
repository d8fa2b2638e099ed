using System.Runtime.CompilerServices;
using Market.Chains.Postgres;
using Market.Testing.Chains;
using Npgsql;

namespace Market.Chains.Tests.Storage;

public sealed class PrivatePostgresTests
{
    [Fact]
    public async Task Keeps_what_is_in_it_and_is_joined_where_it_still_runs()
    {
        using var folder = new TempFolder();
        if (!OperatingSystem.IsWindows())
        {
            // The system user must be able to enter the folder above the cluster's.
            File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        }

        // Not disposed: its starter is as good as killed.
        var killed = await PrivatePostgres.StartAsync(folder["pg"]);
        var database = await killed.EnsureDatabaseAsync("market_1");
        await RunAsync(database, "create table t (n int); insert into t values (42)");

        var joined = await PrivatePostgres.StartAsync(folder["pg"]);
        Assert.Equal(42, await RunAsync(joined.ConnectionStringFor("market_1"), "select n from t"));
        await joined.StopAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => RunAsync(database, "select 1"));

        await using var again = await PrivatePostgres.StartAsync(folder["pg"]);
        Assert.Equal(42, await RunAsync(await again.EnsureDatabaseAsync("market_1"), "select n from t"));
        Assert.Equal("", await RunAsync(again.ConnectionString, "show listen_addresses"));
    }

    [Fact]
    public async Task Ends_with_a_starter_that_is_killed_and_not_with_one_whose_cluster_another_has_taken()
    {
        using var folder = new TempFolder();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        }

        await using (var first = await ClusterStarter.StartAsync(folder["pg"]))
        {
            Assert.Equal(1, await RunAsync(first.Database, "select 1"));
            await first.KillAsync();
            await Eventually.TrueAsync(
                () => !File.Exists(folder["pg/data/postmaster.pid"]), "the cluster ends with its starter");
        }

        await using var second = await ClusterStarter.StartAsync(folder["pg"]);
        await using var joined = await PrivatePostgres.StartAsync(folder["pg"]);
        await second.KillAsync();
        await second.GuardEndedAsync();
        Assert.Equal(1, await RunAsync(joined.ConnectionString, "select 1"));
    }

    [Fact]
    public async Task Runs_on_where_nobody_remembers_who_started_it()
    {
        using var folder = new TempFolder();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        }

        await StartAndForgetAsync(folder["pg"]);
        // A guard whose pipe was closed needs some hundredths of a second to stop it.
        for (var looks = 0; looks < 20; looks++)
        {
#pragma warning disable S1215 // What is forgotten is collected at some time: here it is now.
            GC.Collect();
#pragma warning restore S1215
            GC.WaitForPendingFinalizers();
            Assert.True(File.Exists(folder["pg/data/postmaster.pid"]));
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        await using var joined = await PrivatePostgres.StartAsync(folder["pg"]);
        Assert.Equal(1, await RunAsync(joined.ConnectionString, "select 1"));
    }

    [Fact]
    public async Task Begins_anew_where_making_it_was_broken_off()
    {
        using var folder = new TempFolder();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        }

        Directory.CreateDirectory(folder["pg/data/base"]);
        await using var cluster = await PrivatePostgres.StartAsync(
            folder["pg"], new PrivatePostgresOptions { Durable = false });
        Assert.Equal(1, await RunAsync(cluster.ConnectionString, "select 1"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\"; drop database postgres; --")]
    public async Task Refuses_names_that_are_none(string name)
    {
        using var folder = new TempFolder();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        }

        await using var cluster = await PrivatePostgres.StartAsync(
            folder["pg"], new PrivatePostgresOptions { Durable = false });
        await Assert.ThrowsAsync<ArgumentException>(() => cluster.EnsureDatabaseAsync(name));
    }

    // By itself, so that nothing of it stands on the test's stack.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task StartAndForgetAsync(string folder) => Task.Run(async () => { await PrivatePostgres.StartAsync(folder); });

    private static async Task<object?> RunAsync(string connectionString, string text)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(text, connection);
        return await command.ExecuteScalarAsync();
    }
}
