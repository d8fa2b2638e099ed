using Market.Api.Data;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Sharechain;
using Market.Swaps;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Instruments;

/// <summary>
/// Opens the instrument of each expiry series before its first share is mature, says how each stands, keeps the closed ones
/// closed, and lets go of those that are expired once nothing is under way in them. Whatever it does it does again after a crash:
/// the chains and the tables say what there is.
/// </summary>
public sealed partial class SeriesKeeper(
    InstrumentSet instruments, IDbContextFactory<MarketDb> database, MarketNetwork network, SeriesTopic topic, TimeProvider clock,
    ILogger<SeriesKeeper> log) : BackgroundService
{
    /// <summary>Blocks in a row for which not even the smallest swap surely fits before a series is closed for good: what is sure
    /// is reckoned by the newest 24 blocks, and half of them may have been worth more by chance.</summary>
    public const int ClosesAfter = 12;

    /// <summary>Series that are gone and still listed.</summary>
    public const int NewestGone = 10;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    // Whoever asks one that was taken off the list has done so by then.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly WakeUp _wake = new(clock);
    private readonly List<(InstrumentHost Host, long Since)> _ended = [];
    private readonly Dictionary<string, int> _closed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _unfit = new(StringComparer.Ordinal);
    private readonly Dictionary<ChainHost, LivesNeeded> _needed = [];
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Opens what has to be open before the first request: the series that a chain has, and those in which orders or swaps
    /// are under way.</summary>
    public async Task PrepareAsync(MarketDb db, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        var rows = await db.Settings.AsNoTracking().Where(s => s.Name.StartsWith(SettingRow.ClosedSeries)).ToListAsync(cancel);
        foreach (var row in rows) _closed[row.Name[SettingRow.ClosedSeries.Length..]] = BitConverter.ToInt32(row.Value);
        var moving = await UnderWay.OfAsync(db, cancel);
        foreach (var chain in instruments.Chains.Where(chain => chain.HasSeries))
        {
            foreach (var id in moving)
            {
                if (Instrument.TryParseId(id, out var design, out var number) && design == chain.Profile.Design
                    && number is { } wanted && Series.At(chain.Profile, wanted) is { } series)
                {
                    await instruments.OpenAsync(chain, series, db, cancel);
                }
            }
            await KeepAsync(chain, db, cancel);
        }
    }

    /// <summary>Looks at every sharechain that has series, and does what follows.</summary>
    public async Task LookAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            await using var db = await database.CreateDbContextAsync(cancel);
            foreach (var chain in instruments.Chains.Where(chain => chain.HasSeries))
            {
                // A node that is behind shows series of long ago.
                if (chain.Get<Chains.ChainVerdicts>().Of(ChainName.Sharechain).Reason is null) await KeepAsync(chain, db, cancel);
                await LetGoAsync(chain, db, cancel);
            }
            await DisposeEndedAsync(Grace);
            topic.Tell(List());
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>All series, as everybody sees them.</summary>
    public ExpirySeriesList List() => new()
    {
        Items = [.. instruments.Chains.Where(chain => chain.HasSeries).SelectMany(Of)],
    };

    /// <inheritdoc/>
    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await DisposeEndedAsync(TimeSpan.Zero);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!instruments.Chains.Any(chain => chain.HasSeries)) return;
        foreach (var chain in instruments.Chains.Where(chain => chain.HasSeries)) chain.Tips.Moved += _ => _wake.Call();
        await log.Supervise("The keeper of series", clock).RepeatAsync(LookAsync, async stop =>
        {
            await _wake.PauseAsync(Longest, stop);
            await Task.Delay(Pause, clock, stop);
        }, stoppingToken);
    }

    private IEnumerable<ExpirySeries> Of(ChainHost chain)
    {
        var open = instruments.All.Where(host => host.On == chain).Select(host => host.Series.Current)
            .OfType<ExpirySeries>().ToList();
        var oldest = chain.Series?.All is [{ } first, ..] ? first.Series.Number : 0;
        var gone = Enumerable.Range(Math.Max(0, oldest - NewestGone), Math.Min(oldest, NewestGone))
            .Where(number => !open.Exists(one => one.Number == number))
            .Select(number => SeriesView.Gone(chain.Profile, Series.At(chain.Profile, number)!.Value));
        return open.Concat(gone).OrderByDescending(one => one.Number);
    }

    private async Task KeepAsync(ChainHost chain, MarketDb db, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        if (!_needed.TryGetValue(chain, out var needed))
        {
            needed = new LivesNeeded(SwapRules.Of(chain.Profile.On(NetworkProfile.Of(network.Name))));
            _needed.Add(chain, needed);
        }
        var view = await SeriesView.ReadAsync(chain.Chains.Shares, needed, cancel);
        chain.Series = view;
        foreach (var sight in view.All)
        {
            var open = instruments.All.Where(host => host.On == chain).ToList();
            var host = open.Find(one => one.Market.Series == sight.Series);
            if (host is null
                && open.Count(one => one.Series.Current is not { State: SeriesState.Expired }) >= InstrumentSet.MostSeries)
            {
                TooMany(log, chain.Profile.Name, sight.Series.Number, open.Count);
                continue;
            }
            host ??= await instruments.OpenAsync(chain, sight.Series, db, cancel);
            if (IsForGood(host.Id, sight)) await CloseAsync(host.Id, view.Height, db, cancel);
            host.Series.Set(
                view.Tell(sight, chain.Profile, ClosedAt(host.Id), now), sight.MostWorth, _closed.ContainsKey(host.Id));
        }
        // What is below the window is expired whole.
        foreach (var host in instruments.All.Where(host => host.On == chain
            && host.Market.Series is { } series && view.All is [{ } oldest, ..] && series.Number < oldest.Series.Number))
        {
            host.Series.Set(SeriesView.Gone(chain.Profile, host.Market.Series!.Value), null, isForGood: true);
        }
    }

    private bool IsForGood(string id, SeriesSight sight)
    {
        if (sight.Stage != SeriesStage.Closed)
        {
            _unfit.Remove(id);
            return sight.Stage == SeriesStage.Expired;
        }
        if (!_unfit.TryGetValue(id, out var since)) _unfit[id] = since = sight.Oldest.Height;
        return sight.Oldest.Height - since >= ClosesAfter;
    }

    private int? ClosedAt(string id) => _closed.TryGetValue(id, out var height) ? height : null;

    private async Task CloseAsync(string id, int height, MarketDb db, CancellationToken cancel)
    {
        if (_closed.ContainsKey(id)) return;
        await Database.EnsureAsync(db, SettingRow.ClosedSeries + id, BitConverter.GetBytes(height), cancel);
        _closed[id] = height;
        Closed(log, id, height);
    }

    // Its sequencer takes nothing any more, for good: what the tables say stays so.
    private async Task LetGoAsync(ChainHost chain, MarketDb db, CancellationToken cancel)
    {
        var expired = instruments.All.Where(host => host.On == chain && host.Series.Current is { State: SeriesState.Expired }
            && host.Listing.Status == InstrumentStatus.Closed).ToList();
        if (expired.Count == 0) return;
        var moving = await UnderWay.OfAsync(db, [.. expired.Select(host => host.Id)], cancel);
        foreach (var host in expired.Where(host => !moving.Contains(host.Id)))
        {
            await instruments.CloseAsync(host, cancel);
            _ended.Add((host, clock.GetTimestamp()));
            await db.Settings.Where(s => s.Name == SettingRow.ClosedSeries + host.Id).ExecuteDeleteAsync(cancel);
            _closed.Remove(host.Id);
            _unfit.Remove(host.Id);
            LetGo(log, host.Id);
        }
    }

    private async Task DisposeEndedAsync(TimeSpan after)
    {
        foreach (var ended in _ended.Where(one => clock.GetElapsedTime(one.Since) >= after).ToList())
        {
            _ended.Remove(ended);
            await ended.Host.DisposeAsync();
        }
    }

    [LoggerMessage(LogLevel.Information, "{instrument} takes no new orders since block {height}")]
    private static partial void Closed(ILogger log, string instrument, int height);

    [LoggerMessage(LogLevel.Information, "{instrument} is expired, and nothing is under way in it")]
    private static partial void LetGo(ILogger log, string instrument);

    [LoggerMessage(LogLevel.Critical, "Series {number} of {sharechain} is not opened: {open} are open, more than a market keeps. "
        + "Swaps of expired ones have not ended")]
    private static partial void TooMany(ILogger log, string sharechain, int number, int open);
}
