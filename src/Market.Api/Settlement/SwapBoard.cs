using System.Collections.Concurrent;
using System.Text.Json;
using Market.Api.Data;
using Market.Api.Realtime;
using Market.Contracts;
using Market.Swaps;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Settlement;

/// <summary>What readers see of the swaps of all instruments: the moving ones in memory as last told, the others from the tables.
/// Also tells the streams.</summary>
public sealed class SwapBoard
{
    /// <summary>Swaps that the stream's snapshot has.</summary>
    public const int Newest = 100;

    private readonly ConcurrentDictionary<string, (SwapRow Row, SwapDetail Detail, byte[] Told)> _open =
        new(StringComparer.Ordinal);
    private readonly ClosedSwaps _closed = new();
    private readonly ListTopic<SwapSummary> _topic;
    private readonly Topics _topics;
    private readonly IDbContextFactory<MarketDb> _database;
    private readonly ConcurrentDictionary<string, (SwapView View, SwapClock Clock)> _shown = new(StringComparer.Ordinal);

    /// <summary>An empty board.</summary>
    public SwapBoard(Topics topics, IDbContextFactory<MarketDb> database, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(topics);
        _topics = topics;
        _database = database;
        _topic = new ListTopic<SwapSummary>(Channels.Swaps, Newest, newestFirst: true, s => s.Id, clock, s => s.CreatedAt.UtcTicks);
        topics.Register(_topic);
        topics.RegisterSwaps(async (id, cancel) => await FindAsync(id, null, cancel));
        topics.RegisterPrivate(Channels.MySwaps, (account, _) => ValueTask.FromResult<object?>(MineOpen(account)));
    }

    /// <summary>Shows the swaps of all instruments of a sharechain from now on, those that are gone included.</summary>
    /// <param name="design">The sharechain's design.</param>
    /// <param name="view">How they are shown.</param>
    /// <param name="clock">Its chains.</param>
    public void Show(string design, SwapView view, SwapClock clock) => _shown[design] = (view, clock);

    private (SwapView View, SwapClock Clock)? ShownOf(string instrument) =>
        Instrument.TryParseId(instrument, out var design, out _) && _shown.TryGetValue(design, out var shown) ? shown : null;

    // Of what is shown there is a sharechain: its swaps are not read where there is none.
    private (SwapView View, SwapClock Clock) Of(SwapRow row) =>
        ShownOf(row.Instrument) ?? throw new InvalidOperationException($"No sharechain of {row.Instrument} is open.");

    /// <summary>Swaps of an instrument on their way.</summary>
    public int MovingOf(string instrument) => _open.Values.Count(o => IsMoving(o.Row, o.Detail, instrument));

    /// <summary>Swaps of an instrument that may still settle.</summary>
    public int HopefulOf(string instrument) =>
        _open.Values.Count(o => IsMoving(o.Row, o.Detail, instrument) && o.Row.FailedBy is null);

    private static bool IsMoving(SwapRow row, SwapDetail detail, string instrument) =>
        row.Instrument == instrument && detail.Summary.Outcome == SwapOutcome.Moving;

    /// <summary>The instrument of a swap; null where there is no such swap.</summary>
    public async ValueTask<string?> InstrumentOfAsync(string id, CancellationToken cancel)
    {
        if (_open.TryGetValue(id, out var open)) return open.Row.Instrument;
        await using var db = await _database.CreateDbContextAsync(cancel);
        return await db.Set<SwapRow>().AsNoTracking().Where(s => s.Id == id).Select(s => s.Instrument).SingleOrDefaultAsync(cancel);
    }

    /// <summary>One swap as a key sees it; null when there is none.</summary>
    public async ValueTask<SwapDetail?> FindAsync(string id, string? account, CancellationToken cancel)
    {
        if (_open.TryGetValue(id, out var open)) return For(open.Row, open.Detail, account);
        await using var db = await _database.CreateDbContextAsync(cancel);
        var row = await db.Set<SwapRow>().AsNoTracking().SingleOrDefaultAsync(s => s.Id == id, cancel);
        return row is null || ShownOf(row.Instrument) is null ? null : For(row, Show(row), account);
    }

    /// <summary>The swaps that transactions belong to, by transaction; those that no swap knows are left out. The database is let
    /// go
    /// before this returns.</summary>
    public async ValueTask<IReadOnlyDictionary<string, SwapOfTransaction>> OfTransactionsAsync(
        IReadOnlyCollection<string> transactions, CancellationToken cancel)
    {
        if (transactions.Count == 0) return new Dictionary<string, SwapOfTransaction>();
        await using var db = await _database.CreateDbContextAsync(cancel);
        var found = await db.Set<SwapTransactionRow>().AsNoTracking().Where(t => transactions.Contains(t.TransactionId))
            .Join(db.Set<SwapRow>(), t => t.SwapId, s => s.Id, (t, s) => new { t.TransactionId, s.Id, s.Outcome, s.Quantity })
            .ToListAsync(cancel);
        return found.DistinctBy(one => one.TransactionId)
            .ToDictionary(
                one => one.TransactionId, one => new SwapOfTransaction(one.Id, one.Outcome, one.Quantity), StringComparer.Ordinal);
    }

    /// <summary>Swaps whose ids begin with some digits, with their instruments.</summary>
    /// <param name="digits">Lower case hex digits.</param>
    /// <param name="most">So many at most.</param>
    /// <param name="cancel">Gives up.</param>
    public async ValueTask<IReadOnlyList<(string Id, string Instrument)>> BeginningAsync(
        string digits, int most, CancellationToken cancel)
    {
        await using var db = await _database.CreateDbContextAsync(cancel);
        // A range of the key, which an index of it answers whatever the database's collation is.
        var found = await db.Set<SwapRow>().AsNoTracking()
            .Where(s => string.Compare(s.Id, digits) >= 0 && string.Compare(s.Id, digits + "g") < 0)
            .OrderByDescending(s => s.Number).Take(most).Select(s => new { s.Id, s.Instrument }).ToListAsync(cancel);
        return [.. found.Select(one => (one.Id, one.Instrument))];
    }

    /// <summary>Shows a row.</summary>
    public SwapDetail Show(SwapRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (_open.TryGetValue(row.Id, out var open)) return open.Detail;
        var (view, clock) = Of(row);
        return view.Detail(row, SwapJson.ReadSwap(row.Machine), clock.Now());
    }

    /// <summary>Shows a row as lists do. One that is closed is read and worded once a block, however often it is asked for.
    /// </summary>
    public SwapSummary Summarize(SwapRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (_open.TryGetValue(row.Id, out var open)) return open.Detail.Summary;
        var tips = Of(row).Clock.Now();
        return row.Closed
            ? _closed.Of(row, tips, () => Summarize(row, tips))
            : Summarize(row, tips);
    }

    private SwapSummary Summarize(SwapRow row, SwapTips tips) =>
        Of(row).View.Summary(row, SwapJson.ReadSwap(row.Machine), tips);

    /// <summary>Adds an instrument's newest to the stream's snapshot at the start, oldest first.</summary>
    internal void Fill(IEnumerable<SwapSummary> oldestFirst) => _topic.Fill(oldestFirst);

    /// <summary>A swap stands like this now: tells everybody who listens, if it is news.</summary>
    internal void Put(SwapRow row, Swap swap, SwapTips tips)
    {
        var detail = Of(row).View.Detail(row, swap, tips);
        // Lists compare by reference, so what was told is compared as it was written.
        var told = JsonSerializer.SerializeToUtf8Bytes(detail, MarketJson.Options);
        var known = _open.TryGetValue(row.Id, out var before);
        if (swap.Closed) _open.TryRemove(row.Id, out _);
        else _open[row.Id] = (row, detail, told);
        if (known && before.Told.AsSpan().SequenceEqual(told)) return;
        if (!known || before.Detail.Summary != detail.Summary) _topic.Put(detail.Summary);
        _topics.TellSwap(row.Id, detail);
        _topics.TellAccount(Channels.MySwaps, row.SellerKey, For(row, detail, row.SellerKey));
        if (row.BuyerKey != row.SellerKey)
            _topics.TellAccount(Channels.MySwaps, row.BuyerKey, For(row, detail, row.BuyerKey));
    }

    /// <summary>The role of a key in a swap; null for none. Nobody trades with himself, so there is at most one.</summary>
    public static SwapRole? RoleOf(SwapRow row, string? account)
    {
        ArgumentNullException.ThrowIfNull(row);
        return account is null ? null
            : account == row.SellerKey ? SwapRole.Seller
            : account == row.BuyerKey ? SwapRole.Buyer
            : null;
    }

    private List<SwapDetail> MineOpen(string account) => [.. _open.Values
        .Where(o => RoleOf(o.Row, account) is not null).OrderByDescending(o => o.Row.Number)
        .Select(o => For(o.Row, o.Detail, account))];

    private static SwapDetail For(SwapRow row, SwapDetail detail, string? account) =>
        detail with { Role = RoleOf(row, account) };
}

/// <summary>The swap that a transaction belongs to.</summary>
/// <param name="Id">The swap.</param>
/// <param name="Outcome">How it stands.</param>
/// <param name="Quantity">Base units that it swapped.</param>
public readonly record struct SwapOfTransaction(string Id, SwapOutcome Outcome, long Quantity);
