using System.Net;
using System.Net.Sockets;

namespace Market.Testing.Chains;

/// <summary>A port of this machine at which nobody answers, and that nobody else is given meanwhile.</summary>
public sealed class ClosedPort : IDisposable
{
    private readonly Socket _held = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ClosedPort()
    {
        // Bound and not listening: whoever connects is refused.
        _held.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Address = new Uri($"http://{_held.LocalEndPoint}/");
    }

    public Uri Address { get; }

    public void Dispose() => _held.Dispose();
}
