using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;

namespace Market.Chains.Stratum;

/// <summary>Counts why connections ended or were not let in, and tells of the first of each kind. Safe for several
/// threads.</summary>
/// <param name="told">Told once a kind, in words; null where nobody listens. Return quickly.</param>
internal sealed class StratumEndings(Action<string>? told)
{
    private readonly ConcurrentDictionary<StratumEnd, long> _counts = new();

    /// <summary>How often each happened.</summary>
    public ImmutableSortedDictionary<StratumEnd, long> Counts => _counts.ToImmutableSortedDictionary();

    /// <summary>Counts one.</summary>
    /// <param name="end">Why.</param>
    /// <param name="from">Whose connection.</param>
    public void Count(StratumEnd end, IPAddress from)
    {
        if (_counts.AddOrUpdate(end, 1, (_, count) => count + 1) == 1 && end.IsNews())
        {
            told?.Invoke($"A miner's connection from {from} was closed: {end.Words()}. Further ones for this are counted, "
                + "not told.");
        }
    }
}
