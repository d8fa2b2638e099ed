using Market.Bitcoin;

namespace Market.Chains.Watching;

/// <summary>
/// What one reader of a watcher wants to be told of. Several may want the same: it is watched until the last of them does not any
/// more, so nobody's coin goes unseen because another has done with it. Safe for several threads.
/// </summary>
public sealed class SharedWatch
{
    private readonly WatchOwners _owners;
    private readonly HashSet<Script> _scripts = [];
    private readonly HashSet<OutPoint> _outPoints = [];

    internal SharedWatch(WatchOwners owners) => _owners = owners;

    /// <summary>
    /// Watches for payments to a script, and for spends of them. Any time, any number of times; what is there already,
    /// in blocks from the height on and unconfirmed, is found too.
    /// </summary>
    /// <returns>False where there is no room, and it is not watched.</returns>
    public bool Watch(Script script, int fromHeight) => _owners.Watch(_scripts, script, fromHeight);

    /// <summary>Watches for spends of one output, from a height on.</summary>
    /// <returns>False where there is no room, and it is not watched.</returns>
    public bool Watch(OutPoint outPoint, int fromHeight) => _owners.Watch(_outPoints, outPoint, fromHeight);

    /// <summary>Wants a script, and all that paid it, no more.</summary>
    public void Unwatch(Script script) => _owners.Unwatch(_scripts, script);

    /// <summary>Wants an output no more.</summary>
    public void Unwatch(OutPoint outPoint) => _owners.Unwatch(_outPoints, outPoint);
}

/// <summary>How many readers want what, and the follower that watches it.</summary>
/// <param name="follower">Watches.</param>
/// <param name="lookNow">Something new is to be watched.</param>
internal sealed class WatchOwners(ChainFollower follower, Action lookNow)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Script, int> _scripts = [];
    private readonly Dictionary<OutPoint, int> _outPoints = [];

    public bool Watch(HashSet<Script> own, Script script, int fromHeight) =>
        Watch(own, _scripts, script, () => follower.Watch(script, fromHeight));

    public bool Watch(HashSet<OutPoint> own, OutPoint outPoint, int fromHeight) =>
        Watch(own, _outPoints, outPoint, () => follower.Watch(outPoint, fromHeight));

    public void Unwatch(HashSet<Script> own, Script script) => Unwatch(own, _scripts, script, follower.Unwatch);

    public void Unwatch(HashSet<OutPoint> own, OutPoint outPoint) => Unwatch(own, _outPoints, outPoint, follower.Unwatch);

    private bool Watch<TKey>(HashSet<TKey> own, Dictionary<TKey, int> owners, TKey key, Func<bool> watch)
        where TKey : notnull
    {
        lock (_lock)
        {
            if (!watch())
            {
                return false;
            }

            if (own.Add(key))
            {
                owners[key] = owners.GetValueOrDefault(key) + 1;
            }
        }

        lookNow();
        return true;
    }

    private void Unwatch<TKey>(HashSet<TKey> own, Dictionary<TKey, int> owners, TKey key, Action<TKey> unwatch)
        where TKey : notnull
    {
        lock (_lock)
        {
            if (!own.Remove(key) || --owners[key] > 0)
            {
                return;
            }

            owners.Remove(key);
            unwatch(key);
        }
    }
}
