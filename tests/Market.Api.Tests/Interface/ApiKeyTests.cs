using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Market.Api.Doors.Auth;
using Market.Api.Tests.Doors;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Api.Tests.Standing;
using Market.Bitcoin;
using Market.Client.Api;
using Market.Contracts;
using Market.Testing.Chains;
using Npgsql;

namespace Market.Api.Tests.Interface;

/// <summary>API keys: how they are made, known, refused, bounded and ended.</summary>
public sealed class ApiKeyTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly ApiKeyScope[] All = Enum.GetValues<ApiKeyScope>();

    private string _database = "";
    private MarketHost _host = null!;
    private Trader _ann = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await MarketHost.StartAsync(_database = await postgres.NewDatabaseAsync());
        _ann = await Trader.SignInAsync(_host.Address, 1);
    }

    public ValueTask DisposeAsync()
    {
        _ann.Dispose();
        return _host.DisposeAsync();
    }

    [Fact]
    public async Task An_account_makes_a_key_that_asks_for_it_and_sees_when_it_was_used()
    {
        var made = await MakeAsync(_ann, [ApiKeyScope.Read], "dash, =1+1");
        Assert.Equal((_ann.Key, 64, 32), (made.Account, made.Secret.Length, made.Key.Id.Length));
        Assert.Equal(made.Key.CreatedAt.AddDays(90), made.Key.ExpiresAt);
        Assert.Null(Assert.Single(await ListAsync()).LastUsedAt);

        var account = await ByKeyAsync<Account>(made, HttpMethod.Get, Routes.Account);
        Assert.Equal((_ann.Key, made.Key.ExpiresAt), (account.Key, account.ExpiresAt));
        Assert.Equal([ApiKeyScope.Read], account.Scopes);
        Assert.Null((await _ann.SendAsync<Account>(HttpMethod.Get, Routes.Account)).Scopes);

        var listed = Assert.Single(await ListAsync());
        var minute = DateTimeOffset.FromUnixTimeSeconds(_host.Clock.Seconds / 60 * 60);
        Assert.Equal(made.Key with { LastUsedAt = minute, Scopes = listed.Scopes }, listed);
        using var list = await _ann.RawAsync(HttpMethod.Get, Routes.ApiKeys);
        Assert.DoesNotContain(made.Secret, await list.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(made.Secret, made.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(made.Secret, ApiKeyCredential.Of(made).ToString(), StringComparison.Ordinal);
        Assert.True(list.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task A_request_that_the_account_signed_itself_makes_one_too_and_secrets_are_in_no_table()
    {
        using var key = PrivateKey.Create(System.Security.Cryptography.SHA256.HashData("signer"u8));
        using var answer = await SignedCalls.SendAsync(
            _host.Http, _host.Clock.Now, key, HttpMethod.Post, Routes.ApiKeys, new CreateApiKey { Scopes = All }, default);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var made = JsonSerializer.Deserialize<CreatedApiKey>(await answer.Content.ReadAsStringAsync(), MarketJson.Options)!;
        Assert.Equal(All, made.Key.Scopes);
        Assert.Equal(key.PublicKey.XOnly.ToString(), (await ByKeyAsync<Account>(made, HttpMethod.Get, Routes.Account)).Key);
        Assert.Equal(0L, await AskAsync($"select count(*) from market.api_keys k where k::text like '%{made.Secret}%'"));
    }

    [Fact]
    public async Task The_client_library_trades_and_reads_by_a_key_alone()
    {
        var made = await MakeAsync(_ann, All);
        using var api = new MarketApi(_host.Address, ApiKeyCredential.Of(made), _host.Clock);
        Assert.Equal(_ann.Key, api.Account);
        Assert.Empty((await api.GetOrdersAsync(new ListFilter { Instrument = "P2SHARE-BTC" })).Items);
        Assert.Empty((await api.GetFillsAsync(new ListFilter { Order = "client:none", To = _host.Clock.Now })).Items);
        Assert.Equal(["P2SHARE-BTC"], (await api.GetTickersAsync()).Select(ticker => ticker.Instrument));
        Assert.NotNull((await api.SetDeadManAsync(new SetDeadMan { Seconds = 30 })).FiresAt);
        var refused = await Assert.ThrowsAsync<MarketApiException>(() => api.GetApiKeysAsync());
        Assert.Equal(ProblemCodes.ScopeMissing, refused.Code);
        await using (var events = new MarketStream(api).ReadAsync([Channels.Orders]).GetAsyncEnumerator())
        {
            Assert.True(await events.MoveNextAsync());
            Assert.Equal(StreamEventType.Snapshot, events.Current.Type);
        }

        using var own = new MarketApi(_host.Address, new TestAccount(2), _host.Clock);
        var second = await own.CreateApiKeyAsync(new CreateApiKey { Scopes = [ApiKeyScope.Swap] });
        Assert.Equal([second.Key.Id], (await own.GetApiKeysAsync()).Select(key => key.Id));
        Assert.Equal(second.Key.Id, (await own.RevokeApiKeyAsync(second.Key.Id)).Id);
        Assert.Empty(await own.GetApiKeysAsync());
    }

    [Fact]
    public async Task What_is_not_authenticated_exactly_is_refused()
    {
        var made = await MakeAsync(_ann, All);
        var other = await MakeAsync(_ann, All);
        async Task RefusedAsync(string code, Action<HttpRequestMessage> spoil, CreatedApiKey? by = null)
        {
            using var request = ApiKeyCalls.Request(
                _host.Address, by ?? made, ApiKeyCalls.Stamp(_host.Clock.Now), HttpMethod.Get, Routes.Account);
            spoil(request);
            using var response = await _host.Http.SendAsync(request);
            Assert.Equal((code, HttpStatusCode.Unauthorized), (await ApiKeyCalls.CodeAsync(response), response.StatusCode));
        }

        await RefusedAsync(ProblemCodes.BadSignature, r => Set(r, SignedRequest.SignatureHeader, new string('0', 64)));
        await RefusedAsync(ProblemCodes.BadSignature, r => Set(r, SignedRequest.SignatureHeader, new string('0', 128)));
        await RefusedAsync(ProblemCodes.BadSignature, r => r.Headers.Remove(SignedRequest.SignatureHeader));
        await RefusedAsync(ProblemCodes.BadSignature, r => Set(r, SignedRequest.SignatureHeader,
            r.Headers.GetValues(SignedRequest.SignatureHeader).Single().ToUpperInvariant()));
        await RefusedAsync(ProblemCodes.BadSignature, r => Set(r, ApiKeyRequest.KeyHeader, other.Key.Id));
        await RefusedAsync(ProblemCodes.BadSignature, r => r.RequestUri = new Uri(_host.Address, Routes.Account + "?a=1"));
        await RefusedAsync(ProblemCodes.BadSignature, r => r.RequestUri = new Uri(_host.Address, Routes.Orders));
        await RefusedAsync(ProblemCodes.BadSignature, r => r.Method = HttpMethod.Delete);
        await RefusedAsync(ProblemCodes.BadSignature, r => Set(
            r, SignedRequest.TimestampHeader, DecimalStrings.Format(_host.Clock.Now.ToUnixTimeMilliseconds() + 5)));
        await RefusedAsync(ProblemCodes.BadSignature, _ => { }, made with { Secret = other.Secret });
        await RefusedAsync(ProblemCodes.BadApiKey, _ => { }, made with { Key = made.Key with { Id = new string('a', 32) } });
        await RefusedAsync(ProblemCodes.BadApiKey, r => Set(r, ApiKeyRequest.KeyHeader, "x"));
        await RefusedAsync(ProblemCodes.BadApiKey, r => r.Headers.Add(SignedRequest.KeyHeader, _ann.Key));
        await RefusedAsync(ProblemCodes.ClockSkew, r => Set(r, SignedRequest.TimestampHeader, "then"));
        await RefusedAsync(ProblemCodes.ClockSkew, r => r.Headers.Remove(SignedRequest.TimestampHeader));

        using var elsewhere = ApiKeyCalls.Request(_host.Address, made, ApiKeyCalls.Stamp(_host.Clock.Now), HttpMethod.Get,
            Routes.Account, host: "evil.example");
        using var away = await _host.Http.SendAsync(elsewhere);
        Assert.Equal(ProblemCodes.BadSignature, await ApiKeyCalls.CodeAsync(away));

        using var body = ApiKeyCalls.Request(_host.Address, made, ApiKeyCalls.Stamp(_host.Clock.Now), HttpMethod.Post,
            Routes.CancelAll, "{}");
        body.Content = new StringContent("{\"side\":\"buy\"}", System.Text.Encoding.UTF8, "application/json");
        using var changed = await _host.Http.SendAsync(body);
        Assert.Equal(ProblemCodes.BadSignature, await ApiKeyCalls.CodeAsync(changed));

        // Nothing of this used a key: nobody who has no secret marks it as used.
        Assert.All(await ListAsync(), key => Assert.Null(key.LastUsedAt));
    }

    [Theory]
    [InlineData(-31_000)]
    [InlineData(31_000)]
    public async Task A_request_whose_clock_is_off_is_refused(long skew)
    {
        var made = await MakeAsync(_ann, All);
        var stamp = DecimalStrings.Format(_host.Clock.Now.ToUnixTimeMilliseconds() + skew);
        using var request = ApiKeyCalls.Request(_host.Address, made, stamp, HttpMethod.Get, Routes.Account);
        using var response = await _host.Http.SendAsync(request);
        Assert.Equal(ProblemCodes.ClockSkew, await ApiKeyCalls.CodeAsync(response));
    }

    [Fact]
    public async Task A_request_is_taken_once_also_across_a_restart_and_by_each_key_for_itself()
    {
        var (made, other) = (await MakeAsync(_ann, All), await MakeAsync(_ann, All));
        var stamp = ApiKeyCalls.Stamp(_host.Clock.Now);
        async Task<string?> AskAsync(CreatedApiKey key)
        {
            using var http = new HttpClient { BaseAddress = _host.Address };
            // The host is signed, and another port after the restart is another host.
            using var request = ApiKeyCalls.Request(_host.Address, key, stamp, HttpMethod.Get, Routes.Account, host: "localhost");
            request.Headers.Host = "localhost";
            using var response = await http.SendAsync(request);
            return await ApiKeyCalls.CodeAsync(response);
        }

        Assert.Null(await AskAsync(made));
        Assert.Equal(ProblemCodes.Replayed, await AskAsync(made));
        Assert.Null(await AskAsync(other));
        await RestartAsync();
        Assert.Equal(ProblemCodes.Replayed, await AskAsync(made));
    }

    [Fact]
    public async Task A_key_ends_at_its_time_and_is_forgotten()
    {
        var made = await MakeAsync(_ann, All, until: _host.Clock.Now.AddSeconds(20));
        await using var hub = await HubAsync(made);
        await ByKeyAsync<Account>(made, HttpMethod.Get, Routes.Account);
        _host.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(ProblemCodes.BadApiKey, await RefusedAsync(made));
        Assert.Empty(await ListAsync());
        await EndsAsync(hub);
        await _host.Get<ApiKeys>().TidyAsync(default);
        Assert.Equal(0L, await AskAsync("select count(*) from market.api_keys"));
    }

    [Fact]
    public async Task A_revoked_key_is_refused_at_once_and_ends_what_it_opened_and_nothing_else()
    {
        var (made, stays) = (await MakeAsync(_ann, [ApiKeyScope.Read]), await MakeAsync(_ann, [ApiKeyScope.Read]));
        await using var hub = await HubAsync(made);
        await using var other = await HubAsync(stays);
        using var request = ApiKeyCalls.Request(_host.Address, made, ApiKeyCalls.Stamp(_host.Clock.Now), HttpMethod.Get,
            $"{Streams.SsePath}?channels={Channels.Orders}");
        using var stream = await _host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, stream.StatusCode);

        using var bob = await Trader.SignInAsync(_host.Address, 2);
        Assert.Equal(ProblemCodes.NotFound, await bob.RefusedAsync(HttpMethod.Delete, PathOf(made)));
        await ByKeyAsync<Account>(made, HttpMethod.Get, Routes.Account);

        Assert.Equal(made.Key.Id, (await _ann.SendAsync<ApiKey>(HttpMethod.Delete, PathOf(made))).Id);
        Assert.Equal(ProblemCodes.BadApiKey, await RefusedAsync(made));
        Assert.Equal(ProblemCodes.NotFound, await _ann.RefusedAsync(HttpMethod.Delete, PathOf(made)));
        await EndsAsync(hub);
        await (await stream.Content.ReadAsStreamAsync()).CopyToAsync(Stream.Null).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Null((await other.CallAsync(Streams.SubscribeMethod, new[] { Channels.Fills })).Error);

        await RestartAsync();
        Assert.Equal(ProblemCodes.BadApiKey, await RefusedAsync(made));
        await ByKeyAsync<Account>(stays, HttpMethod.Get, Routes.Account);
    }

    [Fact]
    public async Task A_key_that_could_not_be_revoked_is_told_so()
    {
        var made = await MakeAsync(_ann, [ApiKeyScope.Read]);
        await DoAsync("alter table market.api_keys rename to api_keys_away");
        await _ann.RefusedAsync(HttpMethod.Delete, PathOf(made));
        await _ann.RefusedAsync(HttpMethod.Post, Routes.ApiKeys, new CreateApiKey { Scopes = All });
        await DoAsync("alter table market.api_keys_away rename to api_keys");
        Assert.Single(await ListAsync());
        await _ann.SendAsync<ApiKey>(HttpMethod.Delete, PathOf(made));
        Assert.Equal(0L, await AskAsync("select count(*) from market.api_keys"));
    }

    [Fact]
    public async Task A_use_is_written_once_a_minute_and_no_request_writes_it()
    {
        var made = await MakeAsync(_ann, [ApiKeyScope.Read]);
        for (var i = 0; i < 5; i++) await ByKeyAsync<Account>(made, HttpMethod.Get, Routes.Account);
        Assert.Equal(1L, await AskAsync("select count(*) from market.api_keys where used_at is null"));
        await _host.Get<ApiKeys>().TidyAsync(default);
        Assert.Equal(1L, await AskAsync("select count(*) from market.api_keys where used_at is not null"));
        var written = await AskAsync("select max(xmin::text::bigint) from market.api_keys");
        await ByKeyAsync<Account>(made, HttpMethod.Get, Routes.Account);
        await _host.Get<ApiKeys>().TidyAsync(default);
        Assert.Equal(written, await AskAsync("select max(xmin::text::bigint) from market.api_keys"));

        // What was used since is written when the server stops, and known to the next one.
        var used = DateTimeOffset.FromUnixTimeSeconds((_host.Clock.Seconds / 60 + 1) * 60);
        _host.Clock.Now = used;
        await ByKeyAsync<Account>(made, HttpMethod.Get, Routes.Account);
        await RestartAsync();
        Assert.Equal(used, Assert.Single(await ListAsync()).LastUsedAt);
    }

    [Fact]
    public async Task An_account_has_a_bounded_number_of_keys()
    {
        var made = new List<CreatedApiKey>();
        for (var i = 0; i < ApiKeys.MostOfAccount; i++) made.Add(await MakeAsync(_ann, [ApiKeyScope.Read]));
        Assert.Equal(made.Select(key => key.Key.Id).Reverse(), (await ListAsync()).Select(key => key.Id));
        var wish = new CreateApiKey { Scopes = [ApiKeyScope.Read] };
        Assert.Equal(ProblemCodes.TooManyApiKeys, await _ann.RefusedAsync(HttpMethod.Post, Routes.ApiKeys, wish));
        await _ann.SendAsync<ApiKey>(HttpMethod.Delete, PathOf(made[0]));
        await MakeAsync(_ann, [ApiKeyScope.Read]);
    }

    [Fact]
    public async Task The_market_keeps_a_bounded_number_of_keys_and_the_last_half_for_who_has_earned_something()
    {
        var few = new ApiKeys(_host.Get<NpgsqlDataSource>(), _host.Get<ServerSecret>(), _host.Clock, limit: 4);
        var wish = new CreateApiKey { Scopes = [ApiKeyScope.Read], ExpiresAt = _host.Clock.Now.AddSeconds(9) };
        async Task<string?> CodeAsync(string account, bool hasStanding) =>
            (await few.CreateAsync(account, wish, _ => hasStanding)).Refusal?.Code;
        foreach (var (account, hasStanding, code) in new (string, bool, string?)[]
        {
            ("a", false, null), ("b", false, null), ("c", false, ProblemCodes.TooManyApiKeys),
            ("c", true, null), ("d", true, null), ("e", true, ProblemCodes.TooManyApiKeys),
        })
        {
            Assert.Equal(code, await CodeAsync(account, hasStanding));
        }
        _host.Clock.Advance(TimeSpan.FromSeconds(9));
        await few.TidyAsync(default);
        Assert.Null(await CodeAsync("e", false));
    }

    [Fact]
    public async Task Newcomers_who_do_not_use_their_keys_keep_nobody_out_and_who_has_standing_keeps_his()
    {
        var few = new ApiKeys(_host.Get<NpgsqlDataSource>(), _host.Get<ServerSecret>(), _host.Clock, limit: 8);
        var wish = new CreateApiKey { Scopes = [ApiKeyScope.Read], ExpiresAt = _host.Clock.Now.AddDays(366) };
        async Task<string?> MakeAsync(string account) =>
            await few.CreateAsync(account, wish, one => one == "known") is { IsOk: true } made ? made.Value.Key.Id : null;
        var known = await MakeAsync("known");
        var (alone, used, unused) = (await MakeAsync("a"), await MakeAsync("b"), await MakeAsync("b"));
        Assert.Null(await MakeAsync("c"));
        _host.Clock.Advance(ApiKeys.Idle);
        few.Find(used!)!.Use(_host.Clock.Now);
        var gone = few.Find(unused!)!;
        var came = await MakeAsync("c");
        Assert.True(gone.IsRevoked);
        Assert.Equal([true, false, true, false, true],
            new[] { known, alone, used, unused, came }.Select(id => few.Find(id!) is not null));
        Assert.Equal(3L, await AskAsync("select count(*) from market.api_keys where key in ('known', 'a', 'b', 'c')"));
        // What is used stays, however many ask.
        Assert.NotNull(await MakeAsync("d"));
        Assert.Null(await MakeAsync("e"));
    }

    [Fact]
    public async Task A_key_is_revoked_though_whoever_asked_went_away()
    {
        var made = await MakeAsync(_ann, [ApiKeyScope.Read]);
        await using var source = NpgsqlDataSource.Create(_database);
        await using (var held = await source.OpenConnectionAsync())
        {
            await using var transaction = await held.BeginTransactionAsync();
            await using var hold = new NpgsqlCommand("lock table market.api_keys in exclusive mode", held, transaction);
            await hold.ExecuteNonQueryAsync();
            using var gone = new CancellationTokenSource();
            var asked = _ann.Http.DeleteAsync(PathOf(made), gone.Token);
            await Eventually.TrueAsync(async () => await AskAsync(
                "select count(*) from pg_locks where not granted and relation = 'market.api_keys'::regclass") > 0, "it waits");
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
            await transaction.CommitAsync();
        }
        await Eventually.TrueAsync(async () => await AskAsync("select count(*) from market.api_keys") == 0, "it is gone");
        Assert.Equal(ProblemCodes.BadApiKey, await RefusedAsync(made));
        await Eventually.TrueAsync(async () => (await ListAsync()).Count == 0, "and listed no more");
    }

    [Fact]
    public async Task A_wish_of_the_wrong_shape_is_refused()
    {
        var now = _host.Clock.Now;
        CreateApiKey[] wrong =
        [
            new() { Scopes = [] },
            new() { Scopes = [ApiKeyScope.Read, ApiKeyScope.Read] },
            new() { Scopes = All, Label = "" },
            new() { Scopes = All, Label = new string('a', 65) },
            new() { Scopes = All, Label = "a\nb" },
            new() { Scopes = All, Label = "ä" },
            new() { Scopes = All, ExpiresAt = now },
            new() { Scopes = All, ExpiresAt = now.AddDays(366).AddSeconds(1) },
        ];
        foreach (var wish in wrong)
            Assert.Equal(ProblemCodes.ValidationFailed, await _ann.RefusedAsync(HttpMethod.Post, Routes.ApiKeys, wish));
        Assert.Equal(ProblemCodes.MalformedRequest, await _ann.RefusedAsync(
            HttpMethod.Post, Routes.ApiKeys, new { scopes = new[] { "all" } }));
        Assert.Equal(ProblemCodes.ValidationFailed, await _ann.RefusedAsync(HttpMethod.Delete, Routes.ApiKeys + "/x"));
        await MakeAsync(_ann, All, new string('~', 64), now.AddDays(366));
    }

    [Fact]
    public async Task A_hub_connection_is_signed_in_by_a_key_once_and_only_as_it_stands()
    {
        var (made, other) = (await MakeAsync(_ann, [ApiKeyScope.Read]), await MakeAsync(_ann, [ApiKeyScope.Read]));
        await using var hub = await HubClient.ConnectAsync(_host.Address);
        var stamp = ApiKeyCalls.Stamp(_host.Clock.Now);
        Assert.Contains(ProblemCodes.BadSignature, await SignInAsync(hub, made, stamp, other.Secret), StringComparison.Ordinal);
        Assert.Contains(ProblemCodes.BadApiKey, await SignInAsync(
            hub, made with { Key = made.Key with { Id = "x" } }, stamp), StringComparison.Ordinal);
        Assert.Contains(ProblemCodes.ClockSkew, await SignInAsync(hub, made, "1"), StringComparison.Ordinal);
        Assert.Equal("true", await SignInAsync(hub, made, stamp));
        Assert.Contains(ProblemCodes.Replayed, await SignInAsync(hub, made, stamp), StringComparison.Ordinal);
        Assert.Equal("true", await SignInAsync(hub, made, ApiKeyCalls.Stamp(_host.Clock.Now)));
        // What one key opened does not go on under another.
        Assert.Equal("false", await SignInAsync(hub, other, ApiKeyCalls.Stamp(_host.Clock.Now)));

        await using var session = await HubClient.ConnectAsync(_host.Address);
        var token = _ann.Http.DefaultRequestHeaders.Authorization!.Parameter!;
        Assert.True((bool?)(await session.CallAsync(Streams.SignInMethod, token)).Result);
        Assert.Equal("false", await SignInAsync(session, made, ApiKeyCalls.Stamp(_host.Clock.Now)));
    }

    [Fact]
    public async Task A_socket_is_held_to_the_scopes_of_its_key_and_ends_with_it()
    {
        var made = await MakeAsync(_ann, [ApiKeyScope.Read]);
        using var request = ApiKeyCalls.Request(
            _host.Address, made, ApiKeyCalls.Stamp(_host.Clock.Now), HttpMethod.Get, Streams.SocketPath);
        await using var socket = await SocketClient.ConnectAsync(_host.Address, headers: request.Headers);
        Assert.Equal(StreamEventType.Subscribed, (await socket.AskAsync(StreamOps.Subscribe, Channels.Orders)).Type);
        Assert.Equal(StreamEventType.Snapshot, (await socket.NextAsync())!.Type);
        Assert.Equal(ProblemCodes.ScopeMissing, SocketClient.CodeOf(await socket.AskAsync(StreamOps.CancelOnDisconnect)));
        await _ann.SendAsync<ApiKey>(HttpMethod.Delete, PathOf(made));
        await socket.EndAsync();
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, socket.Closed!.Value.Status);
    }

    [Fact]
    public async Task A_plain_socket_is_signed_in_by_a_key_does_what_its_scopes_give_and_ends_with_it()
    {
        var made = await MakeAsync(_ann, [ApiKeyScope.Read]);
        await using var socket = await SocketClient.ConnectAsync(_host.Address);
        var stamp = ApiKeyCalls.Stamp(_host.Clock.Now);
        Assert.Equal(ProblemCodes.BadSignature, SocketClient.CodeOf(await AuthAsync(socket, made, stamp, "/hub/market")));
        Assert.Equal(StreamEventType.SignedIn, (await AuthAsync(socket, made, stamp, Streams.SocketPath)).Type);
        Assert.Equal(ProblemCodes.Replayed, SocketClient.CodeOf(await AuthAsync(socket, made, stamp, Streams.SocketPath)));
        Assert.Equal(StreamEventType.Subscribed, (await socket.AskAsync(StreamOps.Subscribe, Channels.Orders)).Type);
        Assert.Equal(StreamEventType.Snapshot, (await socket.NextAsync())!.Type);
        Assert.Equal(ProblemCodes.ScopeMissing, SocketClient.CodeOf(await socket.AskAsync(StreamOps.CancelOnDisconnect)));

        await _ann.SendAsync<ApiKey>(HttpMethod.Delete, PathOf(made));
        Assert.Equal(ProblemCodes.BadApiKey, SocketClient.CodeOf(await socket.EndAsync()));
        Assert.Equal((System.Net.WebSockets.WebSocketCloseStatus.PolicyViolation, ProblemCodes.BadApiKey), socket.Closed);
    }

    private async Task<StreamEvent> AuthAsync(SocketClient socket, CreatedApiKey key, string stamp, string path)
    {
        var text = $"market/request/v2\n{_host.Address.Authority}\nGET\n{path}\n\n{stamp}\n"
            + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n";
        await socket.SendTextAsync(System.Text.Json.JsonSerializer.Serialize(new StreamRequest
        {
            Op = StreamOps.Auth,
            Key = key.Key.Id,
            Timestamp = stamp,
            Signature = ApiKeyCalls.CodeOf(key.Secret, text),
        }, MarketJson.Options));
        return (await socket.NextAsync())!;
    }

    private static void Set(HttpRequestMessage request, string header, string value)
    {
        request.Headers.Remove(header);
        request.Headers.TryAddWithoutValidation(header, value);
    }

    private static string PathOf(CreatedApiKey key) => $"{Routes.ApiKeys}/{key.Key.Id}";

    private static Task<CreatedApiKey> MakeAsync(
        Trader trader, IReadOnlyList<ApiKeyScope> scopes, string? label = null, DateTimeOffset? until = null) =>
        trader.SendAsync<CreatedApiKey>(
            HttpMethod.Post, Routes.ApiKeys, new CreateApiKey { Scopes = scopes, Label = label, ExpiresAt = until });

    private Task<List<ApiKey>> ListAsync() => _ann.SendAsync<List<ApiKey>>(HttpMethod.Get, Routes.ApiKeys);

    private async Task<T> ByKeyAsync<T>(CreatedApiKey key, HttpMethod method, string path)
    {
        using var response = await ApiKeyCalls.SendAsync(_host.Http, _host.Clock.Now, key, method, path);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<T>(text, MarketJson.Options)!;
    }

    private async Task<string?> RefusedAsync(CreatedApiKey key)
    {
        using var response = await ApiKeyCalls.SendAsync(_host.Http, _host.Clock.Now, key, HttpMethod.Get, Routes.Account);
        return await ApiKeyCalls.CodeAsync(response);
    }

    private async Task RestartAsync()
    {
        await _host.StopServerAsync();
        _host = await MarketHost.StartAsync(_database, on: _host);
        _ann.Dispose();
        _ann = await Trader.SignInAsync(_host.Address, 1);
    }

    private async Task<HubClient> HubAsync(CreatedApiKey key)
    {
        var hub = await HubClient.ConnectAsync(_host.Address);
        Assert.Equal("true", await SignInAsync(hub, key, ApiKeyCalls.Stamp(_host.Clock.Now)));
        Assert.Null((await hub.CallAsync(Streams.SubscribeMethod, new[] { Channels.Orders })).Error);
        return hub;
    }

    private async Task<string> SignInAsync(HubClient hub, CreatedApiKey key, string stamp, string? secret = null)
    {
        var text = $"market/request/v2\n{_host.Address.Authority}\nGET\n/hub/market\n\n{stamp}\n"
            + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n";
        var (result, error) = await hub.CallWithAsync(
            Streams.ApiKeySignInMethod, key.Key.Id, stamp, ApiKeyCalls.CodeOf(secret ?? key.Secret, text));
        return error ?? result!.ToJsonString();
    }

    private static async Task EndsAsync(HubClient hub)
    {
        StreamEvent? next;
        do next = await hub.NextAsync();
        while (next is not null);
    }

    private async Task DoAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_database);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> AskAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_database);
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
