using Market.Api.Tests.Orders;
using Market.Contracts;
using Market.Testing.Chains;

namespace Market.Api.Tests.Doors;

/// <summary>More connections than the server's process has descriptors.</summary>
public sealed class FloodTests(PostgresFixture postgres)
{
    private const int Descriptors = 1_000;
    private const int Flood = 1_500;

    [Fact]
    public async Task Idle_connections_beyond_the_descriptors_neither_end_the_server_nor_make_it_deaf()
    {
        using var server = await ChildServer.StartAsync(await postgres.NewDatabaseAsync(), Descriptors);
        using var known = new HttpClient { BaseAddress = server.Address };
        Assert.True((await known.GetAsync(Routes.Limits)).IsSuccessStatusCode);

        // This machine is not bounded by address here, so the flood takes all that there is.
        var crowd = await RawClient.CrowdAsync(server.Address, "127.0.0.2", Flood);
        Assert.True((await known.GetAsync(Routes.Status)).IsSuccessStatusCode, "who was there is served");
        Assert.InRange(server.OpenDescriptors(), 1, Descriptors - 100);

        // The flood stays open at its own end; the server ends what says nothing.
        await Eventually.TrueAsync(async () =>
        {
            var newcomer = await RawClient.CrowdAsync(server.Address, "127.0.0.3", 1);
            var served = newcomer is [var first] && await first.StatusAsync(Routes.Status) == 200;
            foreach (var one in newcomer) one.Dispose();
            return served;
        }, "a newcomer is served");
        foreach (var one in crowd) one.Dispose();
    }
}
