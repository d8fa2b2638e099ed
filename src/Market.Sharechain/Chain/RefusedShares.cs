namespace Market.Sharechain;

/// <summary>
/// Shares that broke a rule, with the rule, by id: an id commits to every byte, so the same share is refused again without
/// a look. Only shares with real work come here. Bounded; the oldest are forgotten first, and checked anew when they come
/// again. Those that the store holds are never forgotten: they were found invalid after they were stored.
/// </summary>
internal sealed class RefusedShares
{
    /// <summary>Shares remembered at most.</summary>
    public const int Most = 4_096;

    private readonly Lock _lock = new();
    private readonly Dictionary<ShareId, ShareVerdict> _verdicts = [];
    private readonly Queue<ShareId> _order = new();
    private readonly HashSet<ShareId> _stored = [];

    /// <summary>Why a share was refused; null where it was not, or is forgotten.</summary>
    public ShareVerdict? Find(ShareId id)
    {
        lock (_lock)
        {
            return _verdicts.TryGetValue(id, out var verdict) ? verdict
                : _stored.Contains(id) ? ShareRefusal.ParentInvalid
                : null;
        }
    }

    /// <summary>Remembers a share that the store holds as invalid.</summary>
    public void AddStored(ShareId id)
    {
        lock (_lock)
        {
            _stored.Add(id);
        }
    }

    /// <summary>Remembers a share.</summary>
    public void Add(ShareId id, ShareVerdict verdict)
    {
        lock (_lock)
        {
            if (!_verdicts.TryAdd(id, verdict))
            {
                return;
            }

            _order.Enqueue(id);
            if (_order.Count > Most)
            {
                _verdicts.Remove(_order.Dequeue());
            }
        }
    }
}
