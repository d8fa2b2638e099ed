using System.Net.Http.Json;
using System.Security.Cryptography;
using Market.Api.Doors.Auth;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Contracts;

namespace Market.Api.Tests.Interface;

/// <summary>A signed request is taken once, by whichever server; and a client whose clock is behind is taken from a server's first
/// moment on.</summary>
public sealed class ReplayTests(PostgresFixture postgres)
{
    private static readonly PrivateKey Me = PrivateKey.Create(SHA256.HashData("replay"u8));

    [Fact]
    public async Task What_was_taken_before_a_restart_is_refused_after_it_and_a_clock_that_is_behind_is_taken_at_once()
    {
        var database = await postgres.NewDatabaseAsync();
        var first = await MarketHost.StartAsync(database);
        var now = first.Clock.Now.ToUnixTimeMilliseconds();
        // The clocks of clients are behind and ahead.
        long[] stamps = [now - 29_000, now, now + 29_000];
        foreach (var stamp in stamps) Assert.Null(await CodeAsync(first, stamp));
        await first.StopServerAsync();

        await using var second = await MarketHost.StartAsync(database, on: first);
        foreach (var stamp in stamps) Assert.Equal(ProblemCodes.Replayed, await CodeAsync(second, stamp));
        Assert.Null(await CodeAsync(second, second.Clock.Now.ToUnixTimeMilliseconds() - 10_000));
    }

    [Fact]
    public async Task What_one_server_took_another_on_the_same_database_refuses()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var one = await MarketHost.StartAsync(database);
        var stamp = one.Clock.Now.ToUnixTimeMilliseconds() - 10_000;
        // Both have read what there was before either takes anything.
        var other = new UsedRequests(one.Get<Npgsql.NpgsqlDataSource>(), one.Clock);
        var hash = SHA256.HashData("a request"u8);
        Assert.True(await other.TakeAsync(hash, one.Clock.Now.AddSeconds(30)));
        Assert.False(await one.Get<UsedRequests>().TakeAsync(hash, one.Clock.Now.AddSeconds(30)));
        Assert.Null(await CodeAsync(one, stamp));
    }

    [Fact]
    public async Task What_its_timestamp_alone_has_refused_is_forgotten()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        Assert.Null(await CodeAsync(host, host.Clock.Now.ToUnixTimeMilliseconds()));
        Assert.Equal(1, await RowsAsync(host));
        host.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Null(await CodeAsync(host, host.Clock.Now.ToUnixTimeMilliseconds()));
        Assert.Equal(1, await RowsAsync(host));
    }

    private static async Task<long> RowsAsync(MarketHost host)
    {
        await using var command = host.Get<Npgsql.NpgsqlDataSource>().CreateCommand(
            "select count(*) from market.settings where name like 'req/%'");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Asks who is asking, under a name that is the same for each server, whatever its port.</summary>
    private static async Task<string?> CodeAsync(MarketHost host, long stamp)
    {
        var timestamp = DecimalStrings.Format(stamp);
        var digest = SignedRequest.Digest(
            "localhost", "GET", Routes.Account, "", timestamp, Convert.ToHexStringLower(SHA256.HashData([])));
        using var request = new HttpRequestMessage(HttpMethod.Get, Routes.Account);
        request.Headers.Host = "localhost";
        request.Headers.Add(SignedRequest.KeyHeader, Me.PublicKey.XOnly.ToString());
        request.Headers.Add(SignedRequest.TimestampHeader, timestamp);
        request.Headers.Add(SignedRequest.SignatureHeader, Me.SignSchnorr(digest, new byte[32]).ToString());
        using var answer = await host.Http.SendAsync(request);
        return answer.IsSuccessStatusCode ? null : (await answer.Content.ReadFromJsonAsync<Problem>(MarketJson.Options))!.Code;
    }
}
