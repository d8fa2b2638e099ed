namespace Market.Cli.Up;

/// <summary>How a server is kept up.</summary>
public sealed record KeeperRules
{
    /// <summary>Between two questions.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For an answer. Long: a machine that is busy is not deaf, and a restart would not make it less busy.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>So many questions in a row without an answer, and the server counts as deaf.</summary>
    public int Misses { get; init; } = 4;

    /// <summary>Before the first restart; doubled for each one more within <see cref="Memory"/>.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait before a restart.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Restarts within <see cref="Memory"/>; then it stays down.</summary>
    public int MostRestarts { get; init; } = 10;

    /// <summary>Restarts longer ago than this are forgotten.</summary>
    public TimeSpan Memory { get; init; } = TimeSpan.FromHours(1);
}
