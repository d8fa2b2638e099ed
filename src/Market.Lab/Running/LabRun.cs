namespace Market.Lab;

/// <summary>
/// Plays games on several cores. A game is named by seed, stream and number and its figures are added up in order of the
/// numbers, so results are the same on any number of cores. Memory does not grow with the blocks: games have a fixed length, and
/// only so many as are played at once are held.
/// </summary>
/// <param name="seed">Of all games.</param>
/// <param name="blocks">Share blocks to be played, at least; a scenario divides them among its cases.</param>
/// <param name="cores">Games played at once.</param>
/// <param name="progress">Is told how much is done, from 0 to 1; called from any thread.</param>
/// <param name="stop">Ends the run between two games.</param>
public sealed class LabRun(
    ulong seed, long blocks, int cores, IProgress<double>? progress = null, CancellationToken stop = default)
{
    // Fewer say too little of how far the figures scatter.
    private const int FewestGames = 24;
    private const int AtOnce = 256;

    private long _played;

    /// <summary>The seed of all games.</summary>
    public ulong Seed { get; } = seed;

    /// <summary>Blocks that were played.</summary>
    public long Played => Interlocked.Read(ref _played);

    /// <summary>Plays one case.</summary>
    /// <param name="stream">Numbers the case within its scenario: no two cases see the same random numbers.</param>
    /// <param name="cases">In how many cases the blocks are divided.</param>
    /// <param name="length">Blocks of one game.</param>
    /// <param name="figures">How many figures a game has.</param>
    /// <param name="game">Plays one and writes its figures.</param>
    internal Estimate[] Play(int stream, int cases, int length, int figures, GameOf game)
    {
        var games = Math.Max(FewestGames, (long)Math.Ceiling(blocks / (double)cases / length));
        var tallies = new Tally[figures];
        var results = new double[AtOnce * figures];
        for (long first = 0; first < games; first += AtOnce)
        {
            var count = (int)Math.Min(AtOnce, games - first);
            Array.Clear(results);
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = cores, CancellationToken = stop }, i =>
            {
                game(new LabRandom(Seed, stream, first + i), results.AsSpan(i * figures, figures));
                var played = Interlocked.Add(ref _played, length);
                progress?.Report(Math.Min(1, played / (double)blocks));
            });
            for (var i = 0; i < count * figures; i++)
            {
                tallies[i % figures].Add(results[i]);
            }
        }

        return Array.ConvertAll(tallies, tally => tally.ToEstimate());
    }
}

/// <summary>One game.</summary>
/// <param name="random">Its numbers.</param>
/// <param name="figures">What is measured; all 0 before.</param>
internal delegate void GameOf(LabRandom random, Span<double> figures);
