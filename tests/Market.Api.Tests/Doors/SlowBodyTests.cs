using Market.Api.Doors.Clients;
using Market.Api.Hosting.Connections;
using Market.Api.Tests.Orders;
using Market.Contracts;
using Market.Standing;
using Market.Testing.Chains;
using Microsoft.Extensions.DependencyInjection;

namespace Market.Api.Tests.Doors;

/// <summary>A place before the server's work is none for a body that is still on its way.</summary>
public sealed class SlowBodyTests(PostgresFixture postgres)
{
    private const int Slow = 300;
    private const string Body = "{}";

    [Fact]
    public async Task Slow_bodies_take_no_place_and_an_order_goes_through_meanwhile()
    {
        // More of them than there are places, and nobody loses patience with them.
        await using var host = await TradingHost.StartAsync(
            await postgres.NewDatabaseAsync(),
            services => services.AddSingleton(new ConnectionTimes { BodyGrace = TimeSpan.FromHours(1) }));
        Assert.True(ServiceGates.OfThisMachine[(int)GateKind.Orders].Places < Slow);
        using var slow = await host.TraderAsync(1);
        using var honest = await host.TraderAsync(2);
        var crowd = await RawClient.CrowdAsync(host.Address, "127.0.0.2", Slow);
        Assert.Equal(Slow, crowd.Count);
        foreach (var one in crowd)
        {
            // Once asked to go on, the client knows that its body is being read.
            await one.SendAsync(
                $"POST {Routes.Orders} HTTP/1.1\r\nHost: {host.Address.Authority}\r\nContent-Type: application/json\r\n"
                + $"Authorization: {slow.Http.DefaultRequestHeaders.Authorization}\r\nContent-Length: {Body.Length}\r\n"
                + "Expect: 100-continue\r\n\r\n");
            Assert.Equal(100, RawClient.StatusOf(await one.ReadAsync()));
            await one.SendAsync(Body[..1]);
        }

        var door = host.Get<ServiceDoor>();
        Assert.Equal((0, 0), (InUse(door).InUse, InUse(door).Waiting));
        await honest.PlaceAsync("honest", Contracts.Side.Buy, 98_000, Quantity.UnitsPerShare);
        // All of them were there meanwhile, and are judged once they have said what they want.
        foreach (var one in crowd)
        {
            await one.SendAsync(Body[1..]);
            Assert.Equal(400, RawClient.StatusOf(await one.ReadAsync()));
            one.Dispose();
        }
        await Eventually.TrueAsync(() => InUse(door).InUse == 0, "every place is free");
    }

    private static GateSight InUse(ServiceDoor door) => door.Look()[(int)GateKind.Orders];
}
