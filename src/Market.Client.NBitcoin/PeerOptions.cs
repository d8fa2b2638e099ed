using System.Collections.Immutable;

namespace Market.Client.NBitcoin;

/// <summary>Which peers a light client speaks to, and how long it bears with them.</summary>
public sealed record PeerOptions
{
    /// <summary>Peers at once, where they are found by DNS.</summary>
    public const int Wanted = 8;

    /// <summary>Peers without which nothing is believed.</summary>
    public const int Least = 3;

    /// <summary>Peers named by hand at most.</summary>
    public const int MostNamed = 32;

    /// <summary>"host" or "host:port" each; empty finds peers by the network's DNS seeds.</summary>
    public ImmutableArray<string> Named { get; init; } = [];

    /// <summary>The longest that connecting and greeting may take.</summary>
    public TimeSpan Greeting { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The longest that a peer may take to ask for a transaction that it was told of.</summary>
    public TimeSpan Offer { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Pause between looks at who is connected.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a peer that lied or flooded is not spoken to again.</summary>
    public TimeSpan Banned { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long a peer that was away or slow is not tried again.</summary>
    public TimeSpan Away { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes that a peer may send unasked within a minute.</summary>
    public long MostBytesAMinute { get; init; } = 8 * 1024 * 1024;

    /// <summary>Messages that a peer may send within a minute.</summary>
    public int MostMessagesAMinute { get; init; } = 6_000;
}
