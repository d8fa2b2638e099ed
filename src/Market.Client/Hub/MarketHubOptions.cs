using Market.Chains;

namespace Market.Client.Hub;

/// <summary>How a client of the hub is set up.</summary>
public sealed record MarketHubOptions
{
    /// <summary>The shortest pause before a connection that broke is opened again; each further one is twice as long.</summary>
    public static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>Whether messages are MessagePack in the place of JSON: the same values in fewer bytes.</summary>
    public bool IsMessagePack { get; init; }

    /// <summary>Whether all orders of the account are cancelled when the connection ends, each time that it does.</summary>
    public bool MayCancelOnDisconnect { get; init; }

    /// <summary>The clock of pauses.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Told of each break with its reason, before the next try.</summary>
    public Action<SupervisedFailure>? OnBreak { get; init; }
}
