using System.Net.WebSockets;
using System.Text;

namespace Market.Chains.P2PoolV2;

/// <summary>Listens to a p2poolv2 node's websocket. What comes says that a look is worth while, and nothing else: no word of it is
/// read.</summary>
/// <param name="options">Where the node is.</param>
/// <param name="clock">The time of patience.</param>
public sealed class P2PoolHint(P2PoolOptions options, TimeProvider clock)
{
    private const int LargestMessage = 64 * 1024;

    private static readonly byte[] Subscribe = Encoding.UTF8.GetBytes("""{"action":"subscribe","topic":"shares"}""");

    /// <summary>Connects and listens until the node ends it.</summary>
    /// <param name="news">Called with each message: return quickly.</param>
    /// <param name="cancellation">Stops listening.</param>
    /// <exception cref="P2PoolException">The node cannot be listened to.</exception>
    public async Task ListenAsync(Action news, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(news);
        using var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = TimeSpan.FromSeconds(30);
        socket.Options.KeepAliveTimeout = TimeSpan.FromSeconds(30);
        try
        {
            await ConnectAsync(socket, cancellation).ConfigureAwait(false);
            var (buffer, length) = (new byte[4 * 1024], 0);
            while (socket.State == WebSocketState.Open)
            {
                var part = await socket.ReceiveAsync(buffer, cancellation).ConfigureAwait(false);
                length += part.Count;
                if (length > LargestMessage)
                {
                    throw new P2PoolException(
                        P2PoolTrouble.Nonsense, "its websocket sends a message of more than 64 kB.", options.Address);
                }

                if (part.EndOfMessage)
                {
                    length = 0;
                    news();
                }
            }
        }
        catch (Exception error) when (error is WebSocketException or HttpRequestException or IOException)
        {
            throw new P2PoolException(P2PoolTrouble.Away, "its websocket does not answer.", options.Address, error);
        }
    }

    private async Task ConnectAsync(ClientWebSocket socket, CancellationToken cancellation)
    {
        using var limit = new TimeLimit(clock, options.Timeout, cancellation);
        var address = new UriBuilder(new Uri(options.Address, "ws"));
        address.Scheme = address.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs;
        address.Query = options.Credentials is { } token ? "token=" + Uri.EscapeDataString(token) : "";
        try
        {
            await socket.ConnectAsync(address.Uri, limit.Token).ConfigureAwait(false);
            await socket.SendAsync(Subscribe, WebSocketMessageType.Text, true, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new P2PoolException(P2PoolTrouble.Away, "its websocket does not answer in time.", options.Address, error);
        }
    }
}
