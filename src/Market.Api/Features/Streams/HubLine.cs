using Market.Api.Realtime;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace Market.Api.Features.Streams;

/// <summary>The way of messages to one connection of the hub. A message is written once for all connections that speak the same
/// protocol.</summary>
/// <param name="connection">The connection.</param>
internal sealed class HubLine(HubConnectionContext connection)
{
    /// <summary>Hands a message over; waits where the connection takes no more for now.</summary>
    public ValueTask WriteAsync(StreamMessage message, CancellationToken gone) =>
        connection.WriteAsync(message.Shared(Written), gone);

    private static SerializedHubMessage Written(StreamMessage message) =>
        new(new InvocationMessage(Contracts.Streams.ClientMethod, [message.Event]));
}
