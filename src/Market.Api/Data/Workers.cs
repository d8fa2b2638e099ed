using Market.Chains;

namespace Market.Api.Data;

/// <summary>What runs for ever in an instrument, or for all of a sharechain, and how it is doing. Safe from any thread.</summary>
/// <param name="of">The instrument's id, or the sharechain's name.</param>
public sealed class Workers(string of)
{
    private readonly Lock _gate = new();
    private readonly List<Supervised> _all = [];

    /// <summary>Looks after something from now on.</summary>
    /// <param name="log">Is told of its failures.</param>
    /// <param name="name">What runs, for people.</param>
    /// <param name="clock">The time of pauses.</param>
    public Supervised Supervise(ILogger log, string name, TimeProvider clock)
    {
        var supervised = log.Supervise($"{name} ({of})", clock);
        lock (_gate) _all.Add(supervised);
        return supervised;
    }

    /// <summary>The failures since which nothing went well, in the order in which their workers began.</summary>
    public IReadOnlyList<SupervisedFailure> Troubles
    {
        get
        {
            lock (_gate) return [.. _all.Select(one => one.Trouble).OfType<SupervisedFailure>()];
        }
    }
}
