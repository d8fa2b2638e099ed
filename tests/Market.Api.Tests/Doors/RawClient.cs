using System.Net;
using System.Net.Sockets;
using System.Text;
using Market.Testing.Chains;

namespace Market.Api.Tests.Doors;

/// <summary>A TCP connection from an address of this machine, such as 127.0.0.2, with nothing between it and the server.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Uri _server;

    private RawClient(Uri server) => _server = server;

    public static async Task<RawClient> ConnectAsync(Uri server, string from)
    {
        var client = new RawClient(server);
        client._socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        try
        {
            await client._socket.ConnectAsync(IPAddress.Parse(server.Host), server.Port);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>So many connections at once, as far as the server takes them.</summary>
    public static async Task<List<RawClient>> CrowdAsync(Uri server, string from, int count)
    {
        var crowd = new List<RawClient>(count);
        for (var i = 0; i < count; i++)
        {
            try
            {
                crowd.Add(await ConnectAsync(server, from));
            }
            catch (SocketException)
            {
                // Closed before it was even open here.
            }
        }
        return crowd;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.ASCII.GetBytes(text));

    public async Task SendAsync(byte[] bytes) => await _socket.SendAsync(bytes);

    /// <summary>Asks for a page and returns the answer's status; 0 where the connection ended instead.</summary>
    public async Task<int> StatusAsync(string path)
    {
        try
        {
            await SendAsync($"GET {path} HTTP/1.1\r\nHost: {_server.Authority}\r\n\r\n");
        }
        catch (SocketException)
        {
            return 0;
        }
        return StatusOf(await ReadAsync());
    }

    public static int StatusOf(string? answer) =>
        answer?.Split(' ') is ["HTTP/1.1", var status, ..] ? int.Parse(status, null) : 0;

    /// <summary>What comes next; null when the connection has ended.</summary>
    public async Task<string?> ReadAsync()
    {
        using var patience = new CancellationTokenSource(Eventually.Patience);
        var buffer = new byte[64 * 1024];
        try
        {
            var read = await _socket.ReceiveAsync(buffer, patience.Token);
            return read == 0 ? null : Encoding.ASCII.GetString(buffer, 0, read);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    public void Dispose() => _socket.Dispose();
}
