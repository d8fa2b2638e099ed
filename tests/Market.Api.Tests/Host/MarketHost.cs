using System.Collections.Immutable;
using System.Net;
using Market.Api.Chains;
using Market.Api.Features.Dev;
using Market.Api.Hosting;
using Market.Api.Instruments;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Chains.Stratum;
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

    private MarketHost(
        WebApplication app, EmbeddedMainchain main, ImmutableArray<ShareNode> shares, ManualClock clock, bool ownsChains)
    {
        (_app, Main, AllShares, Clock, _ownsChains) = (app, main, shares, clock, ownsChains);
        Http = new HttpClient { BaseAddress = Address };
    }

    public EmbeddedMainchain Main { get; }

    public ShareNode Shares => AllShares[0];

    /// <summary>The sharechains, in the order of the instruments.</summary>
    public ImmutableArray<ShareNode> AllShares { get; }

    public InstrumentSet Instruments => _app.Services.GetRequiredService<InstrumentSet>();

    public ManualClock Clock { get; }

    /// <summary>Where miners connect; null unless it was asked for.</summary>
    public StratumServer? Miners { get; private init; }

    public HttpClient Http { get; }

    /// <summary>Everything that it listens on.</summary>
    public ICollection<string> Addresses =>
        _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!
        .Addresses.First());

    /// <summary>A part of the server, or of its first instrument.</summary>
    public T Get<T>() where T : notnull => (T?)_app.Services.GetService(typeof(T)) ?? Instruments.All[0].Get<T>();

    public static async Task<MarketHost> StartAsync(
        string database, MarketHost? on = null, ILoggerProvider? logs = null, FaucetKey? faucet = null,
        IPEndPoint? metrics = null, bool miners = false, IReadOnlyList<SharechainProfile>? profiles = null,
        Uri? pool = null)
    {
        var clock = on?.Clock ?? new ManualClock();
        var main = on?.Main ?? await EmbeddedMainchain.OpenAsync(
            Lab.Options() with { FaucetScript = faucet?.Script, FaucetBlocks = 2 }, InterpreterRules.Consensus,
            new MemoryBlockStore(), clock);
        var shares = on?.AllShares
            ?? await OpenAsync(profiles ?? [SharechainProfiles.P2ShareDevnet], main, clock);
        var stratum = miners
            ? new StratumServer(
                [.. shares.Select(one => new StratumRow(one))], main,
                new StratumOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) }, clock)
            : null;
        var app = ServerApp.Build(
            new ServerOptions { Urls = "http://127.0.0.1:0", Dev = true, Metrics = metrics, P2PoolV2 = pool }, database,
            [.. shares.Select(one => new ChainPair(main, one))], clock,
            services =>
            {
                Declared.DeclaredAnswers.Add(services);
                services.AddLogging(log =>
                {
                    log.ClearProviders();
                    if (logs is not null) log.AddProvider(logs).SetMinimumLevel(LogLevel.Debug);
                });
            }, faucet, miners: stratum);
        await app.PrepareAsync(CancellationToken.None);
        await app.StartAsync();
        var host = new MarketHost(app, main, shares, clock, ownsChains: true) { Miners = stratum };
        foreach (var one in host.Instruments.All)
        {
            await one.Sequencer.Started.WaitAsync(TimeSpan.FromMinutes(2));
            await one.Tips.Ready.WaitAsync(TimeSpan.FromMinutes(2));
            await Eventually.TrueAsync(() => one.Sequencer.Reason != Sequencer.HaltedAtStart, "its gate has looked");
        }
        return host;
    }

    private static async Task<ImmutableArray<ShareNode>> OpenAsync(
        IEnumerable<SharechainProfile> profiles, EmbeddedMainchain main, ManualClock clock)
    {
        var nodes = ImmutableArray.CreateBuilder<ShareNode>();
        foreach (var profile in profiles)
            nodes.Add(await ShareNode.OpenAsync(profile, InterpreterRules.Consensus, new MemoryBlockStore(), main, clock));
        return nodes.ToImmutable();
    }

    /// <summary>Ends the server and leaves the chains, for another server to start on.</summary>
    public async Task StopServerAsync()
    {
        Http.Dispose();
        if (Miners is not null) await Miners.DisposeAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopServerAsync();
        if (!_ownsChains) return;
        foreach (var shares in AllShares) await shares.DisposeAsync();
        await Main.DisposeAsync();
    }

    /// <summary>Mines blocks of the first sharechain, paying a script.</summary>
    public Task MineSharesAsync(int count, Script payTo) => MineSharesAsync(Shares, count, payTo);

    /// <summary>Mines blocks of a sharechain, paying a script.</summary>
    public async Task MineSharesAsync(ShareNode shares, int count, Script payTo)
    {
        for (var i = 0; i < count; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(2));
            var template = await shares.GetTemplateAsync(payTo);
            var result = await shares.SubmitShareAsync(ShareLab.Solve(template));
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
