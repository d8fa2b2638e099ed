using System.Net;
using System.Net.Http.Json;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Hosting;
using Market.Contracts;
using Market.Standing;
using Market.Testing.Chains;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Market.Api.Tests.Doors;

/// <summary>A few calls of a kind are worked on at once; no other kind waits for them, whoever begins to answer makes room, and a
/// free place goes to whoever offers most.</summary>
public sealed class ServiceDoorTests : IAsyncLifetime
{
    private const string Ann = "a1";
    private const string Bob = "b2";
    private const string Cid = "c3";

    private readonly CreditLedger _credits = new();
    private readonly ManualClock _clock = new();
    private readonly ServiceDoor _door;
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WebApplication _app;
    private readonly KnownApiKey _apiKey;
    private HttpClient _http = null!;

    public ServiceDoorTests()
    {
        _apiKey = new KnownApiKey(new Market.Api.Data.ApiKeyRow { Key = Cid, ExpiresAt = _clock.Now.AddDays(1) });
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        _door = new ServiceDoor(
            new Limiter([.. Enumerable.Repeat(new GateRules(1, 8, 1_000_000, 2), 4)], _credits, _ => Tier.Newcomer), _clock);
        builder.Services.AddSingleton(_door);
        builder.Services.AddSingleton<ICreditStore>(_credits);
        builder.Services.AddSingleton(new SessionTokens(new ServerSecret(), new SignedOut(null!, _clock), _clock));
        builder.Services.AddSingleton(CapTable.Of(4_096)!);
        _app = builder.Build();
        _app.UseRouting();
        _app.Use((context, next) =>
        {
            if (context.Request.Headers["Key"].ToString() is { Length: > 0 } key) context.Features.Set(CallerOf(key));
            return next(context);
        });
        _app.UseServiceDoor();
        _app.MapGet("/long", HoldAsync);
        _app.MapGet("/hub/market", HoldAsync);
        _app.MapGet("/short", () => "short");
        _app.MapGet("/broken", new Func<string>(() => throw new InvalidOperationException("It breaks.")));
        _app.MapGet(Routes.Time, () => "now");
        _app.MapPost("/order", () => "taken");
        _app.MapDelete("/cancel", HoldAsync).Through(GateKind.Cancels);
        _app.MapGet("/stream", async (HttpContext context) =>
        {
            await context.Response.WriteAsync("begun");
            await context.Response.Body.FlushAsync();
            await _held.Task;
        });
    }

    public async ValueTask InitializeAsync()
    {
        await _app.StartAsync(TestContext.Current.CancellationToken);
        _http = _app.GetTestClient();
    }

    public async ValueTask DisposeAsync()
    {
        _held.TrySetResult();
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task A_read_waits_for_its_turn_and_an_order_or_who_asks_the_time_does_not()
    {
        var first = _http.GetStringAsync("/long", TestContext.Current.CancellationToken);
        await _entered.Task;
        var second = _http.GetStringAsync("/short", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => Waiting == 1, "the second to wait");

        Assert.Equal("now", await _http.GetStringAsync(Routes.Time, TestContext.Current.CancellationToken));
        using (var order = await _http.PostAsync("/order", null, TestContext.Current.CancellationToken))
            Assert.True(order.IsSuccessStatusCode);
        Assert.False(second.IsCompleted);

        _held.SetResult();
        Assert.Equal("long", await first);
        Assert.Equal("short", await second);
    }

    [Fact]
    public async Task What_has_begun_to_answer_keeps_no_place()
    {
        using var stream = await _http.GetAsync(
            "/stream", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        Assert.Equal("short", await _http.GetStringAsync("/short", TestContext.Current.CancellationToken));
        Assert.False(_held.Task.IsCompleted);
    }

    [Fact]
    public async Task A_long_poll_of_the_hub_takes_none()
    {
        var poll = _http.GetStringAsync("/hub/market", TestContext.Current.CancellationToken);
        await _entered.Task;

        Assert.Equal("short", await _http.GetStringAsync("/short", TestContext.Current.CancellationToken));
        Assert.False(poll.IsCompleted);
    }

    [Fact]
    public async Task Who_breaks_or_gives_up_leaves_its_place_to_others()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => _http.GetStringAsync("/broken", TestContext.Current.CancellationToken));
        var first = _http.GetStringAsync("/long", TestContext.Current.CancellationToken);
        await _entered.Task;
        using var patience = new CancellationTokenSource();
        var second = _http.GetStringAsync("/short", patience.Token);
        await Eventually.TrueAsync(() => Waiting == 1, "the second to wait");
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await Eventually.TrueAsync(() => Waiting == 0, "nobody to wait");
        _held.SetResult();
        await first;

        Assert.Equal("short", await _http.GetStringAsync("/short", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Who_offers_more_goes_first_and_everybody_is_told_what_was_paid()
    {
        _credits.Earn(Ann, 1_000);
        _credits.Earn(Bob, 1_000);
        var first = AskAsync("/long");
        await _entered.Task;
        var little = AskAsync("/short", Ann, "7");
        await Eventually.TrueAsync(() => Waiting == 1, "one to wait");
        var much = AskAsync("/short", Bob, "90");
        await Eventually.TrueAsync(() => Waiting == 2, "two to wait");
        Assert.Equal((993L, 910L), (_credits.FreeOf(Ann), _credits.FreeOf(Bob)));
        _held.SetResult();
        using var last = await little;
        using var won = await much;
        using var free = await first;

        // In front of seven credits, and of what those had waited by the clock's pace.
        var paid = long.Parse(Header(won, CreditHeaders.Paid), System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(paid, 7, 90);
        Assert.Equal($"{1_000 - paid}", Header(won, CreditHeaders.Left));
        Assert.Equal(("0", "1000"), (Header(last, CreditHeaders.Paid), Header(last, CreditHeaders.Left)));
        // Of a caller without a key there is nothing to tell.
        Assert.False(free.Headers.Contains(CreditHeaders.Left));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("many")]
    [InlineData("1000001")]
    public async Task An_offer_is_a_whole_number_of_credits_that_can_be_stored(string offer)
    {
        using var answer = await AskAsync("/short", Ann, offer);
        Assert.Equal((HttpStatusCode.BadRequest, ProblemCodes.MalformedRequest), (answer.StatusCode, (await OfAsync(answer)).Code));
    }

    [Fact]
    public async Task Who_has_waited_too_long_is_told_the_price_and_where_credits_come_from()
    {
        _credits.Earn(Ann, 1_000);
        var first = AskAsync("/long");
        await _entered.Task;
        var second = AskAsync("/short", Ann, "5");
        await Eventually.TrueAsync(() => Waiting == 1, "the second to wait");
        _clock.Advance(TimeSpan.FromMilliseconds(GateRules.LongestWait));
        using var answer = await second;
        var problem = await OfAsync(answer);

        Assert.Equal((HttpStatusCode.TooManyRequests, ProblemCodes.Busy), (answer.StatusCode, problem.Code));
        Assert.Equal("20", Header(answer, "Retry-After"));
        Assert.NotNull(problem.Price);
        Assert.Contains("They come from work", problem.Detail, StringComparison.Ordinal);
        Assert.Equal((0, 1_000L), (Waiting, _credits.FreeOf(Ann)));
        _held.SetResult();
        (await first).Dispose();
    }

    [Fact]
    public async Task Whose_key_is_revoked_or_ends_while_it_waits_is_refused_and_what_is_another_s_is_not()
    {
        var first = AskAsync("/long");
        await _entered.Task;
        Task<HttpResponseMessage>[] waiting = [AskAsync("/short", Cid), AskAsync("/short", Bob)];
        await Eventually.TrueAsync(() => Waiting == 2, "two to wait");
        _apiKey.Revoke();
        _held.SetResult();
        var answers = await Task.WhenAll([first, .. waiting]);
        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.Unauthorized, HttpStatusCode.OK], answers.Select(answer => answer.StatusCode));
        Assert.Equal(ProblemCodes.BadApiKey, (await OfAsync(answers[1])).Code);
        foreach (var answer in answers) answer.Dispose();
        await Eventually.TrueAsync(() => _door.Look().All(gate => gate.InUse == 0), "all places to be free");
    }

    [Fact]
    public async Task One_caller_has_a_few_calls_that_wait_and_the_next_is_refused()
    {
        var first = AskAsync("/long");
        await _entered.Task;
        var waiting = new[] { AskAsync("/short", Ann), AskAsync("/short", Ann) };
        await Eventually.TrueAsync(() => Waiting == 2, "two to wait");
        using var refused = await AskAsync("/short", Ann);
        Assert.Equal(ProblemCodes.Busy, (await OfAsync(refused)).Code);
        _held.SetResult();
        foreach (var answer in (HttpResponseMessage[])[await first, .. await Task.WhenAll(waiting)])
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            answer.Dispose();
        }
    }

    [Fact]
    public async Task A_cancel_has_places_of_its_own()
    {
        var read = AskAsync("/long");
        await _entered.Task;
        var cancel = _http.DeleteAsync("/cancel", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => _door.Look()[(int)GateKind.Cancels].InUse == 1, "the cancel to be worked on");
        Assert.Equal(0, Waiting);
        _held.SetResult();
        (await cancel).Dispose();
        (await read).Dispose();
        await Eventually.TrueAsync(() => _door.Look().All(gate => gate.InUse == 0), "all places to be free");
    }

    private Caller CallerOf(string key) => new(key, null) { ApiKey = key == Cid ? _apiKey : null };

    private int Waiting => _door.Look().Sum(gate => gate.Waiting);

    private async Task<HttpResponseMessage> AskAsync(string path, string? key = null, string? offer = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null) request.Headers.Add("Key", key);
        if (offer is not null) request.Headers.Add(CreditHeaders.Offer, offer);
        return await _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static string Header(HttpResponseMessage answer, string name) => Assert.Single(answer.Headers.GetValues(name));

    private static async Task<Problem> OfAsync(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<Problem>(
        MarketJson.Options, TestContext.Current.CancellationToken))!;

    private async Task<string> HoldAsync()
    {
        _entered.TrySetResult();
        await _held.Task;
        return "long";
    }
}
