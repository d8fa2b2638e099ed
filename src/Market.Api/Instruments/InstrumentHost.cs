using Market.Api.Analytics;
using Market.Api.Chains;
using Market.Api.Data;
using Market.Api.Realtime;
using Market.Api.Settlement;
using Market.Api.Trading;
using Market.Contracts;

namespace Market.Api.Instruments;

/// <summary>
/// Everything of one instrument: its chains and what is seen of them, sequencer, journal, feed, backing, settlement and analytics.
/// Whatever of it waits for what is away, the other instruments go on.
/// </summary>
public sealed class InstrumentHost : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly IReadOnlyList<IHostedService> _parts;

    internal InstrumentHost(ServiceProvider services)
    {
        _services = services;
        Market = Get<MarketInstrument>();
        Chains = Get<ChainPair>();
        _parts = [.. services.GetServices<IHostedService>()];
        Get<SwapBoard>().Show(Market.Id, Get<SwapView>(), Get<SwapClock>());
    }

    /// <summary>Which one it is.</summary>
    public MarketInstrument Market { get; }

    /// <summary>Its id on the wire.</summary>
    public string Id => Market.Id;

    /// <summary>As everybody sees it.</summary>
    public Instrument Listing => Get<InstrumentListing>().Current;

    /// <summary>Its two chains.</summary>
    public ChainPair Chains { get; }

    /// <summary>Their tips.</summary>
    public TipWatch Tips => Get<TipWatch>();

    /// <summary>Whether they can be traded on.</summary>
    public ChainVerdicts Verdicts => Get<ChainVerdicts>();

    /// <summary>Their blocks.</summary>
    public Explorer Explorer => Get<Explorer>();

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
