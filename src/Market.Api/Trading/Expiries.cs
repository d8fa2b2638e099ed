using Market.Api.Data;
using Market.Trading;

namespace Market.Api.Trading;

/// <summary>
/// The times of a book's orders that are good till a date, and the timer that wakes the sequencer for the next of them. What is
/// due is decided by the time of a batch and journaled as commands: a replay needs no clock. For the sequencer alone.
/// </summary>
/// <param name="clock">Runs the timer.</param>
/// <param name="wake">Makes the sequencer carry out a batch, also one without works.</param>
internal sealed class Expiries(TimeProvider clock, Action wake) : IDisposable
{
    // A timer takes no more than 49 days.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly SortedSet<(long Time, ulong Order)> _next = [];
    private ITimer? _timer;

    /// <summary>Starts anew from the tables. What ran out meanwhile is due.</summary>
    public void Restart(IEnumerable<OrderRow> live)
    {
        _next.Clear();
        foreach (var row in live) Add(row);
    }

    /// <summary>A new order; one that does not expire is passed by.</summary>
    public void Add(OrderRow row)
    {
        if (row.ExpiresAt is { } time) _next.Add((time.ToUnixTimeMilliseconds(), (ulong)row.Id));
    }

    /// <summary>An order that is done.</summary>
    public void Remove(OrderRow row)
    {
        if (row.ExpiresAt is { } time) _next.Remove((time.ToUnixTimeMilliseconds(), (ulong)row.Id));
    }

    /// <summary>Takes the next order whose time has come: by time, then by number.</summary>
    /// <param name="now">Unix milliseconds.</param>
    /// <param name="order">The order.</param>
    public bool TryTake(long now, out OrderId order)
    {
        order = _next.Count > 0 && _next.Min.Time <= now ? new OrderId(_next.Min.Order) : default;
        return order.Exists && _next.Remove(_next.Min);
    }

    /// <summary>Sets the timer to the next time, if there is one.</summary>
    public void Arm()
    {
        if (_next.Count == 0) return;
        // A timer that is early by a little is set again, and not in a circle.
        var wait = TimeSpan.FromMilliseconds(Math.Clamp(
            _next.Min.Time - clock.GetUtcNow().ToUnixTimeMilliseconds(), 1, (long)LongestWait.TotalMilliseconds));
        _timer ??= clock.CreateTimer(_ => wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();
}
