using Market.Api.Chains;
using Market.Api.Settlement;
using Market.Sharechain;

namespace Market.Api.Instruments;

/// <summary>
/// Everything of one sharechain and its mainchain that is the same for whatever is traded on them: the pair, its tips, the verdicts
/// on it, its blocks. The instruments of its shares stand on it: one, or where shares expire one for each series.
/// </summary>
public sealed class ChainHost : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly IReadOnlyList<IHostedService> _parts;

    internal ChainHost(ServiceProvider services)
    {
        _services = services;
        Chains = Get<ChainPair>();
        _parts = [.. services.GetServices<IHostedService>()];
        Get<SwapBoard>().Show(Profile.Design, Get<SwapView>(), Get<SwapClock>());
    }

    /// <summary>The two chains.</summary>
    public ChainPair Chains { get; }

    /// <summary>The sharechain's row.</summary>
    public SharechainProfile Profile => Chains.Shares.Profile;

    /// <summary>Whether its shares are traded by expiry series.</summary>
    public bool HasSeries => Profile.SeriesLength is not null;

    /// <summary>The series of its shares, as they were last seen; none where they never expire.</summary>
    public SeriesView? Series { get; internal set; }

    /// <summary>Their tips.</summary>
    public TipWatch Tips => Get<TipWatch>();

    /// <summary>Their blocks.</summary>
    public Explorer Explorer => Get<Explorer>();

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
