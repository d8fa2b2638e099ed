using System.Net.Http.Json;
using Market.Api.Features.Swaps;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Contracts;
using Market.Testing.Chains;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Market.Api.Tests.Interface;

public sealed class DatabaseGoneTests(PostgresFixture postgres)
{
    [Fact]
    public async Task While_the_database_takes_no_connections_the_server_is_unavailable_and_does_not_call_it_a_bug()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var host = await MarketHost.StartAsync(database);

        await AllowAsync(database, false);
        using var refused = await host.Http.GetAsync(Routes.Swaps);
        var problem = (await refused.Content.ReadFromJsonAsync<Problem>(MarketJson.Options))!;
        Assert.Equal((ProblemCodes.Unavailable, 503), (problem.Code, (int)refused.StatusCode));
        Assert.NotNull(refused.Headers.RetryAfter);
        // The pipeline itself says so, to pages as well as to the interface.
        await using (var scope = host.Get<IServiceScopeFactory>().CreateAsyncScope())
        {
            var asked = await scope.ServiceProvider.GetRequiredService<IMediator>().Send(new GetSwaps(null, null, null, 1, null));
            Assert.Equal(ProblemCodes.Unavailable, asked.Refusal?.Code);
        }
        // What the refusal means is explained meanwhile.
        foreach (var path in new[] { problem.Type, "/docs/protocol" })
        {
            using var page = await host.Http.GetAsync(path);
            Assert.True(page.IsSuccessStatusCode, path);
        }

        await AllowAsync(database, true);
        await Eventually.TrueAsync(
            async () => (await host.Http.GetAsync(Routes.Swaps)).IsSuccessStatusCode, "the database answers again");
    }

    private static async Task AllowAsync(string database, bool allow)
    {
        var settings = new NpgsqlConnectionStringBuilder(database);
        var name = settings.Database;
        settings.Database = "postgres";
        await using var source = NpgsqlDataSource.Create(settings);
        foreach (var sql in new[]
        {
            $"alter database \"{name}\" with allow_connections {allow}",
            $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'",
        })
        {
            await using var command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }
}
