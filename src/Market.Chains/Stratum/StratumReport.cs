using System.Collections.Immutable;

namespace Market.Chains.Stratum;

/// <summary>How one sharechain's side of a Stratum server stands.</summary>
/// <param name="Connections">Of its miners, open now.</param>
/// <param name="Waiting">Why miners have no work; null while they have.</param>
/// <param name="ShareDifficulty">Of a share now; null while there is no work.</param>
/// <param name="MainDifficulty">Of a Bitcoin block now; null while there is no work.</param>
/// <param name="Workers">Those with an account (an accepted result, 20,000 at most), as far as asked for.</param>
/// <param name="Blocks">Bitcoin blocks found, the oldest first.</param>
public sealed record StratumReport(
    int Connections, string? Waiting, double? ShareDifficulty, double? MainDifficulty, ImmutableArray<StratumWorker> Workers,
    ImmutableArray<StratumBlock> Blocks)
{
    /// <summary>The sharechain's name.</summary>
    public required string Sharechain { get; init; }

    /// <summary>How many workers were asked about, of which <see cref="Workers"/> may be a part.</summary>
    public int AllWorkers { get; init; }
}
