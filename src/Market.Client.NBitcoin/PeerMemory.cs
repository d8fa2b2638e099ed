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

/// <summary>What all peers together know: which transactions were asked of whom, and who is not to be spoken to until
/// when.</summary>
internal sealed class PeerMemory(TimeProvider clock)
{
    /// <summary>How long a peer has for a transaction that it announced, before the next that did is asked for it, too.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private const int MostTransactions = 50_000;
    private const int MostPeers = 10_000;
    private const int MostAnnouncers = PeerOptions.MostNamed;
    private const int MostTimes = 3;

    private readonly Lock _lock = new();
    private readonly Dictionary<NB.uint256, Wanted> _wanted = [];
    private readonly Queue<NB.uint256> _order = [];
    private readonly HashSet<NB.uint256> _waiting = [];
    private readonly Dictionary<string, (DateTimeOffset Until, string Why)> _shunned = [];

    /// <summary>
    /// True where a peer that announces a transaction is to be asked for it now: the first one, and any other once the one
    /// before had its time. The others are remembered (<see cref="Due"/>): one that announces a transaction and keeps it to
    /// itself, however often, must not hide it while anybody else has it.
    /// </summary>
    public bool ShouldAsk(NB.uint256 id, string peer)
    {
        ArgumentNullException.ThrowIfNull(peer);
        lock (_lock)
        {
            var wanted = Find(id);
            if (wanted.IsHeard || wanted.Asked.Count(each => each == peer) >= MostTimes)
            {
                return false;
            }

            if (wanted.Asked.Count == 0 || wanted.IsDue(clock))
            {
                wanted.Ask(peer, clock);
                return true;
            }

            if (wanted.Waiting.Count < MostAnnouncers && !wanted.Waiting.Contains(peer))
            {
                wanted.Waiting.Enqueue(peer);
                _waiting.Add(id);
            }

            return false;
        }
    }

    /// <summary>Hears that a transaction came.</summary>
    /// <param name="id">What it was asked for by.</param>
    /// <param name="isEnough">False where another copy is wanted, since this one's witness may be false.</param>
    public void Heard(NB.uint256 id, bool isEnough)
    {
        lock (_lock)
        {
            if (_wanted.TryGetValue(id, out var wanted))
            {
                wanted.IsHeard |= isEnough;
                wanted.LastAsked = null;
                if (wanted.IsHeard)
                {
                    wanted.Waiting.Clear();
                    _waiting.Remove(id);
                }
            }
        }
    }

    /// <summary>The transactions that did not come in time, and the peer of each that is asked next.</summary>
    public List<(NB.uint256 Id, string Peer)> Due()
    {
        lock (_lock)
        {
            var due = new List<(NB.uint256, string)>();
            foreach (var id in _waiting.ToList())
            {
                var wanted = _wanted[id];
                if (wanted.IsDue(clock) && wanted.Waiting.TryDequeue(out var peer))
                {
                    wanted.Ask(peer, clock);
                    due.Add((id, peer));
                }

                if (wanted.Waiting.Count == 0)
                {
                    _waiting.Remove(id);
                }
            }

            return due;
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

    private Wanted Find(NB.uint256 id)
    {
        if (!_wanted.TryGetValue(id, out var wanted))
        {
            _wanted.Add(id, wanted = new Wanted());
            _order.Enqueue(id);
            if (_order.Count > MostTransactions)
            {
                var oldest = _order.Dequeue();
                _wanted.Remove(oldest);
                _waiting.Remove(oldest);
            }
        }

        return wanted;
    }

    private sealed class Wanted
    {
        public List<string> Asked { get; } = new(1);

        public Queue<string> Waiting { get; } = new(0);

        public long? LastAsked { get; set; }

        public bool IsHeard { get; set; }

        public bool IsDue(TimeProvider clock) => LastAsked is not { } last || clock.GetElapsedTime(last) >= Patience;

        public void Ask(string peer, TimeProvider clock)
        {
            Asked.Add(peer);
            LastAsked = clock.GetTimestamp();
        }
    }
}
