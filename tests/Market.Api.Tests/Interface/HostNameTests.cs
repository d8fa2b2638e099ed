using System.Net;
using Market.Api.Tests.Orders;
using Market.Contracts;

namespace Market.Api.Tests.Interface;

/// <summary>What is signed or solved for a market names its host: so each market answers to names of its own.</summary>
public sealed class HostNameTests(PostgresFixture postgres)
{
    [Fact]
    public async Task The_names_that_every_machine_has_are_answered_to_this_machine_alone_where_the_market_has_its_own()
    {
        await using var host = await TradingHost.StartAsync(
            await postgres.NewDatabaseAsync(), proxy: IPAddress.Loopback, hosts: ["market.example"]);
        using var http = new HttpClient { BaseAddress = host.Address };
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("market.example", "203.0.113.9"));
        foreach (var name in (string[])["localhost", "127.0.0.1:8080", "[::1]", "LOCALHOST:1"])
        {
            Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(name, "203.0.113.9"));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(name, null));
        }

        async Task<HttpStatusCode> StatusAsync(string name, string? from)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Routes.Time);
            request.Headers.Host = name;
            if (from is not null) request.Headers.Add("X-Forwarded-For", from);
            using var answer = await http.SendAsync(request);
            return answer.StatusCode;
        }
    }
}
