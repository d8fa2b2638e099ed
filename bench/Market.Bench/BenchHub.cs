using System.Net.WebSockets;
using System.Text;
using Hub = Market.Contracts.Streams;

namespace Market.Bench;

/// <summary>A connection of the hub in its JSON form, whose calls are made one after the other. No more of the protocol than a
/// bench needs, so that the clients take as little of the machine as they can.</summary>
internal sealed class BenchHub : IDisposable
{
    private const byte RecordEnd = 0x1e;
    private const int Completion = 3;

    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _filled;
    private int _calls;

    private BenchHub()
    {
    }

    /// <summary>Connects and signs in.</summary>
    public static async Task<BenchHub> OpenAsync(Uri address, string token, CancellationToken cancel)
    {
        var hub = new BenchHub();
        var url = new UriBuilder(address) { Scheme = "ws", Path = Hub.HubPath }.Uri;
        await hub._socket.ConnectAsync(url, cancel);
        await hub.SendAsync("{\"protocol\":\"json\",\"version\":1}", cancel);
        await hub.ReadAsync(cancel);
        var signedIn = await hub.CallAsync(Hub.SignInMethod, $"\"{token}\"", cancel);
        if (!signedIn.Contains("\"result\":true", StringComparison.Ordinal))
            throw new InvalidOperationException("The hub did not take the session.");
        return hub;
    }

    /// <summary>Places an order. False where it is refused.</summary>
    public async Task<bool> PlaceAsync(byte[] body, CancellationToken cancel)
    {
        var answer = await CallAsync(Hub.PlaceOrderMethod, Encoding.UTF8.GetString(body), cancel);
        return answer.Contains("\"value\":", StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private async Task<string> CallAsync(string method, string argument, CancellationToken cancel)
    {
        await SendAsync(
            $"{{\"type\":1,\"invocationId\":\"{++_calls}\",\"target\":\"{method}\",\"arguments\":[{argument}]}}", cancel);
        while (true)
        {
            var message = await ReadAsync(cancel);
            if (message.StartsWith($"{{\"type\":{Completion}", StringComparison.Ordinal)) return message;
        }
    }

    private Task SendAsync(string message, CancellationToken cancel) => _socket.SendAsync(
        Encoding.UTF8.GetBytes(message + (char)RecordEnd), WebSocketMessageType.Text, endOfMessage: true, cancel);

    private async Task<string> ReadAsync(CancellationToken cancel)
    {
        while (true)
        {
            var end = _buffer.AsSpan(0, _filled).IndexOf(RecordEnd);
            if (end >= 0)
            {
                var message = Encoding.UTF8.GetString(_buffer, 0, end);
                _filled -= end + 1;
                _buffer.AsSpan(end + 1, _filled).CopyTo(_buffer);
                return message;
            }
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(_filled), cancel);
            if (read.MessageType == WebSocketMessageType.Close)
                throw new InvalidOperationException("The hub closed the connection.");
            _filled += read.Count;
        }
    }
}
