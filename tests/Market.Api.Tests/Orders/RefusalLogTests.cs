using Market.Api.Data;
using Market.Api.Doors.Audit;
using Market.Api.Doors.Auth;
using Market.Api.Results;
using Market.Contracts;
using Market.Testing.Chains;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Market.Api.Tests.Orders;

/// <summary>What was refused is written down, and who may read it.</summary>
public sealed class RefusalLogTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const long Share = 100_000_000;
    private const long Price = 98_000;
    private const int Boss = 9;

    private string _database = "";
    private TradingHost _host = null!;
    private Trader _ann = null!;
    private Trader _boss = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.NewDatabaseAsync();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _ann.Dispose();
        _boss.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Every_refusal_before_the_engine_is_written_down_with_who_what_and_why_and_outlives_the_server()
    {
        var shape = await _ann.ProblemAsync(_ann.Order("x", Side.Sell, Price, Share, o => o with { ClientOrderId = "no good" }));
        await _ann.RefusedAsync(_ann.Order("x", Side.Sell, Price + 1, Share));
        await _ann.RefusedAsync(_ann.Order("x", Side.Sell, Price, Share, coin: _ann.Coin(Share / 2)));
        var order = _ann.Order("x", Side.Sell, Price, Share);
        await _ann.RefusedAsync(order with
        {
            Outpoints = [order.Outpoints[0] with { Signature = new string('1', 128) }],
        });
        using var nobody = new HttpClient { BaseAddress = _host.Address };
        nobody.DefaultRequestHeaders.Add(SignedRequest.KeyHeader, _ann.Key);
        nobody.DefaultRequestHeaders.Add(SignedRequest.TimestampHeader, "1");
        nobody.DefaultRequestHeaders.Add(SignedRequest.SignatureHeader, new string('0', 128));
        await nobody.GetAsync(Routes.Orders);
        await StopAsync();
        await StartAsync();

        var own = await ReadAsync(_ann, "");
        Assert.Equal(
            [
                ProblemCodes.OutpointNotOwned, ProblemCodes.InsufficientOutpoints, ProblemCodes.BadPrice,
                ProblemCodes.ValidationFailed,
            ],
            own.Select(r => r.Code));
        Assert.All(own, r => Assert.Equal(("POST", Routes.Orders, _ann.Key), (r.Method, r.Path, r.Key)));
        Assert.All(own, r => Assert.Null(r.Address));
        Assert.Equal((shape.TraceId, shape.Detail), (own[^1].TraceId, own[^1].Detail));

        // A signature that does not verify proves no key: only the operator sees it, with where it came from.
        var all = await ReadAsync(_boss, "");
        Assert.Equal(ProblemCodes.ClockSkew, all[0].Code);
        Assert.Null(all[0].Key);
        Assert.All(all, r => Assert.False(string.IsNullOrEmpty(r.Address)));
        Assert.Equal(own.Select(r => r.Id), all.Skip(1).Select(r => r.Id));
        Assert.Single(await ReadAsync(_boss, $"?code={ProblemCodes.BadPrice}"));
        Assert.Equal(own.Count, (await ReadAsync(_boss, $"?key={_ann.Key}")).Count);
    }

    [Fact]
    public async Task Nobody_but_the_operator_reads_the_refusals_of_another_key()
    {
        Assert.Equal(ProblemCodes.Forbidden, await _ann.RefusedAsync(HttpMethod.Get, $"{Routes.Refusals}?key={_boss.Key}"));
        Assert.Equal(ProblemCodes.ValidationFailed, await _ann.RefusedAsync(HttpMethod.Get, $"{Routes.Refusals}?code=nonsense"));
        Assert.Equal(ProblemCodes.ValidationFailed, await _ann.RefusedAsync(HttpMethod.Get, $"{Routes.Refusals}?key=nonsense"));
        using var nobody = new HttpClient { BaseAddress = _host.Address };
        Assert.Equal(401, (int)(await nobody.GetAsync(Routes.Refusals)).StatusCode);
    }

    [Fact]
    public async Task An_API_key_of_the_operator_reads_what_is_its_account_s()
    {
        await _ann.RefusedAsync(_ann.Order("x", Side.Sell, Price + 1, Share));
        await _boss.RefusedAsync(_boss.Order("y", Side.Sell, Price + 1, Share));
        await Eventually.TrueAsync(
            async () => (await ReadAsync(_boss, $"?code={ProblemCodes.BadPrice}")).Count == 2, "both are written down");
        var made = await _boss.SendAsync<CreatedApiKey>(
            HttpMethod.Post, Routes.ApiKeys, new CreateApiKey { Scopes = [ApiKeyScope.Read] });
        using var http = _host.Http();
        async Task<HttpResponseMessage> AskAsync(string query) => await Interface.ApiKeyCalls.SendAsync(
            http, _host.Get<TimeProvider>().GetUtcNow(), made, HttpMethod.Get, Routes.Refusals + query);
        using var other = await AskAsync($"?key={_ann.Key}");
        Assert.Equal(ProblemCodes.Forbidden, await Interface.ApiKeyCalls.CodeAsync(other));
        using var all = await AskAsync($"?code={ProblemCodes.BadPrice}");
        var own = Assert.Single(System.Text.Json.JsonSerializer.Deserialize<Page<AuditedRefusal>>(
            await all.Content.ReadAsStringAsync(), MarketJson.Options)!.Items);
        Assert.Equal((_boss.Key, null), (own.Key, own.Address));
    }

    [Fact]
    public async Task An_address_that_is_cut_within_a_character_is_written_down_and_the_server_goes_on()
    {
        using var nobody = new HttpClient { BaseAddress = _host.Address };
        var whole = Routes.Root + "/" + new string('a', RefusalRow.MaxPath - Routes.Root.Length - 2);
        Assert.Equal(404, (int)(await nobody.GetAsync(new Uri(whole + "%F0%9F%98%80", UriKind.Relative))).StatusCode);
        await Eventually.TrueAsync(async () =>
        {
            var refusals = await ReadAsync(_boss, $"?code={ProblemCodes.RouteNotFound}");
            return refusals.Count == 1 && refusals[0].Path == whole + "\uFFFD";
        }, "the refusal is written down");
        Assert.False(_host.Get<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        await nobody.GetAsync(new Uri(Routes.Root + "/none", UriKind.Relative));
        await Eventually.TrueAsync(
            async () => (await ReadAsync(_boss, $"?code={ProblemCodes.RouteNotFound}")).Count == 2, "so is the next one");
    }

    [Fact]
    public async Task A_flood_is_counted_where_it_is_not_kept()
    {
        const int beyond = 50;
        await using var source = NpgsqlDataSource.Create(_database);
        using var log = new RefusalLog(source, TimeProvider.System, NullLogger<RefusalLog>.Instance);
        var context = new DefaultHttpContext();
        context.Request.Path = "/flood";
        for (var i = 0; i < RefusalLog.MaxWaiting + beyond; i++) log.Note(context, new Refusal(ProblemCodes.RateLimited));
        await log.StartAsync(default);
        while (await CountAsync(source) < RefusalLog.MaxWaiting) await Task.Delay(50);
        log.Note(context, new Refusal(ProblemCodes.RateLimited, "zero \0 inside"));
        await log.StopAsync(default);

        await using var command = source.CreateCommand(
            "select dropped, detail from market.refusals where path = '/flood' order by id desc limit 1");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal((beyond, "zero   inside"), (reader.GetInt32(0), reader.GetString(1)));
        Assert.Equal(RefusalLog.MaxWaiting + 1, await CountAsync(source));
    }

    private static async Task<long> CountAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand("select count(*) from market.refusals where path = '/flood'");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<IReadOnlyList<AuditedRefusal>> ReadAsync(Trader trader, string query) =>
        (await trader.SendAsync<Page<AuditedRefusal>>(HttpMethod.Get, Routes.Refusals + query)).Items;

    private async Task StartAsync()
    {
        _host = await TradingHost.StartAsync(
            _database, services => services.AddSingleton(new Operator(Trader.KeyOf(Boss))));
        _ann = await _host.TraderAsync(1);
        _boss = await _host.TraderAsync(Boss);
    }

    private async Task StopAsync()
    {
        _ann.Dispose();
        _boss.Dispose();
        await _host.StopAsync();
        await _host.DisposeAsync();
    }
}
