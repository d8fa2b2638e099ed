namespace Market.Chains.Mining;

/// <summary>How hard a miner works.</summary>
public sealed record MinerOptions
{
    /// <summary>Threads that hash.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Hashes a second of all threads together; null for as many as they can.</summary>
    public long? MaxHashesPerSecond { get; init; }

    /// <summary>Work is fetched anew at least so often: fees and the clock move on.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pause before asking again where a chain is not there, doubled up to five seconds.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>What a miner did since it started.</summary>
/// <param name="HashesPerSecond">Measured over the last seconds.</param>
/// <param name="Hashes">Headers hashed.</param>
/// <param name="Accepted">Shares that the chain took.</param>
/// <param name="Stale">Shares that came too late to be the tip.</param>
/// <param name="Refused">Shares refused or deferred.</param>
/// <param name="MainBlocks">Shares that were mainchain blocks too.</param>
/// <param name="LastError">Why the last piece of work could not be fetched or handed in; null for none.</param>
public sealed record MinerReport(
    double HashesPerSecond, long Hashes, long Accepted, long Stale, long Refused, long MainBlocks, string? LastError)
{
    /// <summary>Weak shares that the chain may name.</summary>
    public long Weak { get; init; }
}
