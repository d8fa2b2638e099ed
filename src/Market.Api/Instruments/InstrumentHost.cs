using Market.Api.Analytics;
using Market.Api.Chains;
using Market.Api.Data;
using Market.Api.Realtime;
using Market.Api.Settlement;
using Market.Api.Trading;
using Market.Contracts;

namespace Market.Api.Instruments;

/// <summary>
/// Everything of one instrument upon its chains: sequencer, journal, feed, backing, settlement and analytics. Whatever of it waits
/// for what is away, the other instruments go on.
/// </summary>
public sealed class InstrumentHost : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly IReadOnlyList<IHostedService> _parts;

    internal InstrumentHost(ServiceProvider services, ChainHost on)
    {
        _services = services;
        On = on;
        Market = Get<MarketInstrument>();
        _parts = [.. services.GetServices<IHostedService>()];
    }

    /// <summary>The pair of chains that it stands on.</summary>
    public ChainHost On { get; }

    /// <summary>Which one it is.</summary>
    public MarketInstrument Market { get; }

    /// <summary>Its id on the wire.</summary>
    public string Id => Market.Id;

    /// <summary>As everybody sees it.</summary>
    public Instrument Listing => Get<InstrumentListing>().Current;

    /// <summary>Its two chains.</summary>
    public ChainPair Chains => On.Chains;

    /// <summary>Their tips.</summary>
    public InstrumentTips Tips => Get<InstrumentTips>();

    /// <summary>How it stands with its series.</summary>
    public SeriesGate Series => Get<SeriesGate>();

    /// <summary>Their blocks.</summary>
    public Explorer Explorer => On.Explorer;

    /// <summary>Book, tape and prices.</summary>
    public MarketFeed Feed => Get<MarketFeed>();

    /// <summary>Where its commands are put in order.</summary>
    public Sequencer Sequencer => Get<Sequencer>();

    /// <summary>Checks the coins behind its orders.</summary>
    public BackingCheck Backing => Get<BackingCheck>();

    /// <summary>Drives its swaps.</summary>
    public SwapCoordinator Swaps => Get<SwapCoordinator>();

    /// <summary>How its swaps ended.</summary>
    public SwapTally Tally => Get<SwapTally>();

    /// <summary>What a price says of a share.</summary>
    public DiscountModel Discount => Get<DiscountModel>();

    /// <summary>How what runs for ever in it is doing.</summary>
    public Workers Workers => Get<Workers>();

    /// <summary>A part of it.</summary>
    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    /// <summary>What runs for ever in it, once it is started.</summary>
    internal IEnumerable<Task> Running => _parts.OfType<BackgroundService>().Select(part => part.ExecuteTask).OfType<Task>();

    internal async Task StartAsync(CancellationToken cancel)
    {
        foreach (var part in _parts) await part.StartAsync(cancel);
    }

    internal Task StopAsync(CancellationToken cancel) => Task.WhenAll(_parts.Select(part => part.StopAsync(cancel)));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
