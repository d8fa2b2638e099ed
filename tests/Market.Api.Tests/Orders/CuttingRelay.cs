using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Market.Api.Tests.Orders;

/// <summary>Hands bytes to and fro between clients and a server, and breaks every connection off the first time the server says a
/// certain word.</summary>
internal sealed class CuttingRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Uri _server;
    private readonly byte[] _word;
    private readonly Task _accepting;
    private int _cuts;

    public CuttingRelay(Uri server, string word)
    {
        (_server, _word) = (server, Encoding.UTF8.GetBytes(word));
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    public int Cuts => Volatile.Read(ref _cuts);

    private async Task AcceptAsync()
    {
        var pairs = new List<Task>();
        try
        {
            while (true) pairs.Add(PairAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(pairs);
        }
    }

    private async Task PairAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient(_server.Host, _server.Port))
        using (var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token))
        {
            await Task.WhenAny(
                CopyAsync(client.GetStream(), server.GetStream(), false, end.Token),
                CopyAsync(server.GetStream(), client.GetStream(), true, end.Token));
            await end.CancelAsync();
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, bool watch, CancellationToken stop)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReadAsync(buffer, stop) is var read and > 0)
            {
                if (watch && buffer.AsSpan(0, read).IndexOf(_word) >= 0
                    && Interlocked.CompareExchange(ref _cuts, 1, 0) == 0) return;
                await to.WriteAsync(buffer.AsMemory(0, read), stop);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One side is gone: so is the pair.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
        _stop.Dispose();
    }
}
