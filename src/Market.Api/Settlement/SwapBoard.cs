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

    /// <summary>Shows the swaps of an instrument from now on.</summary>
    /// <param name="instrument">Its id.</param>
    /// <param name="view">How they are shown.</param>
    /// <param name="clock">Its chains.</param>
    public void Show(string instrument, SwapView view, SwapClock clock) => _shown[instrument] = (view, clock);

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
        return row is null || !_shown.ContainsKey(row.Instrument) ? null : For(row, Show(row), account);
    }

    /// <summary>Shows a row.</summary>
    public SwapDetail Show(SwapRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return _open.TryGetValue(row.Id, out var open)
            ? open.Detail
            : _shown[row.Instrument].View.Detail(row, SwapJson.ReadSwap(row.Machine), _shown[row.Instrument].Clock.Now());
    }

    /// <summary>Shows a row as lists do. One that is closed is read and worded once a block, however often it is asked for.
    /// </summary>
    public SwapSummary Summarize(SwapRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (_open.TryGetValue(row.Id, out var open)) return open.Detail.Summary;
        var tips = _shown[row.Instrument].Clock.Now();
        return row.Closed
            ? _closed.Of(row, tips, () => Summarize(row, tips))
            : Summarize(row, tips);
    }

    private SwapSummary Summarize(SwapRow row, SwapTips tips) =>
        _shown[row.Instrument].View.Summary(row, SwapJson.ReadSwap(row.Machine), tips);

    /// <summary>Adds an instrument's newest to the stream's snapshot at the start, oldest first.</summary>
    internal void Fill(IEnumerable<SwapSummary> oldestFirst) => _topic.Fill(oldestFirst);

    /// <summary>A swap stands like this now: tells everybody who listens, if it is news.</summary>
    internal void Put(SwapRow row, Swap swap, SwapTips tips)
    {
        var detail = _shown[row.Instrument].View.Detail(row, swap, tips);
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
