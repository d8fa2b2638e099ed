using Market.Api.Data;
using Market.Api.Results;
using Market.Chains.Http;
using Market.Contracts;
using Market.Sharechain;

namespace Market.Api.Instruments;

/// <summary>
/// The instruments of this market, in the order in which its operator named their sharechains, those of one sharechain by their
/// series. Those whose shares expire come and go; whatever is asked of the list sees it whole, before or after.
/// </summary>
public sealed class InstrumentSet : BackgroundService, IAsyncDisposable
{
    /// <summary>Series of one sharechain that are open at once. There are as many as a window has, the next, and those that are
    /// expired with a swap that has not ended; beyond it no new one is opened, and the keeper says so.</summary>
    public const int MostSeries = 40;

    private readonly Func<ChainHost, MarketInstrument, InstrumentHost> _open;
    private readonly MarketNetwork _network;
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IReadOnlyList<InstrumentHost> _all;
    private bool _isStarted;

    /// <summary>Those whose shares never expire; series are opened by <see cref="OpenAsync"/>.</summary>
    /// <param name="chains">The pairs of chains.</param>
    /// <param name="open">Puts an instrument together.</param>
    /// <param name="network">The network.</param>
    public InstrumentSet(
        IReadOnlyList<ChainHost> chains, Func<ChainHost, MarketInstrument, InstrumentHost> open, MarketNetwork network)
    {
        ArgumentNullException.ThrowIfNull(open);
        (Chains, _open, _network) = (chains, open, network);
        SeriesPatterns = [.. chains.Where(chain => chain.HasSeries)
            .Select(chain => Instrument.IdOf(chain.Profile.Design + "-%"))];
        _all = [.. chains.Where(chain => !chain.HasSeries)
            .Select(chain => open(chain, MarketInstrument.Of(network, chain.Profile)))];
    }

    /// <summary>The pairs of chains that instruments stand on.</summary>
    public IReadOnlyList<ChainHost> Chains { get; }

    /// <summary>All of them now.</summary>
    public IReadOnlyList<InstrumentHost> All => _all;

    /// <summary>Their ids.</summary>
    public IReadOnlyList<string> Ids => [.. _all.Select(host => host.Id)];

    /// <summary>Patterns (of SQL's like) of the ids of all series that there are, will be and were.</summary>
    public string[] SeriesPatterns { get; }

    /// <summary>The instrument of an id.</summary>
    public Result<InstrumentHost> Find(string id) =>
        _all.FirstOrDefault(host => string.Equals(host.Id, id, StringComparison.Ordinal)) is { } found
            ? found
            : new Refusal(ProblemCodes.UnknownInstrument, FindGone(id) is null
                ? $"Known: {string.Join(", ", Ids)}."
                : $"All shares of {id} are expired. Its listing, trades, candles, orders, fills and swaps can still be read.");

    /// <summary>A series that is gone, with its sharechain; null for whatever else.</summary>
    public (ChainHost Chain, Series Series)? FindGone(string id)
    {
        if (!Instrument.TryParseId(id, out var design, out var number) || number is not { } wanted) return null;
        return Chains.FirstOrDefault(chain => chain.HasSeries && chain.Profile.Design == design) is { Series: { } seen } chain
            && Series.At(chain.Profile, wanted) is { } series
            && seen.All is [{ } oldest, ..] && wanted < oldest.Series.Number
            && !_all.Any(host => string.Equals(host.Id, id, StringComparison.Ordinal))
                ? (chain, series)
                : null;
    }

    /// <summary>Why nothing is known of an instrument; null where it is one, or was.</summary>
    public Refusal? WhyUnknown(string id) => FindGone(id) is null ? Find(id).Refusal : null;

    /// <summary>The instrument of an id, or the only one where none is named. Where there are several nobody guesses.</summary>
    public Result<InstrumentHost> Choose(string? id)
    {
        var all = _all;
        return id is not null ? Find(id)
            : all.Count == 1 ? all[0]
            : Refusal.Invalid("instrument", $"Several are traded: name one of {string.Join(", ", all.Select(host => host.Id))}.");
    }

    /// <summary>A pair of chains by an instrument on it or, where none is named, the only one.</summary>
    public Result<ChainHost> ChooseChains(string? id) =>
        id is not null ? Find(id).Then(host => host.On)
        : Chains.Count == 1 ? Result<ChainHost>.FromValue(Chains[0])
        : Choose(null).Then(host => host.On);

    /// <summary>A chain by its name in paths: the mainchain, the only sharechain, or a sharechain by its row's name.</summary>
    public Result<(ChainHost Host, ChainName Chain)> FindChain(string name)
    {
        if (name == NodeHttpService.MainchainName) return (Chains[0], ChainName.Mainchain);
        if (name == NodeHttpService.SharechainName && Chains.Count == 1) return (Chains[0], ChainName.Sharechain);
        return Chains.FirstOrDefault(host => string.Equals(host.Profile.Name, name, StringComparison.Ordinal)) is { } found
            ? (found, ChainName.Sharechain)
            : Refusal.Invalid("chain", $"must be one of {string.Join(", ", ChainNames)}");
    }

    /// <summary>The instrument of a swap's coordinator.</summary>
    public async ValueTask<Result<InstrumentHost>> OfSwapAsync(Settlement.SwapBoard board, string swap, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(board);
        if (await board.InstrumentOfAsync(swap, cancel) is not { } id) return new Refusal(ProblemCodes.UnknownSwap);
        return Find(id) is { IsOk: true } found ? found
            : FindGone(id) is null ? new Refusal(ProblemCodes.UnknownSwap)
            : new Refusal(ProblemCodes.WrongSwapState, "The swap has ended.");
    }

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var chain in Chains)
        {
            await chain.StartAsync(cancellationToken);
            foreach (var task in chain.Running) Follow(task);
        }
        _isStarted = true;
        foreach (var host in _all) await BeginAsync(host, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(_all.Select(host => host.StopAsync(cancellationToken)));
        await Task.WhenAll(Chains.Select(chain => chain.StopAsync(cancellationToken)));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        base.Dispose();
        foreach (var host in _all) await host.DisposeAsync();
        foreach (var chain in Chains) await chain.DisposeAsync();
    }

    /// <summary>Opens the instrument of a series. One caller at a time.</summary>
    /// <param name="chain">Its sharechain's pair.</param>
    /// <param name="series">The series.</param>
    /// <param name="db">The tables.</param>
    /// <param name="cancel">Stops it.</param>
    internal async Task<InstrumentHost> OpenAsync(ChainHost chain, Series series, MarketDb db, CancellationToken cancel)
    {
        var host = _open(chain, MarketInstrument.Of(_network, chain.Profile, series));
        try
        {
            await host.Feed.LoadAsync(db, tell: false, cancel);
            if (_isStarted) await BeginAsync(host, cancel);
        }
        catch
        {
            await host.StopAsync(CancellationToken.None);
            await host.DisposeAsync();
            throw;
        }
        _all = [.. Chains.SelectMany(each => _all.Append(host).Where(one => one.On == each)
            .OrderBy(one => one.Market.Series?.Number))];
        return host;
    }

    /// <summary>Takes the instrument of a series off the list and stops it; it is to be disposed of once nobody asks it any more.
    /// One caller at a time.</summary>
    internal async Task CloseAsync(InstrumentHost host, CancellationToken cancel)
    {
        _all = [.. _all.Where(one => one != host)];
        await host.StopAsync(cancel);
    }

    /// <summary>What ends by a bug in one of them ends the server, as any hosted service's does.</summary>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _broken.Task.WaitAsync(stoppingToken);

    private async Task BeginAsync(InstrumentHost host, CancellationToken cancel)
    {
        await host.StartAsync(cancel);
        foreach (var task in host.Running) Follow(task);
    }

    private void Follow(Task task) => _ = task.ContinueWith(
        ended => _broken.TrySetException(ended.Exception!.InnerExceptions), CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private IEnumerable<string> ChainNames =>
    [
        NodeHttpService.MainchainName, .. Chains.Count == 1 ? [NodeHttpService.SharechainName] : (string[])[],
        .. Chains.Select(host => host.Profile.Name),
    ];
}
