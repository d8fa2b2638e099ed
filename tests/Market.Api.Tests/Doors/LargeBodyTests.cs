using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Hosting.Connections;
using Market.Api.Tests.Orders;
using Market.Contracts;
using Market.Testing.Chains;
using Microsoft.Extensions.DependencyInjection;

namespace Market.Api.Tests.Doors;

/// <summary>Bodies as large as blocks, which anybody may send: none is read for headers that are made up, and few stand in
/// memory.</summary>
public sealed class LargeBodyTests(PostgresFixture postgres)
{
    private const string Path = "/api/v1/node/mainchain/block";
    private const string Client = "127.0.0.2";

    [Fact]
    public async Task Nothing_is_read_of_a_block_that_says_that_it_is_signed()
    {
        await using var host = await StartAsync();
        using var one = await RawClient.ConnectAsync(host.Address, Client);
        await one.SendAsync(Head(
            host.Address, ServerLimits.MaxBlockBytes,
            $"{SignedRequest.KeyHeader}: {new string('a', 64)}\r\n{SignedRequest.TimestampHeader}: "
            + $"{host.Get<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds()}\r\n"
            + $"{SignedRequest.SignatureHeader}: {new string('b', 128)}\r\n"));

        // Not 100, which asks for the body.
        Assert.Equal(401, RawClient.StatusOf(await one.ReadAsync()));
    }

    [Fact]
    public async Task A_client_has_few_of_them_on_their_way_and_small_ones_go_through_meanwhile()
    {
        await using var host = await StartAsync();
        var first = await RawClient.CrowdAsync(host.Address, Client, LargeBodySlots.MostOfOne);
        foreach (var one in first)
        {
            Assert.Equal(100, await StatusAsync(one, ServerLimits.MaxBodyBytes + 1));
        }

        using (var more = await RawClient.ConnectAsync(host.Address, Client))
        {
            Assert.Equal(429, await StatusAsync(more, ServerLimits.MaxBodyBytes + 1));
        }

        using (var small = await RawClient.ConnectAsync(host.Address, Client))
        {
            Assert.Equal(100, await StatusAsync(small, ServerLimits.MaxBodyBytes));
        }

        using (var other = await RawClient.ConnectAsync(host.Address, "127.0.0.3"))
        {
            Assert.Equal(100, await StatusAsync(other, ServerLimits.MaxBodyBytes + 1));
        }

        // One that ends gives its place back.
        first[0].Dispose();
        await Eventually.TrueAsync(
            async () =>
            {
                using var again = await RawClient.ConnectAsync(host.Address, Client);
                return await StatusAsync(again, ServerLimits.MaxBodyBytes + 1) == 100;
            },
            "the place is given back");
        first[1].Dispose();

        async Task<int> StatusAsync(RawClient client, int bytes)
        {
            await client.SendAsync(Head(host.Address, bytes, ""));
            return RawClient.StatusOf(await client.ReadAsync());
        }
    }

    // Nobody loses patience with bodies that do not come.
    private async Task<TradingHost> StartAsync() => await TradingHost.StartAsync(
        await postgres.NewDatabaseAsync(),
        services =>
        {
            services.AddSingleton(new ConnectionTimes { BodyGrace = TimeSpan.FromHours(1) });
            services.AddSingleton(new CapTable { Connections = 100, LimitLoopback = true });
        });

    private static string Head(Uri server, int bytes, string headers) =>
        $"POST {Path} HTTP/1.1\r\nHost: {server.Authority}\r\nContent-Type: application/octet-stream\r\n"
        + $"{headers}Content-Length: {bytes}\r\nExpect: 100-continue\r\n\r\n";
}
