using Market.Api.Chains;
using Market.Api.Hosting;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Contracts;
using Market.Sharechain;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Market.Api.Tests.Orders;

/// <summary>The server in this process, on a real database and a real port, with <see cref="TestCoins"/> for chains.</summary>
public sealed class TradingHost : IAsyncDisposable
{
    // Real chains on which nobody mines: swaps open on them and stay where they are.
    private static readonly Lazy<Task<ChainPair>> Quiet = new(async () =>
    {
        var scripts = new InterpreterRules();
        var main = await EmbeddedMainchain.OpenAsync(
            new EmbeddedMainchainOptions
            {
                TreasuryScript = Script.FromHex("0014" + new string('0', 40)),
                PremineBlocks = 0,
                Mine = false,
            },
            scripts, new MemoryBlockStore(), TimeProvider.System);
        return new ChainPair(main, await ShareNode.OpenAsync(
            SharechainProfiles.P2ShareDevnet, scripts, new MemoryBlockStore(), main, TimeProvider.System));
    });

    private readonly WebApplication _app;

    private TradingHost(WebApplication app) => _app = app;

    /// <summary>A thousandth of the system's pace, the same in every process: no swap runs out while a test looks on.</summary>
    private sealed class SlowClock : TimeProvider
    {
        private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Start + (base.GetUtcNow() - Start) / 1_000;
    }

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!
        .Addresses.First());

    public Sequencer Sequencer => _app.Services.GetRequiredService<Sequencer>();

    /// <param name="database">The database.</param>
    /// <param name="adjust">Changes services.</param>
    /// <param name="clock">The time; a thousandth of the system's pace where there is none.</param>
    public static async Task<TradingHost> StartAsync(
        string database, Action<IServiceCollection>? adjust = null, System.Net.IPAddress? proxy = null, TimeProvider? clock = null)
    {
        var app = ServerApp.Build(
            new ServerOptions { Urls = "http://127.0.0.1:0", Pages = false, Proxy = proxy }, database,
            await Quiet.Value, clock ?? new SlowClock(),
            services =>
            {
                services.AddSingleton<IOutpointSource, TestCoins>();
                services.AddSingleton(new BackingChains(
                    [new TestChain(ChainKind.Mainchain), new TestChain(ChainKind.Sharechain)]));
                services.AddLogging(log => log.SetMinimumLevel(LogLevel.Critical).ClearProviders());
                // By a clock that is set by hand every chain is late.
                if (clock is not null) services.Remove(services.Single(s => s.ImplementationType == typeof(ChainGate)));
                Declared.DeclaredAnswers.Add(services);
                adjust?.Invoke(services);
            });
        await app.PrepareAsync(CancellationToken.None);
        await app.StartAsync();
        var host = new TradingHost(app);
        await host.Sequencer.Started.WaitAsync(TimeSpan.FromMinutes(2));
        return host;
    }

    public T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    public HttpClient Http() => new() { BaseAddress = Address };

    public Task<Trader> TraderAsync(int number) => Trader.SignInAsync(Address, number);

    /// <summary>All that was answered until now is in book, tape and streams, too: the next batch comes after.</summary>
    public async Task PublishedAsync() =>
        Assert.Equal(ProblemCodes.UnknownOrder, (await Sequencer.LockTradeAsync(long.MaxValue, default)).Refusal?.Code);

    /// <summary>Ends as a server does that is asked to.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
