using Market.Standing;

namespace Market.Api.Standing;

/// <summary>What raises the tiers of keys, by key and by proof. Safe from any thread.</summary>
internal sealed class StandingHolds
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(StandingSource, string), StandingHold> _byProof = [];
    private readonly Dictionary<string, List<StandingHold>> _byKey = new(StringComparer.Ordinal);

    /// <summary>How many there are.</summary>
    public int Count
    {
        get { lock (_gate) return _byProof.Count; }
    }

    /// <summary>Those of a key.</summary>
    public IReadOnlyList<StandingHold> Of(string key)
    {
        lock (_gate) return _byKey.TryGetValue(key, out var list) ? [.. list] : [];
    }

    /// <summary>That of a proof.</summary>
    public StandingHold? Find(StandingSource source, string proofId)
    {
        lock (_gate) return _byProof.GetValueOrDefault((source, proofId));
    }

    /// <summary>Those of a source.</summary>
    public IReadOnlyList<StandingHold> From(StandingSource source)
    {
        lock (_gate) return [.. _byProof.Values.Where(hold => hold.Source == source)];
    }

    /// <summary>Whether a proof is among them.</summary>
    public bool Has(StandingSource source, string proofId)
    {
        lock (_gate) return _byProof.ContainsKey((source, proofId));
    }

    /// <summary>Puts one in place of what its proof had before.</summary>
    public void Set(StandingHold hold)
    {
        lock (_gate)
        {
            Remove((hold.Source, hold.ProofId));
            _byProof[(hold.Source, hold.ProofId)] = hold;
            if (!_byKey.TryGetValue(hold.Key, out var list)) _byKey[hold.Key] = list = [];
            list.Add(hold);
        }
    }

    /// <summary>Takes one away.</summary>
    public void Remove(StandingSource source, string proofId)
    {
        lock (_gate) Remove((source, proofId));
    }

    /// <summary>Forgets those that count no more.</summary>
    public void ForgetBefore(long now)
    {
        lock (_gate)
        {
            foreach (var name in _byProof.Where(pair => pair.Value.Until <= now).Select(pair => pair.Key).ToList()) Remove(name);
        }
    }

    private void Remove((StandingSource, string) name)
    {
        if (!_byProof.Remove(name, out var hold) || !_byKey.TryGetValue(hold.Key, out var list)) return;
        list.Remove(hold);
        if (list.Count == 0) _byKey.Remove(hold.Key);
    }
}
