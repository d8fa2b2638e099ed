using System.Net;
using Market.Api.Doors.Auth;
using Market.Api.Features.Streams;
using Market.Api.Realtime;
using Market.Api.Tests.Doors;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Contracts;
using Microsoft.AspNetCore.Http;

namespace Market.Api.Tests.Interface;

/// <summary>Sessions end, by time and by signing out, and what was opened with them ends too.</summary>
public sealed class SessionEndTests(PostgresFixture postgres) : IAsyncLifetime
{
    private string _database = "";
    private MarketHost _host = null!;

    public async ValueTask InitializeAsync() =>
        _host = await MarketHost.StartAsync(_database = await postgres.NewDatabaseAsync());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Who_signs_out_is_out_also_after_a_restart_and_another_session_of_the_key_goes_on()
    {
        using var trader = await Trader.SignInAsync(_host.Address, 1);
        using var elsewhere = await Trader.SignInAsync(_host.Address, 1);
        await using var hub = await HubAsync(trader);
        await using var stream = await SseReader.OpenAsync(trader.Http, Channels.Orders);
        await stream.NextAsync();

        Assert.Equal(trader.Key, (await trader.SendAsync<EndedSession>(HttpMethod.Delete, Routes.Sessions)).Key);
        Assert.Equal(ProblemCodes.BadToken, await trader.RefusedAsync(HttpMethod.Get, Routes.Account));
        await elsewhere.SendAsync<Account>(HttpMethod.Get, Routes.Account);
        await EndsAsync(hub);
        await Assert.ThrowsAnyAsync<Exception>(stream.NextAsync);

        var token = trader.Http.DefaultRequestHeaders.Authorization!;
        await _host.StopServerAsync();
        _host = await MarketHost.StartAsync(_database, on: _host);
        using var back = new HttpClient { BaseAddress = _host.Address };
        back.DefaultRequestHeaders.Authorization = token;
        Assert.Equal(HttpStatusCode.Unauthorized, (await back.GetAsync(Routes.Account)).StatusCode);
        back.DefaultRequestHeaders.Authorization = elsewhere.Http.DefaultRequestHeaders.Authorization;
        Assert.Equal(HttpStatusCode.OK, (await back.GetAsync(Routes.Account)).StatusCode);
    }

    [Fact]
    public async Task A_hub_connection_and_a_stream_end_with_the_session_they_were_opened_in()
    {
        using var trader = await Trader.SignInAsync(_host.Address, 2);
        await using var hub = await HubAsync(trader);
        await using var open = await HubClient.ConnectAsync(_host.Address);
        await using var stream = await SseReader.OpenAsync(trader.Http, Channels.Orders);
        await stream.NextAsync();

        _host.Clock.Advance(SessionTokens.Lifetime + TimeSpan.FromSeconds(1));
        await EndsAsync(hub);
        await Assert.ThrowsAnyAsync<Exception>(stream.NextAsync);
        // Who never signed in stays.
        Assert.Null((await open.CallAsync(Streams.SubscribeMethod, new[] { Channels.Chains("P2SHARE-BTC") })).Error);
    }

    [Fact]
    public async Task A_hub_connection_stays_the_account_s_that_signed_it_in_and_ends_with_that_session()
    {
        using var trader = await Trader.SignInAsync(_host.Address, 4);
        using var other = await Trader.SignInAsync(_host.Address, 5);
        await using var hub = await HubAsync(trader);
        Assert.False((bool?)(await hub.CallAsync(
            Streams.SignInMethod, other.Http.DefaultRequestHeaders.Authorization!.Parameter!)).Result);
        await trader.SendAsync<EndedSession>(HttpMethod.Delete, Routes.Sessions);
        await EndsAsync(hub);
    }

    [Fact]
    public async Task Who_could_not_be_signed_out_is_told_so_and_may_try_again()
    {
        using var trader = await Trader.SignInAsync(_host.Address, 6);
        await ExecuteAsync("alter table market.settings rename to settings_away");
        await trader.RefusedAsync(HttpMethod.Delete, Routes.Sessions);
        await ExecuteAsync("alter table market.settings_away rename to settings");
        await trader.SendAsync<EndedSession>(HttpMethod.Delete, Routes.Sessions);
        var token = trader.Http.DefaultRequestHeaders.Authorization!;
        await _host.StopServerAsync();
        _host = await MarketHost.StartAsync(_database, on: _host);
        using var back = new HttpClient { BaseAddress = _host.Address };
        back.DefaultRequestHeaders.Authorization = token;
        Assert.Equal(HttpStatusCode.Unauthorized, (await back.GetAsync(Routes.Account)).StatusCode);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(_database);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    [Fact]
    public async Task What_has_ended_neither_ties_nor_subscribes()
    {
        using var trader = await Trader.SignInAsync(_host.Address, 7);
        var made = await trader.SendAsync<CreatedApiKey>(
            HttpMethod.Post, Routes.ApiKeys, new CreateApiKey { Scopes = Enum.GetValues<ApiKeyScope>() });
        var token = _host.Get<SessionTokens>().Read(trader.Http.DefaultRequestHeaders.Authorization!.Parameter!).Value!;
        var key = _host.Get<ApiKeys>().Find(made.Key.Id)!;
        using var bySession = Open(token);
        using var byKey = Open(new Caller(key.Account, key.ExpiresAt) { ApiKey = key });
        await trader.SendAsync<ApiKey>(HttpMethod.Delete, $"{Routes.ApiKeys}/{made.Key.Id}");
        await trader.SendAsync<EndedSession>(HttpMethod.Delete, Routes.Sessions);
        foreach (var (session, code) in new[] { (bySession, ProblemCodes.BadToken), (byKey, ProblemCodes.BadApiKey) })
        {
            Assert.Equal(code, (await session.TieAsync(default))!.Code);
            Assert.Equal(code, (await session.SubscribeAsync(Channels.Orders, StreamAsk.Plain, default))!.Code);
            Assert.Equal(0, session.Reader.Count);
        }
    }

    private StreamSession Open(Caller caller) => _host.Get<StreamDoor>().Open(new DefaultHttpContext(), caller).Value;

    [Fact]
    public async Task The_scheme_of_a_token_is_read_in_either_case()
    {
        using var trader = await Trader.SignInAsync(_host.Address, 3);
        var token = trader.Http.DefaultRequestHeaders.Authorization!.Parameter;
        foreach (var scheme in new[] { "bearer", "BEARER", "Bearer" })
        {
            using var http = new HttpClient { BaseAddress = _host.Address };
            http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"{scheme} {token}");
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(Routes.Account)).StatusCode);
        }
    }

    private async Task<HubClient> HubAsync(Trader trader)
    {
        var hub = await HubClient.ConnectAsync(_host.Address);
        var token = trader.Http.DefaultRequestHeaders.Authorization!.Parameter!;
        Assert.True((bool?)(await hub.CallAsync(Streams.SignInMethod, token)).Result);
        Assert.Null((await hub.CallAsync(Streams.SubscribeMethod, new[] { Channels.Orders })).Error);
        return hub;
    }

    private static async Task EndsAsync(HubClient hub)
    {
        StreamEvent? next;
        do next = await hub.NextAsync();
        while (next is not null);
    }
}
