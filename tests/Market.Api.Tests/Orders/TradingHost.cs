using System.Collections.Immutable;
using Market.Api.Chains;
using Market.Api.Hosting;
using Market.Api.Instruments;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Contracts;
using Market.Sharechain;
using Market.Testing.Chains;
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
    private static readonly Lazy<Task<ImmutableArray<ChainPair>>> Quiet = new(async () =>
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
        return [await OnAsync(SharechainProfiles.P2ShareDevnet), await OnAsync(Other)];

        async Task<ChainPair> OnAsync(SharechainProfile profile) => new(
            main, await ShareNode.OpenAsync(profile, scripts, new MemoryBlockStore(), main, TimeProvider.System));
    });

    /// <summary>The second instrument's sharechain.</summary>
    public static SharechainProfile Other => SharechainProfile.Of("devnet", "p2share-k20")!;

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

    public Sequencer Sequencer => Get<Sequencer>();

    /// <summary>The instruments, in their order.</summary>
    public InstrumentSet Instruments => _app.Services.GetRequiredService<InstrumentSet>();

    /// <param name="database">The database.</param>
    /// <param name="adjust">Changes services of the server.</param>
    /// <param name="proxy">The proxy that is believed; none where null.</param>
    /// <param name="clock">The time; a thousandth of the system's pace where there is none.</param>
    /// <param name="parts">Changes parts of an instrument.</param>
    /// <param name="instruments">How many instruments are traded.</param>
    /// <param name="first">Which of the two chains is the first's.</param>
    /// <param name="looks">Whether the chains are looked at, so that the gates open.</param>
    /// <param name="hosts">Names of its own that it answers to.</param>
    public static async Task<TradingHost> StartAsync(
        string database, Action<IServiceCollection>? adjust = null, System.Net.IPAddress? proxy = null, TimeProvider? clock = null,
        Action<IServiceCollection>? parts = null, int instruments = 1, int first = 0, bool looks = true,
        System.Collections.Immutable.ImmutableArray<string>? hosts = null)
    {
        IReadOnlyList<ChainPair> chains = [.. (await Quiet.Value).Skip(first).Take(instruments)];
        var app = ServerApp.Build(
            new ServerOptions { Urls = "http://127.0.0.1:0", Pages = false, Proxy = proxy, Hosts = hosts ?? [] }, database,
            chains, clock ?? new SlowClock(),
            services =>
            {
                services.AddLogging(log => log.SetMinimumLevel(LogLevel.Critical).ClearProviders());
                Declared.DeclaredAnswers.Add(services);
                adjust?.Invoke(services);
            },
            adjustInstrument: services =>
            {
                services.AddSingleton<IOutpointSource, TestCoins>();
                services.AddSingleton(new BackingChains(
                    [new TestChain(ChainKind.Mainchain), new TestChain(ChainKind.Sharechain)]));
                // By a clock that is set by hand every chain is late.
                if (clock is not null)
                {
                    foreach (var late in services.Where(s => s.ImplementationType == typeof(ChainGate)
                        || s.ImplementationType == typeof(ChainLooks)).ToList()) services.Remove(late);
                }
                if (!looks)
                {
                    foreach (var look in services.Where(s => s.ImplementationType == typeof(ChainLooks)).ToList())
                        services.Remove(look);
                }
                parts?.Invoke(services);
            });
        var host = new TradingHost(app);
        try
        {
            await app.PrepareAsync(CancellationToken.None);
            await app.StartAsync();
            foreach (var one in host.Instruments.All)
            {
                await one.Sequencer.Started.WaitAsync(TimeSpan.FromMinutes(2));
                await Eventually.TrueAsync(
                    () => clock is not null || !looks || one.Sequencer.Reason != Sequencer.HaltedAtStart, "its gate has looked");
            }
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>A part of the server, or of its first instrument.</summary>
    public T Get<T>() where T : notnull => (T?)_app.Services.GetService(typeof(T)) ?? Instruments.All[0].Get<T>();

    public HttpClient Http() => new() { BaseAddress = Address };

    public Task<Trader> TraderAsync(int number) => Trader.SignInAsync(Address, number);

    /// <summary>All that was answered until now is in book, tape and streams, too: the next batch comes after.</summary>
    public async Task PublishedAsync() =>
        Assert.Equal(ProblemCodes.UnknownOrder, (await Sequencer.LockTradeAsync(long.MaxValue, default)).Refusal?.Code);

    /// <summary>Ends as a server does that is asked to.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
