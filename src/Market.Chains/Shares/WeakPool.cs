using System.Collections.Immutable;
using Market.Sharechain;

namespace Market.Chains.Shares;

/// <summary>Weak shares that blocks may name, in order of arrival. Bounded: they cost little work. Safe for several threads.
/// </summary>
internal sealed class WeakPool
{
    /// <summary>Kept at most; the oldest go first. A block names 64.</summary>
    public const int Most = 512;

    /// <summary>Bytes of memory that they take at most. Most have few hundred; the longest coinbase alone has 20,000.</summary>
    public const long MostBytes = 4 * 1024 * 1024;

    /// <summary>Kept at most of those that wait for a mainchain block or for time.</summary>
    public const int MostWaiting = 64;

    // What was kept once is not taken again where it had to go: two nodes would pass it to and fro.
    private const int MostSeen = 4_096;

    // A weak share is named by one of the next three blocks; a reorganisation may want older ones.
    private const int Kept = 12;

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<ShareId, NamedShare> _shares = [];
    private readonly OrderedDictionary<ShareId, NamedShare> _waiting = [];
    private readonly Queue<ShareId> _order = new();
    private readonly HashSet<ShareId> _seen = [];
    private long _bytes;

    /// <summary>All of them, the oldest first.</summary>
    public ImmutableArray<NamedShare> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _shares.Values];
            }
        }
    }

    /// <summary>Those that wait, the oldest first.</summary>
    public ImmutableArray<NamedShare> Waiting
    {
        get
        {
            lock (_lock)
            {
                return [.. _waiting.Values];
            }
        }
    }

    /// <summary>How many wait.</summary>
    public int WaitingCount
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>True where it was kept here before, whether it still is or not.</summary>
    public bool IsSeen(ShareId id)
    {
        lock (_lock)
        {
            return _seen.Contains(id);
        }
    }

    /// <summary>Keeps one, and forgets those that no block can name any more.</summary>
    /// <param name="share">The share, found good.</param>
    /// <param name="height">Height of the tip.</param>
    /// <returns>False where it was here before.</returns>
    public bool Add(NamedShare share, int height)
    {
        lock (_lock)
        {
            foreach (var old in _shares.Values.Where(each => each.Header.Height + Kept < height).ToList())
            {
                _shares.Remove(old.Id);
                _bytes -= ShareMemory.Of(old);
            }

            if (!_seen.Add(share.Id))
            {
                return false;
            }

            _order.Enqueue(share.Id);
            if (_order.Count > MostSeen)
            {
                _seen.Remove(_order.Dequeue());
            }

            _shares.Add(share.Id, share);
            _bytes += ShareMemory.Of(share);
            while (_shares.Count > Most || _bytes > MostBytes)
            {
                _bytes -= ShareMemory.Of(_shares.GetAt(0).Value);
                _shares.RemoveAt(0);
            }

            return true;
        }
    }

    /// <summary>Has one wait.</summary>
    public void Wait(NamedShare share)
    {
        lock (_lock)
        {
            _waiting.TryAdd(share.Id, share);
            if (_waiting.Count > MostWaiting)
            {
                // The one of the least stated work, which cost the least to make: whatever waits for a parent that nobody has is
                // free.
                _waiting.Remove(_waiting.Values.MinBy(each => each.Header.WeakBits.Work())!.Id);
            }
        }
    }

    /// <summary>Takes those out that wait.</summary>
    public ImmutableArray<NamedShare> TakeWaiting()
    {
        lock (_lock)
        {
            var waiting = _waiting.Values.ToImmutableArray();
            _waiting.Clear();
            return waiting;
        }
    }
}
