using Market.Api.Chains;
using Market.Api.Hosting;
using Market.Api.Instruments;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Market.Bench;

/// <summary>The real server on a real database, on chains in memory on which nobody mines; only the coins behind orders are made
/// up, and nobody watches them: their chain does not know them.</summary>
internal sealed class QuietMarket : IAsyncDisposable
{
    /// <summary>An address whose port the system chooses.</summary>
    public const string AnyPort = "http://127.0.0.1:0";

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(10);

    private readonly WebApplication _app;
    private readonly EmbeddedMainchain _main;
    private readonly ShareNode _shares;

    private QuietMarket(WebApplication app, EmbeddedMainchain main, ShareNode shares)
    {
        _app = app;
        _main = main;
        _shares = shares;
    }

    /// <summary>It.</summary>
    public WebApplication App => _app;

    /// <summary>Its parts.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Where it serves.</summary>
    public string Address => AddressOf(_app);

    /// <summary>Starts it; it takes orders once this returns.</summary>
    /// <param name="database">Its database.</param>
    public static async Task<QuietMarket> StartAsync(string database)
    {
        var scripts = new InterpreterRules();
        var main = await EmbeddedMainchain.OpenAsync(
            new EmbeddedMainchainOptions
            {
                TreasuryScript = Script.FromHex("0014" + new string('0', 40)),
                PremineBlocks = 0,
                Mine = false,
            }, scripts, new MemoryBlockStore(), TimeProvider.System);
        var shares = await ShareNode.OpenAsync(
            SharechainProfiles.P2ShareDevnet, scripts, new MemoryBlockStore(), main, TimeProvider.System);
        var options = new ServerOptions { Urls = AnyPort, Pages = false };
        return new QuietMarket(await StartAsync(options, database, [new ChainPair(main, shares)]), main, shares);
    }

    /// <summary>Starts a server on chains; its instruments take orders once this returns.</summary>
    public static async Task<WebApplication> StartAsync(ServerOptions options, string database, IReadOnlyList<ChainPair> chains)
    {
        var app = ServerApp.Build(options, database, chains, TimeProvider.System,
            adjustInstrument: services =>
            {
                services.AddSingleton<IOutpointSource, MadeUpCoins>();
                // Of an instrument there is one; its chains are made up first, and have none.
                foreach (var watch in services.Where(one => one.ImplementationType == typeof(BackingWatch)).ToList())
                    services.Remove(watch);
            });
        await app.PrepareAsync(CancellationToken.None);
        await app.StartAsync();
        foreach (var one in app.Services.GetRequiredService<InstrumentSet>().All)
        {
            await one.Sequencer.Started;
            while (one.Sequencer.IsHalted) await Task.Delay(BetweenLooks);
        }
        return app;
    }

    /// <summary>Where a server serves.</summary>
    public static string AddressOf(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _shares.DisposeAsync();
        await _main.DisposeAsync();
    }
}
