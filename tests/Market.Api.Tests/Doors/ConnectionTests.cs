using System.Text;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Hosting.Connections;
using Market.Api.Tests.Orders;
using Market.Contracts;
using Market.Testing.Chains;
using Microsoft.Extensions.DependencyInjection;

namespace Market.Api.Tests.Doors;

/// <summary>Connections over real sockets, on a server that takes few of them and waits briefly.</summary>
public sealed class ConnectionTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Crowd = "127.0.0.2";
    private const string Honest = "127.0.0.3";
    private static readonly CapTable Caps = new() { Connections = 40, LimitLoopback = true };

    private TradingHost _host = null!;

    private ConnectionDoor Door => _host.Get<ConnectionDoor>();

    public async ValueTask InitializeAsync() => _host = await StartAsync(new ConnectionTimes
    {
        FirstByte = TimeSpan.FromHours(1),
        Idle = TimeSpan.FromSeconds(2),
        BodyGrace = TimeSpan.FromSeconds(2),
    });

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task One_address_holds_a_tenth_of_all_connections_and_another_is_served_meanwhile()
    {
        var crowd = await RawClient.CrowdAsync(_host.Address, Crowd, 2 * Caps.Connections);
        using (var honest = await RawClient.ConnectAsync(_host.Address, Honest))
        {
            Assert.Equal(200, await honest.StatusAsync(Routes.Time));
            Assert.InRange(Door.Open, 1, Caps.Connections / CapTable.Parts + 1);
        }
        foreach (var one in crowd) one.Dispose();
        // What ended gives its place back.
        await Eventually.TrueAsync(() => Door.Open == 0, "every place is free again");
    }

    [Fact]
    public async Task A_connection_that_asks_nothing_more_ends()
    {
        using var asked = await RawClient.ConnectAsync(_host.Address, Honest);
        Assert.Equal(200, await asked.StatusAsync(Routes.Time));
        Assert.Null(await asked.ReadAsync());
    }

    [Fact]
    public async Task A_connection_that_sends_nothing_ends_sooner_than_one_that_has_asked()
    {
        await using var host = await StartAsync(new ConnectionTimes
        {
            FirstByte = TimeSpan.FromSeconds(2),
            Idle = TimeSpan.FromHours(1),
        });
        using var silent = await RawClient.ConnectAsync(host.Address, Crowd);
        using var asked = await RawClient.ConnectAsync(host.Address, Honest);
        Assert.Equal(200, await asked.StatusAsync(Routes.Time));
        Assert.Null(await silent.ReadAsync());
        Assert.Equal(200, await asked.StatusAsync(Routes.Time));
    }

    [Theory]
    [InlineData(Routes.Challenges, ServerLimits.MaxBodyBytes)]
    [InlineData(Routes.Root + "/node/mainchain/tx", ServerLimits.MaxBlockBytes)]
    public async Task A_body_that_comes_slowly_ends(string path, int length)
    {
        using var slow = await RawClient.ConnectAsync(_host.Address, Crowd);
        await slow.SendAsync(
            $"POST {path} HTTP/1.1\r\nHost: {_host.Address.Authority}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        var answer = slow.ReadAsync();
        // 500 bytes a second: what was enough for Kestrel's own least rate of 240.
        for (var i = 0; i < 10 * Eventually.Patience.TotalSeconds && !answer.IsCompleted; i++)
        {
            await slow.SendAsync(new string(' ', 50));
            await Task.WhenAny(answer, Task.Delay(100));
        }
        Assert.Equal(408, RawClient.StatusOf(await answer));
    }

    [Fact]
    public async Task A_large_body_that_comes_at_once_is_taken()
    {
        using var http = new HttpClient { BaseAddress = _host.Address };
        using var answer = await http.PostAsync(
            Routes.Root + "/node/mainchain/tx", new ByteArrayContent(Encoding.ASCII.GetBytes(new string('0', 1_000_000))));
        Assert.Equal(422, (int)answer.StatusCode);
    }

    private async Task<TradingHost> StartAsync(ConnectionTimes times) => await TradingHost.StartAsync(
        await postgres.NewDatabaseAsync(), services => services.AddSingleton(Caps).AddSingleton(times));
}
