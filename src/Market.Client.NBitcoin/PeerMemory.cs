using NB = global::NBitcoin;

namespace Market.Client.NBitcoin;

/// <summary>The newest ids, up to a number. Safe for several threads.</summary>
internal sealed class RecentIds(int limit)
{
    private readonly Lock _lock = new();
    private readonly HashSet<NB.uint256> _ids = [];
    private readonly Queue<NB.uint256> _order = [];

    public bool Contains(NB.uint256 id)
    {
        lock (_lock)
        {
            return _ids.Contains(id);
        }
    }

    /// <summary>False where it was there.</summary>
    public bool Add(NB.uint256 id)
    {
        lock (_lock)
        {
            if (!_ids.Add(id))
            {
                return false;
            }

            _order.Enqueue(id);
            if (_order.Count > limit)
            {
                _ids.Remove(_order.Dequeue());
            }

            return true;
        }
    }
}

/// <summary>What all peers together know: which transactions were asked for, and who is not to be spoken to until when.</summary>
internal sealed class PeerMemory(TimeProvider clock)
{
    private const int MostTransactions = 50_000;
    private const int MostPeers = 10_000;
    private const int MostAskers = 3;
    private const int MostTimes = 3;

    private readonly Lock _lock = new();
    private readonly Dictionary<NB.uint256, List<string>> _asked = [];
    private readonly Queue<NB.uint256> _order = [];
    private readonly Dictionary<string, (DateTimeOffset Until, string Why)> _shunned = [];

    /// <summary>
    /// True for the first peers that announce a transaction, a few times each, since a connection may break: one that never
    /// delivers must not hide it, however often it announces it.
    /// </summary>
    public bool ShouldAsk(NB.uint256 id, string peer)
    {
        ArgumentNullException.ThrowIfNull(peer);
        lock (_lock)
        {
            if (!_asked.TryGetValue(id, out var peers))
            {
                _asked.Add(id, peers = new List<string>(1));
                _order.Enqueue(id);
                if (_order.Count > MostTransactions)
                {
                    _asked.Remove(_order.Dequeue());
                }
            }

            var before = peers.Count(each => each == peer);
            if (before >= MostTimes || (before == 0 && peers.Distinct().Count() >= MostAskers))
            {
                return false;
            }

            peers.Add(peer);
            return true;
        }
    }

    /// <summary>Does not speak to a peer for a while.</summary>
    public void Shun(string peer, TimeSpan span, string why)
    {
        lock (_lock)
        {
            if (_shunned.Count >= MostPeers)
            {
                _shunned.Remove(_shunned.MinBy(each => each.Value.Until).Key);
            }

            _shunned[peer] = (clock.GetUtcNow() + span, why);
        }
    }

    /// <summary>Why a peer is not spoken to now; null where it may be.</summary>
    public string? WhyShunned(string peer)
    {
        lock (_lock)
        {
            return _shunned.TryGetValue(peer, out var entry) && entry.Until > clock.GetUtcNow() ? entry.Why : null;
        }
    }
}
