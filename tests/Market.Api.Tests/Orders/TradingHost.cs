using Market.Api.Backing;
using Market.Api.Hosting;
using Market.Api.Journal;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Market.Api.Tests.Orders;

/// <summary>The server in this process, on a real database and a real port, with <see cref="TestCoins"/> for chains.</summary>
public sealed class TradingHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TradingHost(WebApplication app) => _app = app;

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!
        .Addresses.First());

    public Sequencer Sequencer => _app.Services.GetRequiredService<Sequencer>();

    public static async Task<TradingHost> StartAsync(
        string database, Action<IServiceCollection>? adjust = null)
    {
        var app = ServerApp.Build(
            new ServerOptions { Urls = "http://127.0.0.1:0", Pages = false }, database, TimeProvider.System,
            services =>
            {
                services.AddSingleton<IOutpointSource, TestCoins>();
                services.AddLogging(log => log.SetMinimumLevel(LogLevel.Critical).ClearProviders());
                adjust?.Invoke(services);
            });
        await app.PrepareAsync(CancellationToken.None);
        await app.StartAsync();
        var host = new TradingHost(app);
        await host.Sequencer.Started.WaitAsync(TimeSpan.FromMinutes(2));
        return host;
    }

    public T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    public Task<Trader> TraderAsync(int number) => Trader.SignInAsync(Address, number);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
