using Market.Api.Chains;
using Market.Api.Features.Dev;
using Market.Api.Hosting;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;
using Market.Testing.Chains;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Market.Api.Tests.Host;

/// <summary>The whole server in this process: a real database, a real port, and both real chains in memory, on which nothing
/// is mined unless asked for.</summary>
public sealed class MarketHost : IAsyncDisposable
{
    private readonly bool _ownsChains;
    private readonly WebApplication _app;

    private MarketHost(WebApplication app, EmbeddedMainchain main, ShareNode shares, ManualClock clock, bool ownsChains)
    {
        (_app, Main, Shares, Clock, _ownsChains) = (app, main, shares, clock, ownsChains);
        Http = new HttpClient { BaseAddress = Address };
    }

    public EmbeddedMainchain Main { get; }

    public ShareNode Shares { get; }

    public ManualClock Clock { get; }

    public HttpClient Http { get; }

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!
        .Addresses.First());

    public T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    public static async Task<MarketHost> StartAsync(
        string database, MarketHost? on = null, ILoggerProvider? logs = null, FaucetKey? faucet = null)
    {
        var clock = on?.Clock ?? new ManualClock();
        var main = on?.Main ?? await EmbeddedMainchain.OpenAsync(
            Lab.Options() with { FaucetScript = faucet?.Script, FaucetBlocks = 2 }, InterpreterRules.Consensus,
            new MemoryBlockStore(), clock);
        var shares = on?.Shares ?? await ShareNode.OpenAsync(
            SharechainProfiles.P2ShareDevnet, InterpreterRules.Consensus, new MemoryBlockStore(), main, clock);
        var app = ServerApp.Build(
            new ServerOptions { Urls = "http://127.0.0.1:0", Dev = true }, database, new ChainPair(main, shares), clock,
            services =>
            {
                Declared.DeclaredAnswers.Add(services);
                services.AddLogging(log =>
                {
                    log.ClearProviders();
                    if (logs is not null) log.AddProvider(logs).SetMinimumLevel(LogLevel.Debug);
                });
            }, faucet);
        await app.PrepareAsync(CancellationToken.None);
        await app.StartAsync();
        var host = new MarketHost(app, main, shares, clock, ownsChains: true);
        await host.Get<Sequencer>().Started.WaitAsync(TimeSpan.FromMinutes(2));
        await host.Get<TipWatch>().Ready.WaitAsync(TimeSpan.FromMinutes(2));
        return host;
    }

    /// <summary>Ends the server and leaves the chains, for another server to start on.</summary>
    public async Task StopServerAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopServerAsync();
        if (!_ownsChains) return;
        await Shares.DisposeAsync();
        await Main.DisposeAsync();
    }

    /// <summary>Mines share blocks paying a script.</summary>
    public async Task MineSharesAsync(int count, Script payTo)
    {
        for (var i = 0; i < count; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(2));
            var template = await Shares.GetTemplateAsync(payTo);
            var result = await Shares.SubmitShareAsync(ShareLab.Solve(template));
            Assert.True(result.IsSuccess, $"{result.Code} {result.Refusal} {result.Detail}");
        }
    }

    /// <summary>Mines mainchain blocks.</summary>
    public async Task MineMainAsync(int count)
    {
        Clock.Advance(TimeSpan.FromSeconds(count));
        await Main.MineAsync(count);
    }
}
