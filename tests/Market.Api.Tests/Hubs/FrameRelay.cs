using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Market.Api.Tests.Hubs;

/// <summary>Stands between a client and the server's WebSocket, and loses, changes or cuts what it is told to of what the server
/// sends.</summary>
internal sealed class FrameRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Uri _server;
    private readonly Task _accepting;
    private volatile Func<byte[], Fate>? _judge;

    public FrameRelay(Uri server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>What becomes of a frame.</summary>
    public enum Fate
    {
        Pass,
        Drop,
        Cut,
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>Connections that were made through it.</summary>
    public int Connections { get; private set; }

    /// <summary>Whether whoever comes is sent away; who is there stays.</summary>
    public bool IsShut { get; set; }

    /// <summary>Whether what it was told to do is still to be done.</summary>
    public bool IsJudging => _judge is not null;

    /// <summary>Judges each whole frame of data from now on: it may change the bytes that it is given. What it says of one that it
    /// does not pass is done once.</summary>
    public void Judge(Func<byte[], Fate> judge) => _judge = judge;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var pairs = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                if (IsShut)
                {
                    client.Dispose();
                    continue;
                }
                Connections++;
                pairs.Add(PairAsync(client));
            }
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
            var up = CopyAsync(client.GetStream(), server.GetStream(), end.Token);
            var down = QuietAsync(() => FramesAsync(server.GetStream(), client.GetStream(), end.Token));
            await Task.WhenAny(up, down);
            await end.CancelAsync();
            await Task.WhenAll(up, down);
        }
    }

    private static Task CopyAsync(NetworkStream from, NetworkStream to, CancellationToken stop) =>
        QuietAsync(() => from.CopyToAsync(to, stop));

    private static async Task QuietAsync(Func<Task> copy)
    {
        try
        {
            await copy();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One side is gone: so is the pair.
        }
    }

    private async Task FramesAsync(NetworkStream from, NetworkStream to, CancellationToken stop)
    {
        var bytes = new List<byte>();
        var isOpen = false;
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer, stop) is var read and > 0)
        {
            bytes.AddRange(buffer.AsSpan(0, read));
            if (!isOpen)
            {
                var head = bytes.ToArray().AsSpan().IndexOf("\r\n\r\n"u8);
                if (head < 0) continue;
                await to.WriteAsync(bytes.GetRange(0, head + 4).ToArray(), stop);
                bytes.RemoveRange(0, head + 4);
                isOpen = true;
            }
            while (LengthOf(bytes) is { } length)
            {
                var frame = bytes.GetRange(0, length).ToArray();
                bytes.RemoveRange(0, length);
                var fate = FateOf(frame);
                if (fate == Fate.Cut) return;
                if (fate == Fate.Pass) await to.WriteAsync(frame, stop);
            }
        }
    }

    // Pings, ends and parts of what is larger pass as they are.
    private Fate FateOf(byte[] frame)
    {
        if (_judge is not { } judge || frame[0] is not (0x81 or 0x82)) return Fate.Pass;
        var fate = judge(frame);
        if (fate != Fate.Pass) _judge = null;
        return fate;
    }

    // A server's frame has no mask; null where it is not whole.
    private static int? LengthOf(List<byte> bytes)
    {
        if (bytes.Count < 2) return null;
        var head = bytes.GetRange(0, Math.Min(10, bytes.Count)).ToArray();
        var (length, payload) = (head[1] & 127) switch
        {
            126 => (4, head.Length < 4 ? int.MaxValue : BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2))),
            127 => (10, head.Length < 10 ? int.MaxValue : (int)BinaryPrimitives.ReadInt64BigEndian(head.AsSpan(2))),
            var small => (2, small),
        };
        return payload == int.MaxValue || bytes.Count < length + payload ? null : length + payload;
    }
}
