using Market.Api.Data;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Contracts;
using Market.Trading;

namespace Market.Api.Trading;

/// <summary>Once a batch is on disk: tells who waits what became of each command, and the streams what happened.</summary>
internal sealed class BatchAnswers(Projection projection, MarketFeed feed, ILogger log)
{
    /// <summary>Answers everybody who waits, then publishes.</summary>
    /// <param name="batch">What was carried out.</param>
    /// <param name="events">What came of it, folded into the projection.</param>
    /// <param name="recount">What was counted again because it withdrew final trades; null where it withdrew none.</param>
    /// <param name="time">When.</param>
    public void Publish(List<Work> batch, EventBuffer events, TapeRecount? recount, DateTimeOffset time)
    {
        var orders = projection.Changed.ToDictionary(o => o.Key, o => OrderMapping.ToContract(o.Value));
        foreach (var work in batch) work.Done.TrySetResult(Answer(work, events.Events, orders));
        try
        {
            feed.Committed(events.Events, [.. projection.Trades], projection.TradeChanges, recount, time);
            foreach (var (id, order) in orders) feed.OrderChanged(projection.Changed[id].Row.Key, order);
            foreach (var trade in projection.Trades.Concat(projection.TradeChanges.Select(c => c.Trade)))
            {
                feed.Filled(trade.MakerKey, OrderMapping.ToFill(trade, maker: true, projection.NameOf(trade.MakerOrder)));
                feed.Filled(trade.TakerKey, OrderMapping.ToFill(trade, maker: false, projection.NameOf(trade.TakerOrder)));
            }
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KeyNotFoundException)
        {
            // What is committed and answered stays so; a reader of the streams finds the gap and asks again.
            log.LogError(e, "Publishing what was committed at {Time} failed", time);
        }
    }

    private Result<Outcome> Answer(Work work, ReadOnlySpan<BookEvent> events, Dictionary<ulong, Order> orders)
    {
        if (work.Refusal is { } refusal) return refusal;
        if (work is Work.Placing { First: { Exists: true } first }) return new Outcome { First = first };
        var (from, to) = work.Events;
        var mine = events[from..to];
        if (mine.IsEmpty || work is Work.Repricing) return new Outcome();
        if (mine[0].Kind == EventKind.Rejected) return OrderMapping.ToRefusal(mine[0].Reason);
        var outcome = new Outcome { Sequence = mine[0].Command };
        if (mine[0].Kind == EventKind.Duplicate) return outcome with { First = mine[0].Order };
        List<Order> about = [];
        List<Fill> fills = [];
        foreach (ref readonly var e in mine)
        {
            if (e.Kind is EventKind.Accepted or EventKind.Amended or EventKind.Cancelled or EventKind.Reduced
                && !about.Exists(Is(e.Order)) && orders.TryGetValue(e.Order.Value, out var order)) about.Add(order);
            if (e.Kind == EventKind.Trade && work is (Work.Placing or Work.Amending)) fills.Add(FillOf(e.Trade));
        }
        return outcome with { Orders = about, Fills = fills };
    }

    private static Predicate<Order> Is(OrderId id)
    {
        var text = id.ToString();
        return o => o.Id == text;
    }

    private Fill FillOf(TradeId id)
    {
        var trade = projection.Trades.Find(t => t.Id == (long)id.Value)!;
        return OrderMapping.ToFill(trade, maker: false, projection.NameOf(trade.TakerOrder));
    }
}
