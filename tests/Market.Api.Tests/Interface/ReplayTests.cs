using System.Net.Http.Json;
using System.Security.Cryptography;
using Market.Api.Data;
using Market.Api.Doors.Auth;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Contracts;
using Market.Testing.Chains;
using Microsoft.EntityFrameworkCore;
using Npgsql;

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
        var other = new UsedRequests(one.Get<NpgsqlDataSource>(), one.Clock);
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

    [Fact]
    public async Task Of_the_same_request_twice_at_once_one_is_taken()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        var source = host.Get<NpgsqlDataSource>();
        var used = new UsedRequests(source, host.Clock);
        var until = host.Clock.Now.AddSeconds(30);
        Task<bool?> ahead;
        Task<bool?>[] same;
        await using (var connection = await source.OpenConnectionAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await ExecuteAsync(new NpgsqlCommand("lock table market.settings in exclusive mode", connection));
            // While its write waits, which forgets old ones first, those that come share the next one.
            ahead = used.TakeAsync(SHA256.HashData("ahead"u8), until);
            await Eventually.TrueAsync(async () => await CountAsync(host, """
                select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()
                    and query like '%delete from market.settings%'
                """) > 0, "the write waits");
            var hash = SHA256.HashData("the same"u8);
            same = [used.TakeAsync(hash, until), used.TakeAsync(hash, until)];
            await transaction.RollbackAsync();
        }
        Assert.True(await ahead);
        Assert.Equal([true, false], await Task.WhenAll(same));
    }

    [Fact]
    public async Task What_was_read_at_the_start_is_refused_also_where_a_server_whose_clock_is_ahead_has_forgotten_it()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        var until = host.Clock.Now.AddSeconds(30);
        var hash = SHA256.HashData("a request"u8);
        Assert.True(await host.Get<UsedRequests>().TakeAsync(hash, until));
        var later = new UsedRequests(host.Get<NpgsqlDataSource>(), host.Clock);
        await using (var db = await host.Get<IDbContextFactory<MarketDb>>().CreateDbContextAsync())
            await later.LoadAsync(db, CancellationToken.None);
        await ExecuteAsync(host.Get<NpgsqlDataSource>().CreateCommand("delete from market.settings where name like 'req/%'"));
        Assert.False(await later.TakeAsync(hash, until));
    }

    [Fact]
    public async Task Where_too_many_are_remembered_new_ones_wait_until_old_ones_pass()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        var used = new UsedRequests(host.Get<NpgsqlDataSource>(), host.Clock, limit: 2);
        var until = host.Clock.Now.AddSeconds(30);
        Assert.True(await used.TakeAsync(SHA256.HashData("1"u8), until));
        Assert.True(await used.TakeAsync(SHA256.HashData("2"u8), until));
        Assert.Null(await used.TakeAsync(SHA256.HashData("3"u8), until));
        // At its very end a timestamp is taken still.
        host.Clock.Now = until;
        Assert.Null(await used.TakeAsync(SHA256.HashData("3"u8), until));
        host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(await used.TakeAsync(SHA256.HashData("3"u8), until.AddSeconds(30)));
    }

    [Fact]
    public async Task After_a_write_that_failed_the_next_one_is_made()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        var source = host.Get<NpgsqlDataSource>();
        var used = new UsedRequests(source, host.Clock);
        var until = host.Clock.Now.AddSeconds(30);
        await ExecuteAsync(source.CreateCommand("alter table market.settings rename to gone"));
        var same = new[] { used.TakeAsync(SHA256.HashData("1"u8), until), used.TakeAsync(SHA256.HashData("1"u8), until) };
        await Assert.ThrowsAsync<PostgresException>(() => same[0]);
        await Assert.ThrowsAsync<PostgresException>(() => same[1]);
        await ExecuteAsync(source.CreateCommand("alter table market.gone rename to settings"));
        Assert.True(await used.TakeAsync(SHA256.HashData("2"u8), until));
        // What was not taken may come again, and is taken once.
        Assert.True(await used.TakeAsync(SHA256.HashData("1"u8), until));
        Assert.False(await used.TakeAsync(SHA256.HashData("1"u8), until));
    }

    private static Task<long> RowsAsync(MarketHost host) =>
        CountAsync(host, "select count(*) from market.settings where name like 'req/%'");

    private static async Task<long> CountAsync(MarketHost host, string sql)
    {
        await using var command = host.Get<NpgsqlDataSource>().CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(NpgsqlCommand command)
    {
        await using (command) await command.ExecuteNonQueryAsync();
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
