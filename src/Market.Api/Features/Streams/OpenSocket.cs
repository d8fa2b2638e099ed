using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Features.Streams;

/// <summary>GET /api/v1/ws: the same messages as the hub's and the events', over a plain WebSocket.</summary>
public sealed class OpenSocket : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var times = new SocketTimes();
        routes.MapGet(Contracts.Streams.SocketPath, OpenAsync)
            .Describe("openSocket", "Streams", "WebSocket",
                "Opens a WebSocket (RFC 6455). Text messages, each one JSON: the client sends StreamRequests, the "
                + "server StreamEvents with the same data as server-sent events and the hub; their channels are listed "
                + $"there. op is one of {string.Join(", ", StreamOps.All)}.\n\n"
                + "topic names a channel whole (book:P2SHARE-BTC), or its first part with instrument, and of candles "
                + "interval, beside it. Each request is answered by an event with its id, in the order of asking: "
                + "subscribed and then a snapshot, resumed and then what was missed, unsubscribed, signedIn, tied, pong, "
                + "or refused with a problem. since is the position of the last message that was seen of a channel: "
                + "where the server still has what came after, that follows, else a snapshot does. resync asks for a "
                + "snapshot of one channel. Private channels are had by the credentials of the request that opens the "
                + "socket, or by auth with a session's token or an API key; the connection ends with what signed it in. A "
                + "reader that falls behind gets snapshots.\n\n"
                + $"A message of the client has at most {SocketConnection.MaxMessage} bytes (else the socket closes with "
                + "1009), and binary ones close it with 1003. A socket without a channel and without a request closes "
                + $"after {times.Idle.TotalSeconds} s; one that leaves a ping of the protocol unanswered for "
                + $"{times.Pong.TotalSeconds} s, or does not take what it is sent for {times.Write.TotalSeconds} s, is "
                + "cut. Before the server closes a socket it says why in a refused event, and the close frame has its "
                + "code: 1001 where the server stops, 1008 where the session has ended or far too much was asked. A page "
                + "of another origin is refused.")
            .Opens(Examples.StreamRequest, Examples.StreamEvent).KnowAccount()
            .Weighs(CallWeight.Heaviest)
            .Refuses(ProblemCodes.Forbidden, ProblemCodes.Unavailable);
        // Over HTTP/2 a socket is opened by CONNECT (RFC 8441).
        routes.MapMethods(Contracts.Streams.SocketPath, [HttpMethods.Connect], OpenAsync).ExcludeFromDescription().KnowAccount()
            .Weighs(CallWeight.Heaviest);
    }

    private static async Task<IResult> OpenAsync(
        HttpContext context, StreamDoor door, Caller? caller, Topics topics, CallWindow window, StreamReads reads,
        ApiKeyRequests apiKeys, SocketTimes times, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<OpenSocket> log)
    {
        if (!context.WebSockets.IsWebSocketRequest)
            return new Refusal(ProblemCodes.MalformedRequest, "This address opens a WebSocket: ask for the upgrade.").Http();
        var opened = door.Open(context, caller);
        if (opened.Refusal is { } refusal) return refusal.Http();
        using var session = opened.Value;
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            KeepAliveInterval = times.Ping,
            KeepAliveTimeout = times.Pong,
        });
        await new SocketConnection(socket, session, context, topics, window, reads, apiKeys, times, clock, log)
            .RunAsync(context.RequestAborted, lifetime.ApplicationStopping);
        return Microsoft.AspNetCore.Http.Results.Empty;
    }
}
