using System.Runtime.InteropServices;
using System.Text.Json;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Features.Streams;

/// <summary>One call about orders over a connection of the hub.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Session">Its session.</param>
/// <param name="Method">The hub's method.</param>
/// <param name="Arguments">What came with it.</param>
internal sealed record OrderCall(HttpContext Connection, StreamSession Session, string Method, JsonElement[] Arguments)
{
    /// <summary>Who asks: signed in as the call came, whatever becomes of the connection meanwhile.</summary>
    public Caller? Caller { get; } = Session.Caller;

    /// <summary>How long the arguments are.</summary>
    public int Bytes => Arguments.Sum(argument => JsonMarshal.GetRawUtf8Value(argument).Length);

    /// <summary>An argument, read as a route reads its body.</summary>
    /// <exception cref="JsonException">It is not of the kind that is taken.</exception>
    public T Read<T>(int at) where T : class => Arguments[at].Deserialize<T>(MarketJson.Strict)
        ?? throw new JsonException("A null is nothing that is taken here.");

    /// <summary>A refusal, written down under the hub's path and the method.</summary>
    public Problem Refused(Refusal refusal) =>
        Answers.OfCall(Connection, refusal, $"{Contracts.Streams.HubPath}/{Method}", Caller);
}
