namespace Market.Api.Features.Streams;

/// <summary>How long a socket may keep the server waiting.</summary>
public sealed record SocketTimes
{
    /// <summary>Between two looks whether the other end is there, which is asked by the protocol's own ping.</summary>
    public TimeSpan Ping { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>For the answer to a ping: a line that is dead, or open at one end only, ends then.</summary>
    public TimeSpan Pong { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>For each part of a message (<see cref="SocketConnection.PartBytes"/>) to be taken.</summary>
    public TimeSpan Write { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Without a channel and without a request.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>For the other end to close, too.</summary>
    public TimeSpan Close { get; init; } = TimeSpan.FromSeconds(3);
}
