using Market.Chains;

namespace Market.Api.Data;

/// <summary>What runs for ever in an instrument, and how it is doing. Safe from any thread.</summary>
public sealed class Workers(MarketInstrument instrument)
{
    private readonly Lock _gate = new();
    private readonly List<Supervised> _all = [];

    /// <summary>Looks after something from now on.</summary>
    /// <param name="log">Is told of its failures.</param>
    /// <param name="name">What runs, for people.</param>
    /// <param name="clock">The time of pauses.</param>
    public Supervised Supervise(ILogger log, string name, TimeProvider clock)
    {
        var supervised = log.Supervise($"{name} ({instrument.Id})", clock);
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
