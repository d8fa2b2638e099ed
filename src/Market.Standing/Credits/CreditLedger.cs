namespace Market.Standing;

/// <summary>
/// What keys have stored, and what of it is promised to calls that wait: a key offers the same credits to one call at a time. It
/// has no lock and no clock: whoever owns it asks one thing after another.
/// </summary>
/// <param name="most">Keys that it keeps at most.</param>
public sealed class CreditLedger(int most = CreditLedger.MostKeys) : ICreditStore
{
    /// <summary>Keys with credits, unless told otherwise: some 200 bytes each, 40 MB in all.</summary>
    public const int MostKeys = 200_000;

    private readonly Dictionary<string, Entry> _keys = new(StringComparer.Ordinal);

    /// <summary>How many keys have credits.</summary>
    public int Count => _keys.Count;

    /// <summary>All that a key has, what is promised included.</summary>
    public CreditUnits Of(string key) => _keys.TryGetValue(key, out var entry) ? entry.Stored : CreditUnits.None;

    /// <summary>What a key can still offer.</summary>
    public long FreeOf(string key) => _keys.TryGetValue(key, out var entry) ? entry.Stored.Units - entry.Promised : 0;

    /// <summary>Adds what a key earned.</summary>
    /// <returns>How much of it was kept: less than was earned where the key's store is full.</returns>
    public long Earn(string key, long earned)
    {
        var entry = _keys.GetValueOrDefault(key);
        var stored = entry.Stored.Plus(earned);
        if (stored > CreditUnits.None) _keys[key] = entry with { Stored = stored };
        return stored.Units - entry.Stored.Units;
    }

    /// <summary>Promises some of a key's credits to a call. False where it has not so many free.</summary>
    public bool TryPromise(string key, long units)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(units);
        if (units == 0) return true;
        if (FreeOf(key) < units) return false;
        var entry = _keys[key];
        _keys[key] = entry with { Promised = entry.Promised + units };
        return true;
    }

    /// <summary>Keeps a promise: the call was served, and has used some of what was promised to it; the rest is free
    /// again.</summary>
    /// <param name="key">Whose.</param>
    /// <param name="promised">What was promised.</param>
    /// <param name="used">What it used, at most as much.</param>
    public void Settle(string key, long promised, long used)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(used, promised);
        if (promised == 0) return;
        var entry = _keys[key];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(promised, entry.Promised);
        entry = new Entry(entry.Stored.Less(used), entry.Promised - promised);
        if (entry.Stored == CreditUnits.None) _keys.Remove(key);
        else _keys[key] = entry;
    }

    /// <summary>Above the bound: the keys that have the fewest credits, none of them promised, are forgotten until a tenth is free.
    /// </summary>
    /// <returns>Those that were forgotten.</returns>
    public IReadOnlyList<string> Forget()
    {
        if (_keys.Count <= most) return [];
        var gone = _keys.Where(pair => pair.Value.Promised == 0).OrderBy(pair => pair.Value.Stored.Units)
            .ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(_keys.Count - most + most / 10).Select(pair => pair.Key)
            .ToList();
        foreach (var key in gone) _keys.Remove(key);
        return gone;
    }

    private readonly record struct Entry(CreditUnits Stored, long Promised);
}
