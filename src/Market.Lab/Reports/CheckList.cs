using System.Collections.Immutable;

namespace Market.Lab;

/// <summary>Formulas beside what the games say, as far as enough happened in the games to say anything.</summary>
internal sealed class CheckList
{
    // From fewer events neither a mean nor its error is known.
    private const double FewestEvents = 30;

    private readonly ImmutableArray<LabCheck>.Builder _checks = ImmutableArray.CreateBuilder<LabCheck>();

    /// <summary>All of them.</summary>
    public ImmutableArray<LabCheck> All => _checks.ToImmutable();

    /// <summary>A figure that every game tells something of.</summary>
    public void Add(string what, double formula, Estimate estimate, double rounding = 0) =>
        _checks.Add(LabCheck.Of(what, formula, estimate, rounding));

    /// <summary>A figure put together from several.</summary>
    public void Add(LabCheck check) => _checks.Add(check);

    /// <summary>A figure made by events that are rare: left out where fewer than thirty are expected in all games.</summary>
    /// <param name="what">The figure.</param>
    /// <param name="formula">What the formula says.</param>
    /// <param name="estimate">What the games say.</param>
    /// <param name="eventsAGame">Events expected in one game.</param>
    public void AddRare(string what, double formula, Estimate estimate, double eventsAGame)
    {
        if (eventsAGame * estimate.Games >= FewestEvents)
        {
            _checks.Add(LabCheck.Of(what, formula, estimate));
        }
    }
}
