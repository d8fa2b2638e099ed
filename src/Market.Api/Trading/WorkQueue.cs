using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Market.Api.Trading;

/// <summary>
/// What waits for the sequencer: many writers, one reader, swaps before cancels before orders. Each rank has its own
/// bound, so that a flood of orders leaves room for cancels and swaps.
/// </summary>
internal sealed class WorkQueue
{
    /// <summary>New orders that may wait.</summary>
    public const int MaxOrders = 8_192;

    /// <summary>Cancels that may wait.</summary>
    public const int MaxCancels = 8_192;

    /// <summary>Ends of swaps and the market's own doings that may wait.</summary>
    public const int MaxSwaps = 65_536;

    private static readonly int[] Bounds = [MaxSwaps, MaxCancels, MaxOrders];

    private readonly Channel<Work> _channel = Channel.CreateUnboundedPrioritized(
        new UnboundedPrioritizedChannelOptions<Work> { Comparer = new ByRank() });

    // New orders that have been read and wait for face value to be known: bounded as those that wait are.
    private readonly ConcurrentQueue<Work> _held = new();
    private readonly int[] _waiting = new int[3];
    private long _tickets;

    /// <summary>The next number of arrival.</summary>
    public long NextTicket() => Interlocked.Increment(ref _tickets);

    /// <summary>False when as many of its rank wait as may.</summary>
    public bool TryAdd(Work work)
    {
        if (Interlocked.Add(ref _waiting[(int)work.Rank], work.Count) <= Bounds[(int)work.Rank]
            && _channel.Writer.TryWrite(work)) return true;
        Interlocked.Add(ref _waiting[(int)work.Rank], -work.Count);
        return false;
    }

    /// <summary>How many of a rank wait.</summary>
    public int WaitingOf(WorkRank rank) => Volatile.Read(ref _waiting[(int)rank]);

    /// <summary>Whether new orders are held back.</summary>
    public bool HasHeld => !_held.IsEmpty;

    /// <summary>Waits until there is something.</summary>
    /// <param name="holds">Whether new orders are held back; whoever waits so is woken by a work of another rank.</param>
    /// <param name="cancel">Stops waiting.</param>
    public ValueTask<bool> WaitAsync(bool holds, CancellationToken cancel) =>
        !holds && HasHeld ? ValueTask.FromResult(true) : _channel.Reader.WaitToReadAsync(cancel);

    /// <summary>Moves what waits into the list, until it has <paramref name="most"/>, or a little more where works are to be
    /// carried out together.</summary>
    /// <param name="into">The list.</param>
    /// <param name="most">How many.</param>
    /// <param name="holds">Whether new orders are held back, in their order.</param>
    public void Take(List<Work> into, int most, bool holds = false)
    {
        while (into.Count < most)
        {
            var isRead = _channel.Reader.TryRead(out var work);
            if (work is null || work.Rank == WorkRank.Orders)
            {
                if (work is not null) _held.Enqueue(work);
                if (holds && isRead) continue;
                if (holds || !_held.TryDequeue(out work)) break;
            }
            Interlocked.Add(ref _waiting[(int)work.Rank], -work.Count);
            if (work is Work.Together together) into.AddRange(together.Parts);
            else into.Add(work);
        }
    }

    private sealed class ByRank : IComparer<Work>
    {
        public int Compare(Work? x, Work? y)
        {
            var byRank = x!.Rank.CompareTo(y!.Rank);
            return byRank != 0 ? byRank : x.Ticket.CompareTo(y.Ticket);
        }
    }
}
