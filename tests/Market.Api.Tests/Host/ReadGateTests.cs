using Market.Api.Hosting;
using Market.Testing.Chains;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Market.Api.Tests.Host;

/// <summary>A few reads are worked on at once; nothing else waits for them, and whoever begins to answer makes room.</summary>
public sealed class ReadGateTests : IAsyncLifetime
{
    private readonly ReadGate _gate = new(1);
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly WebApplication _app;
    private HttpClient _http = null!;

    public ReadGateTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseTestServer();
        builder.Services.AddSingleton(_gate);
        _app = builder.Build();
        _app.UseReadGate();
        _app.MapGet("/long", HoldAsync);
        _app.MapGet("/hub/market", HoldAsync);
        _app.MapGet("/short", () => "short");
        _app.MapGet("/broken", new Func<string>(() => throw new InvalidOperationException("It breaks.")));
        _app.MapGet(Contracts.Routes.Time, () => "now");
        _app.MapPost("/order", () => "taken");
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
        await Eventually.TrueAsync(() => _gate.Waiting == 1, "the second to wait");

        Assert.Equal("now", await _http.GetStringAsync(Contracts.Routes.Time, TestContext.Current.CancellationToken));
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
        await Eventually.TrueAsync(() => _gate.Waiting == 1, "the second to wait");
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await Eventually.TrueAsync(() => _gate.Waiting == 0, "nobody to wait");
        _held.SetResult();
        await first;

        Assert.Equal("short", await _http.GetStringAsync("/short", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_place_is_given_back_once()
    {
        var place = await _gate.EnterAsync(TestContext.Current.CancellationToken);
        place.Dispose();
        place.Dispose();

        using var first = await _gate.EnterAsync(TestContext.Current.CancellationToken);
        var second = _gate.EnterAsync(TestContext.Current.CancellationToken);
        Assert.False(second.IsCompleted);
        first.Dispose();
        (await second).Dispose();
    }

    private async Task<string> HoldAsync()
    {
        _entered.TrySetResult();
        await _held.Task;
        return "long";
    }
}
