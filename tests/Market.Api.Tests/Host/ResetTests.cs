using System.Diagnostics;
using Market.Api.Hosting;
using Market.Api.Tests.Orders;
using Market.Chains.Postgres;
using Market.Sharechain;

namespace Market.Api.Tests.Host;

/// <summary>The server's program begins the sharechain of its database anew, and only where nobody writes it.</summary>
public sealed class ResetTests(PostgresFixture postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_kept_sharechain_is_deleted_unless_another_program_has_it_open()
    {
        var database = await postgres.NewDatabaseAsync();
        using (PostgresBlockStore.Open(database, OpenChains.SchemaOf("devnet", SharechainProfiles.P2ShareDevnet)))
        {
            var (refused, words) = await RunAsync(database);
            Assert.Equal(1, refused);
            Assert.StartsWith("market-api: ", words, StringComparison.Ordinal);
            Assert.True(await HasSchemaAsync(database));
        }

        Assert.Equal((0, ""), await RunAsync(database));
        Assert.False(await HasSchemaAsync(database));
        Assert.Equal((0, ""), await RunAsync(database));
    }

    private static async Task<(int Code, string Error)> RunAsync(string database)
    {
        var folder = Directory.CreateTempSubdirectory();
        var start = new ProcessStartInfo(
            "dotnet",
            [typeof(OpenChains).Assembly.Location, "--reset", "sharechain", "--data", folder.FullName, "--database", database])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEndAsync(Cancel);
        var error = await process.StandardError.ReadToEndAsync(Cancel);
        await said;
        await process.WaitForExitAsync(Cancel);
        folder.Delete(recursive: true);
        return (process.ExitCode, error.Trim());
    }

    private static async Task<bool> HasSchemaAsync(string database)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(database);
        var schema = OpenChains.SchemaOf("devnet", SharechainProfiles.P2ShareDevnet);
        await using var asked = source.CreateCommand($"select to_regclass('{schema}.block') is not null");
        return (bool)(await asked.ExecuteScalarAsync(Cancel))!;
    }
}
