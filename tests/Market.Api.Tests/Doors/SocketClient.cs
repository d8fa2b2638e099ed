using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Market.Contracts;
using Market.Testing.Chains;

namespace Market.Api.Tests.Doors;

/// <summary>A plain WebSocket to a server, read as a bot reads it.</summary>
internal sealed class SocketClient : IAsyncDisposable
{
    private readonly CancellationTokenSource _patience = new(Eventually.Patience);
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _asked;

    public ClientWebSocket Socket { get; } = new();

    /// <summary>The code that the server closed it with, and its words; null while it is open.</summary>
    public (WebSocketCloseStatus? Status, string? Reason)? Closed { get; private set; }

    public static async Task<SocketClient> ConnectAsync(
        Uri server, string? token = null, string? from = null, string? origin = null, HttpRequestHeaders? headers = null)
    {
        var client = new SocketClient();
        if (token is not null) client.Socket.Options.SetRequestHeader("Authorization", "Bearer " + token);
        if (from is not null) client.Socket.Options.SetRequestHeader("X-Forwarded-For", from);
        if (origin is not null) client.Socket.Options.SetRequestHeader("Origin", origin);
        foreach (var (name, values) in headers?.ToArray() ?? []) client.Socket.Options.SetRequestHeader(name, values.Single());
        client.Socket.Options.CollectHttpResponseDetails = true;
        try
        {
            await client.Socket.ConnectAsync(
                new UriBuilder(server) { Scheme = "ws", Path = Streams.SocketPath }.Uri, client._patience.Token);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a request with an id of its own.</summary>
    public async Task<string> SendAsync(string op, string? topic = null, string? instrument = null, string? interval = null,
        string? since = null, string? token = null)
    {
        var id = $"{++_asked}";
        await SendTextAsync(JsonSerializer.Serialize(
            new StreamRequest
            {
                Op = op,
                Id = id,
                Topic = topic,
                Instrument = instrument,
                Interval = interval,
                Since = since,
                Token = token,
            }, MarketJson.Options));
        return id;
    }

    /// <summary>Sends a request and reads its answer, which is what comes next.</summary>
    public async Task<StreamEvent> AskAsync(string op, string? topic = null, string? instrument = null, string? since = null,
        string? token = null)
    {
        var id = await SendAsync(op, topic, instrument, null, since, token);
        var answer = (await NextAsync())!;
        Assert.Equal(id, answer.Id);
        return answer;
    }

    public async Task SendTextAsync(string text, bool isEnd = true) => await Socket.SendAsync(
        Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, isEnd, _patience.Token);

    /// <summary>The next message; null when the server has closed.</summary>
    public async Task<StreamEvent?> NextAsync() =>
        await NextTextAsync() is { } text ? JsonSerializer.Deserialize<StreamEvent>(text, MarketJson.Strict) : null;

    /// <summary>The next message as it stands on the wire; null when the server has closed.</summary>
    public async Task<string?> NextTextAsync()
    {
        using var whole = new MemoryStream();
        while (true)
        {
            var got = await Socket.ReceiveAsync(_buffer.AsMemory(), _patience.Token);
            if (got.MessageType == WebSocketMessageType.Close)
            {
                Closed = (Socket.CloseStatus, Socket.CloseStatusDescription);
                if (Socket.State == WebSocketState.CloseReceived)
                    await Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", _patience.Token);
                return null;
            }
            Assert.Equal(WebSocketMessageType.Text, got.MessageType);
            whole.Write(_buffer, 0, got.Count);
            if (got.EndOfMessage) return Encoding.UTF8.GetString(whole.ToArray());
        }
    }

    /// <summary>Reads on to the end, and gives the last message before it.</summary>
    public async Task<StreamEvent?> EndAsync()
    {
        StreamEvent? last = null;
        while (await NextAsync() is { } next) last = next;
        return last;
    }

    public ValueTask DisposeAsync()
    {
        Socket.Dispose();
        _patience.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The code of a refusal.</summary>
    public static string CodeOf(StreamEvent? refused)
    {
        Assert.Equal(StreamEventType.Refused, refused?.Type);
        return refused!.Data!.Value.Deserialize<Problem>(MarketJson.Options)!.Code;
    }
}
