using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Market.Api.Hosting.Connections;

/// <summary>
/// Kestrel's own sockets with a door before them. The door stands where connections are accepted, one after another, and not in
/// a connection middleware: those run on the thread pool, behind which a burst of accepts could use up every descriptor.
/// </summary>
public sealed class DoorListeners(
    ConnectionDoor door, IOptions<SocketTransportOptions> options, ILoggerFactory logs)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly SocketTransportFactory _sockets = new(options, logs);

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => _sockets.CanBind(endpoint);

    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(door, await _sockets.BindAsync(endpoint, cancellationToken));

    private sealed class Listener(ConnectionDoor door, IConnectionListener sockets) : IConnectionListener
    {
        public EndPoint EndPoint => sockets.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await sockets.AcceptAsync(cancellationToken) is { } connection)
            {
                if (door.TryEnter((connection.RemoteEndPoint as IPEndPoint)?.Address) is { } slot)
                    return new EnteredConnection(connection, slot);
                // Closes the socket before this returns; what is left of the connection ends behind it.
                connection.Abort(new ConnectionAbortedException("Too many connections."));
                _ = connection.DisposeAsync().AsTask();
            }
            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => sockets.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => sockets.DisposeAsync();
    }
}
