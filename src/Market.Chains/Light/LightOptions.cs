namespace Market.Chains.Light;

/// <summary>How a light client keeps up.</summary>
public sealed record LightOptions
{
    /// <summary>Every source is asked for new headers at least so often.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest that one question may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where headers and digests are kept; null keeps them in memory.</summary>
    public string? Folder { get; init; }

    /// <summary>
    /// The height from which coins are looked for: nothing of the wallet is older. Null: where the chain stood when the folder was
    /// first used, or genesis on a chain of fewer than <see cref="ShortChain"/> blocks.
    /// </summary>
    public int? Since { get; init; }

    /// <summary>False reads every block whole; true passes over old ones by compact filters that enough sources agree on.</summary>
    public bool UsesFilters { get; init; } = true;

    /// <summary>The newest blocks that are read whole whatever filters say: <see cref="LeastWhole"/> where coins are worth
    /// something.</summary>
    public int WholeBlocks { get; init; } = LeastWhole;

    /// <summary>
    /// Two weeks of blocks. The largest swap that there is has its T_long 236 hours (1,416 blocks) after its first lock, and what
    /// takes a leg back is final 288 blocks later: no contract that can still be open is older.
    /// </summary>
    public const int LeastWhole = 2_016;

    /// <summary>A chain of no more blocks is read whole.</summary>
    public const int ShortChain = 2_016;

    /// <summary>Blocks before the first use that are read as well: a day.</summary>
    public const int Before = 144;
}
