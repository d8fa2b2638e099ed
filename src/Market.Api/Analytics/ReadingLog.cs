using Market.Api.Chains;
using Market.Api.Data;
using Market.Api.Realtime;
using Market.Chains;
using Market.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Analytics;

/// <summary>Keeps what an instrument says of a share's worth: once a minute, as it is said, with book and holders beside it.
/// </summary>
/// <param name="chains">The instrument's chains.</param>
/// <param name="instrument">The instrument.</param>
/// <param name="feed">Where it is said.</param>
/// <param name="database">Where it is kept.</param>
/// <param name="workers">Looks after this.</param>
/// <param name="clock">The clock.</param>
/// <param name="log">Told of failures.</param>
public sealed class ReadingLog(
    ChainPair chains, MarketInstrument instrument, MarketFeed feed, IDbContextFactory<MarketDb> database, Workers workers,
    TimeProvider clock, ILogger<ReadingLog> log) : BackgroundService
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly WakeUp _wake = new(clock);
    private long? _last;

    /// <inheritdoc/>
    public override void Dispose()
    {
        feed.Valued -= _wake.Call;
        _wake.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        feed.Valued += _wake.Call;
        return workers.Supervise(log, "The log of readings", clock).RepeatAsync(
            KeepAsync, stop => _wake.PauseAsync(Longest, stop), stoppingToken);
    }

    // A reading is of the minute in which it was said, whenever it is written.
    private async Task KeepAsync(CancellationToken stop)
    {
        if (feed.Discount.Value is not { } said) return;
        var minute = ReadingRow.MinuteOf(said.Time);
        if (minute == _last) return;
        var holders = await chains.Shares.GetHoldersAsync(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        await ReadingRow.WriteAsync(
            db,
            new WorthReading
            {
                Instrument = instrument.Id,
                Time = said.Time,
                Said = said,
                Market = BookFigures.Of(feed),
                Holders = Concentration.Of(holders),
            },
            stop);
        _last = minute;
    }
}
