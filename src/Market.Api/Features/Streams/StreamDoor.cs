using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Instruments;
using Market.Api.Realtime;
using Market.Api.Results;

namespace Market.Api.Features.Streams;

/// <summary>Where readers come in, whatever they come by: the hub, a socket or server-sent events.</summary>
public sealed class StreamDoor(
    Topics topics, StreamSlots slots, KeyStreams own, SessionTokens tokens, DeadManSwitch switches, StreamReads reads,
    TimeProvider clock, ILogger<StreamDoor> log)
{
    /// <summary>Takes a place for a connection, and one of its key's where somebody is signed in. Whoever gets one disposes it.
    /// </summary>
    public Result<StreamSession> Open(HttpContext context, Caller? caller)
    {
        if (slots.TryTake(context) is not { } place) return StreamSlots.Refused;
        var session = new StreamSession(place, topics, own, tokens, switches, clock, log);
        var client = ClientAddress.Of(context);
        session.Reader.EnterReads = cancel => reads.EnterAsync(client, session.Reader.Account, cancel);
        if (caller is null || session.SignIn(caller) is not { } refusal) return session;
        session.Dispose();
        return refusal;
    }
}
