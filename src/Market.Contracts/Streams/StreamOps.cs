namespace Market.Contracts;

/// <summary>What may be asked for over the plain WebSocket.</summary>
public static class StreamOps
{
    /// <summary>Follow a channel: answered by subscribed or resumed.</summary>
    public const string Subscribe = "subscribe";

    /// <summary>Follow it no more: answered by unsubscribed.</summary>
    public const string Unsubscribe = "unsubscribe";

    /// <summary>Tell a channel that is followed anew, as a snapshot: answered by subscribed.</summary>
    public const string Resync = "resync";

    /// <summary>Sign the connection in with a session's token or an API key, for private channels: answered by signedIn.</summary>
    public const string Auth = "auth";

    /// <summary>Cancel all orders of the account when the connection ends: answered by tied once that is on disk.</summary>
    public const string CancelOnDisconnect = "cancelOnDisconnect";

    /// <summary>Answered by pong.</summary>
    public const string Ping = "ping";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Subscribe, Unsubscribe, Resync, Auth, CancelOnDisconnect, Ping];
}
