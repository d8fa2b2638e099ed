using Market.Api.Doors;

namespace Market.Api.Hosting.Connections;

/// <summary>How long a connection may keep the server waiting.</summary>
public sealed record ConnectionTimes
{
    /// <summary>From being opened to its first byte.</summary>
    public TimeSpan FirstByte { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between an answer and the next request.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>For all headers of a request.</summary>
    public TimeSpan Headers { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>For a whole body of <see cref="ServerLimits.MaxBodyBytes"/>; less pro rata for a shorter one.</summary>
    public TimeSpan Body { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For a whole block of <see cref="ServerLimits.MaxBlockBytes"/>; less pro rata for a shorter one.</summary>
    public TimeSpan Block { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>A body this young is not yet measured.</summary>
    public TimeSpan BodyGrace { get; init; } = TimeSpan.FromSeconds(5);
}
