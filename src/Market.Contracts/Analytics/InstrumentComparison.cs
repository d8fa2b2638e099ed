namespace Market.Contracts;

/// <summary>The instruments of a market in the light of one of them, by what was said of each last.</summary>
public sealed record InstrumentComparison
{
    /// <summary>The instrument that the others are held against.</summary>
    public required string Against { get; init; }

    /// <summary>All instruments, it included, in the market's order; those of which nothing was said yet are left out.</summary>
    public required IReadOnlyList<ComparedInstrument> Items { get; init; }
}
