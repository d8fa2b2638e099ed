using System.Net.WebSockets;
using Market.Api.Doors.Auth;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Features.Streams;

/// <summary>Why a socket ends.</summary>
/// <param name="Status">The code that closes it (RFC 6455, section 7.4.1).</param>
/// <param name="Reason">The words that go with the code: a problem's code where there is one.</param>
/// <param name="Refusal">What is said before; null for nothing.</param>
internal sealed record SocketEnd(WebSocketCloseStatus Status, string Reason, Refusal? Refusal = null)
{
    /// <summary>The client closed it, or is gone.</summary>
    public static SocketEnd Gone { get; } = new(WebSocketCloseStatus.NormalClosure, "");

    /// <summary>It read nothing and asked nothing.</summary>
    public static SocketEnd Idle { get; } = new(WebSocketCloseStatus.NormalClosure, "idle");

    /// <summary>The server stops.</summary>
    public static SocketEnd Stopping { get; } = Refused(WebSocketCloseStatus.EndpointUnavailable, new Refusal(
        ProblemCodes.Unavailable, "The server stops. Connect again, and go on after the positions that you saw."));

    /// <summary>The session ended that it was signed in with.</summary>
    public static SocketEnd SignedOut { get; } = Refused(WebSocketCloseStatus.PolicyViolation, new Refusal(
        ProblemCodes.BadToken, "The session has ended: sign in again."));

    /// <summary>The API key is revoked or past its time that it was signed in with.</summary>
    public static SocketEnd KeyEnded { get; } = Refused(WebSocketCloseStatus.PolicyViolation, new Refusal(
        ProblemCodes.BadApiKey, "The API key has ended."));

    /// <summary>What a connection was signed in with has ended.</summary>
    public static SocketEnd Over(Caller? caller) => caller?.ApiKey is null ? SignedOut : KeyEnded;

    /// <summary>A message is too long.</summary>
    public static SocketEnd TooLarge { get; } = Refused(WebSocketCloseStatus.MessageTooBig, new Refusal(
        ProblemCodes.TooLarge, $"A message has at most {SocketConnection.MaxMessage} bytes."));

    /// <summary>A message is no text.</summary>
    public static SocketEnd Binary { get; } = Refused(WebSocketCloseStatus.InvalidMessageType, new Refusal(
        ProblemCodes.UnsupportedMediaType, "Messages are JSON in text frames."));

    /// <summary>It asks on and on: without reading what it is answered, or far more than its window takes.</summary>
    public static SocketEnd Flood { get; } = Refused(WebSocketCloseStatus.PolicyViolation, new Refusal(
        ProblemCodes.RateLimited, "This connection asked more than it may, and went on."));

    /// <summary>A bug.</summary>
    public static SocketEnd Bug { get; } = Refused(WebSocketCloseStatus.InternalServerError, new Refusal(
        ProblemCodes.InternalError, "It is logged. Nothing was changed."));

    private static SocketEnd Refused(WebSocketCloseStatus status, Refusal refusal) => new(status, refusal.Code, refusal);
}
