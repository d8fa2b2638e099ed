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

    // A weak share is named by one of the next three blocks; a reorganisation may want older ones.
    private const int Kept = 12;

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<ShareId, NamedShare> _shares = [];
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

    /// <summary>Keeps one, and forgets those that no block can name any more.</summary>
    /// <param name="share">The share, found good.</param>
    /// <param name="height">Height of the tip.</param>
    /// <returns>False where it is here already.</returns>
    public bool Add(NamedShare share, int height)
    {
        lock (_lock)
        {
            foreach (var old in _shares.Values.Where(each => each.Header.Height + Kept < height).ToList())
            {
                _shares.Remove(old.Id);
                _bytes -= ShareMemory.Of(old);
            }

            if (!_shares.TryAdd(share.Id, share))
            {
                return false;
            }

            _bytes += ShareMemory.Of(share);
            while (_shares.Count > Most || _bytes > MostBytes)
            {
                _bytes -= ShareMemory.Of(_shares.GetAt(0).Value);
                _shares.RemoveAt(0);
            }

            return true;
        }
    }
}
