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

    private readonly int[] _waiting = new int[3];
    private long _tickets;

    /// <summary>The next number of arrival.</summary>
    public long NextTicket() => Interlocked.Increment(ref _tickets);

    /// <summary>False when as many of its rank wait as may.</summary>
    public bool TryAdd(Work work)
    {
        if (Interlocked.Increment(ref _waiting[(int)work.Rank]) <= Bounds[(int)work.Rank] && _channel.Writer.TryWrite(work))
            return true;
        Interlocked.Decrement(ref _waiting[(int)work.Rank]);
        return false;
    }

    /// <summary>Waits until there is something.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancel) => _channel.Reader.WaitToReadAsync(cancel);

    /// <summary>Moves what waits into the list, until it has <paramref name="most"/>.</summary>
    public void Take(List<Work> into, int most)
    {
        while (into.Count < most && _channel.Reader.TryRead(out var work))
        {
            Interlocked.Decrement(ref _waiting[(int)work.Rank]);
            into.Add(work);
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
