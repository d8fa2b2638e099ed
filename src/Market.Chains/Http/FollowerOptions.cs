using Market.Bitcoin;

namespace Market.Chains.Http;

/// <summary>How a follower keeps up with its server.</summary>
public sealed record FollowerOptions
{
    /// <summary>Pause before a lost event stream is opened again; doubled up to <see cref="LongestPause"/>.</summary>
    public TimeSpan ShortestPause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest pause between tries.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The server is asked for its tip at least so often, whatever its stream says.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of headers read in one walk before its branch must be heavy enough.</summary>
    public long MostHeaderBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>A server that sent what breaks a rule, or too little work, is left alone so long; doubled up to
    /// <see cref="LongestShun"/>.</summary>
    public TimeSpan ShortestShun { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest that a server is left alone.</summary>
    public TimeSpan LongestShun { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// True for a node among nodes: what is handed to it is its own at once, and is then offered to the others. False for an agent,
    /// which builds on nothing that no node took.
    /// </summary>
    public bool IsNode { get; init; }

    /// <summary>The longest that one request may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>How a follower stands with its server.</summary>
/// <param name="IsLive">True where the server's tip is the follower's own, and its event stream is open.</param>
/// <param name="LastHeard">When the server last answered, Unix seconds; 0 for never.</param>
/// <param name="RefusedBlocks">Blocks that the server sent and that break a rule.</param>
/// <param name="LastError">What went wrong last; null where all is well.</param>
/// <param name="Tip">The tip that the server named last; null while it named none.</param>
/// <param name="IsLight">True where the server follows a branch of so little work that its blocks are not asked for.</param>
/// <param name="HeaderBytes">Bytes of headers that were read of it.</param>
public sealed record FollowerStatus(
    bool IsLive, long LastHeard, long RefusedBlocks, string? LastError, BlockRef? Tip = null, bool IsLight = false,
    long HeaderBytes = 0);
