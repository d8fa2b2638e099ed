namespace Market.Bench.Streams;

/// <summary>What readers come by.</summary>
internal enum ReaderDoor
{
    /// <summary>The plain WebSocket.</summary>
    Socket,

    /// <summary>The SignalR hub over a WebSocket, with JSON.</summary>
    Hub,

    /// <summary>Server-sent events.</summary>
    Events,
}
