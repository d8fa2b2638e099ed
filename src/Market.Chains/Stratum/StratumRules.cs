namespace Market.Chains.Stratum;

/// <summary>What a connection is held to.</summary>
public sealed record StratumRules
{
    /// <summary>The difficulty of a connection's first job, where the miner asks for none.</summary>
    public double StartDifficulty { get; init; } = 16;

    /// <summary>No miner is given an easier one, except where the row's shares are easier.</summary>
    public double LeastDifficulty { get; init; } = 1e-4;

    /// <summary>Lines that are no requests: at this number the connection is closed.</summary>
    public int BadLines { get; init; } = 5;

    /// <summary>Workers that a connection may name.</summary>
    public int MostWorkers { get; init; } = 64;

    /// <summary>How long a connection may take until it may be given work.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(1);
}
