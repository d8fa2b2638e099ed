using Market.Api.Data;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Chains;
using Market.Contracts;
using Market.Trading;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Instruments;

/// <summary>
/// Cancels all orders of a key when it was not heard of for as long as it said, or when a stream ends that it tied them to. What is
/// set is on disk before it is answered: what ran out while no server ran, and every stream of one that is gone, fires at the next
/// start. A switch is let go once nothing of the key is open any more.
/// </summary>
public sealed class DeadManSwitch : BackgroundService
{
    private const string OfTimers = "timer:";
    private const string OfStreams = "stream:";
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly InstrumentSet _instruments;
    private readonly AccountDirectory _accounts;
    private readonly IDbContextFactory<MarketDb> _database;
    private readonly TimeProvider _clock;
    private readonly Supervised _supervised;
    private readonly WakeUp _wake;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (string Key, DateTimeOffset Due)> _set = new(StringComparer.Ordinal);

    /// <summary>Made by the container; runs as long as the host.</summary>
    public DeadManSwitch(InstrumentSet instruments, AccountDirectory accounts, IDbContextFactory<MarketDb> database,
        TimeProvider clock, ILogger<DeadManSwitch> log)
    {
        (_instruments, _accounts, _database, _clock) = (instruments, accounts, database, clock);
        _supervised = log.Supervise("The dead man's switch", clock);
        _wake = new WakeUp(clock);
    }

    /// <summary>Reads what was set before; before the first request.</summary>
    public async Task LoadAsync(MarketDb db, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        var rows = await db.Set<DeadManRow>().AsNoTracking().ToListAsync(cancel);
        var now = _clock.GetUtcNow();
        lock (_gate)
        {
            foreach (var row in rows) _set[row.Id] = (row.Key, row.Due ?? now);
        }
    }

    /// <summary>Sets or renews a key's timer, or (0) turns it off. One that ran out fires first.</summary>
    /// <param name="key">The account's key.</param>
    /// <param name="seconds">From now on.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>When it fires; null where it is off.</returns>
    public async Task<Result<DateTimeOffset?>> SetAsync(string key, int seconds, CancellationToken cancel)
    {
        var id = OfTimers + key;
        await _turn.WaitAsync(cancel);
        try
        {
            if (IsDue(id) && !await FireAsync(id, cancel))
                return new Refusal(ProblemCodes.Unavailable, "The switch has fired, and not all orders are cancelled yet.");
            DateTimeOffset? due = seconds == 0
                ? null
                : DateTimeOffset.FromUnixTimeMilliseconds(_clock.GetUtcNow().ToUnixTimeMilliseconds()).AddSeconds(seconds);
            await WriteAsync(id, due is null ? null : new DeadManRow { Id = id, Key = key, Due = due }, cancel);
            lock (_gate)
            {
                if (due is { } time) _set[id] = (key, time);
                else _set.Remove(id);
            }
            _wake.Call();
            return due;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ties a key's orders to a stream that begins.</summary>
    /// <returns>The stream's name, to be handed to <see cref="Ended"/>.</returns>
    public async Task<string> TieAsync(string key, CancellationToken cancel)
    {
        var id = OfStreams + Guid.NewGuid().ToString("N");
        await WriteAsync(id, new DeadManRow { Id = id, Key = key }, cancel);
        lock (_gate) _set[id] = (key, DateTimeOffset.MaxValue);
        return id;
    }

    /// <summary>A stream has ended: the orders that were tied to it are cancelled.</summary>
    /// <param name="stream">Its name.</param>
    public void Ended(string stream)
    {
        lock (_gate)
        {
            if (_set.TryGetValue(stream, out var tied)) _set[stream] = (tied.Key, _clock.GetUtcNow());
        }
        _wake.Call();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _wake.Dispose();
        _turn.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        _supervised.RepeatAsync(FireDueAsync, WaitAsync, stoppingToken);

    private async Task FireDueAsync(CancellationToken stop)
    {
        string[] due;
        lock (_gate) due = [.. _set.Where(one => one.Value.Due <= _clock.GetUtcNow()).Select(one => one.Key)];
        foreach (var id in due)
        {
            await _turn.WaitAsync(stop);
            try
            {
                // It may have been renewed while others were fired.
                if (IsDue(id)) await FireAsync(id, stop);
            }
            finally
            {
                _turn.Release();
            }
        }
    }

    private Task WaitAsync(CancellationToken stop)
    {
        DateTimeOffset? next;
        lock (_gate) next = _set.Count == 0 ? null : _set.Values.Min(one => one.Due);
        var now = _clock.GetUtcNow();
        // What is due still could not be done: an instrument does not take cancels now.
        var pause = next is not { } time || time - now > Longest ? Longest : time <= now ? Again : time - now;
        return _wake.PauseAsync(pause, stop);
    }

    private bool IsDue(string id)
    {
        lock (_gate) return _set.TryGetValue(id, out var one) && one.Due <= _clock.GetUtcNow();
    }

    /// <summary>Cancels what is open of the key; false where some of it may still be.</summary>
    private async Task<bool> FireAsync(string id, CancellationToken cancel)
    {
        string key;
        lock (_gate) key = _set[id].Key;
        var account = await _accounts.FindAsync(key, cancel);
        if (account.Exists)
        {
            var among = _instruments.All;
            var results = await Task.WhenAll(
                among.Select(host => host.Sequencer.ExecuteAsync(Command.CancelAll(account), cancel)));
            var failed = among.Where((_, at) => !results[at].IsOk).Select(host => host.Id).ToArray();
            if (failed.Length > 0)
            {
                await using var db = await _database.CreateDbContextAsync(cancel);
                if (await OrderQueries.IsAnyOpenAsync(db, key, failed, cancel)) return false;
            }
        }
        await WriteAsync(id, null, cancel);
        lock (_gate) _set.Remove(id);
        return true;
    }

    private async Task WriteAsync(string id, DeadManRow? row, CancellationToken cancel)
    {
        await using var db = await _database.CreateDbContextAsync(cancel);
        await db.Set<DeadManRow>().Where(d => d.Id == id).ExecuteDeleteAsync(cancel);
        if (row is null) return;
        db.Add(row);
        await db.SaveChangesAsync(cancel);
    }
}
