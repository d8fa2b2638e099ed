using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Market.Contracts;
using Market.Testing.Chains;

namespace Market.Api.Tests.Doors;

/// <summary>A hub connection as it stands on the wire: SignalR's JSON protocol over a web socket.</summary>
internal sealed class HubClient : IAsyncDisposable
{
    private const char End = '\u001e';

    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _patience = new(Eventually.Patience);
    private readonly Queue<JsonNode> _read = new();
    private string _half = "";
    private int _calls;

    /// <summary>Events that came while an answer was waited for.</summary>
    public Queue<StreamEvent> Events { get; } = new();

    public static async Task<HubClient> ConnectAsync(Uri server, string? from = null, string? origin = null)
    {
        var client = new HubClient();
        if (from is not null) client._socket.Options.SetRequestHeader("X-Forwarded-For", from);
        if (origin is not null) client._socket.Options.SetRequestHeader("Origin", origin);
        await client._socket.ConnectAsync(
            new UriBuilder(server) { Scheme = "ws", Path = Streams.HubPath }.Uri, client._patience.Token);
        await client.SendAsync("""{"protocol":"json","version":1}""");
        await client.ReadAsync();
        return client;
    }

    /// <summary>Calls a method and waits for what it says; the error's words where it refuses.</summary>
    public Task<(JsonNode? Result, string? Error)> CallAsync(string method, object? argument = null) =>
        CallWithAsync(method, argument is null ? [] : [argument]);

    /// <summary>The same with several arguments.</summary>
    public async Task<(JsonNode? Result, string? Error)> CallWithAsync(string method, params object[] arguments) =>
        await AnswerAsync(await StartAsync(method, arguments));

    /// <summary>Calls a method, and waits for nothing.</summary>
    /// <returns>The call, to be waited for in the order of calling.</returns>
    public async Task<string> StartAsync(string method, params object[] arguments)
    {
        var id = $"{++_calls}";
        await SendAsync(JsonSerializer.Serialize(new { type = 1, invocationId = id, target = method, arguments }));
        return id;
    }

    /// <summary>Waits for what a call says.</summary>
    public async Task<(JsonNode? Result, string? Error)> AnswerAsync(string id)
    {
        while (await ReadAsync() is { } message)
        {
            if ((int?)message["type"] == 3 && (string?)message["invocationId"] == id)
                return (message["result"], (string?)message["error"]);
            if ((int?)message["type"] == 1)
                Events.Enqueue(message["arguments"]![0].Deserialize<StreamEvent>(MarketJson.Options)!);
        }
        return (null, "The connection ended.");
    }

    /// <summary>The next event; null when the connection has ended.</summary>
    public async Task<StreamEvent?> NextAsync()
    {
        if (Events.TryDequeue(out var waiting)) return waiting;
        while (await ReadAsync() is { } message)
        {
            if ((int?)message["type"] == 1) return message["arguments"]![0].Deserialize<StreamEvent>(MarketJson.Options);
        }
        return null;
    }

    private async Task SendAsync(string text) => await _socket.SendAsync(
        Encoding.UTF8.GetBytes(text + End), WebSocketMessageType.Text, endOfMessage: true, _patience.Token);

    private async Task<JsonNode?> ReadAsync()
    {
        var buffer = new byte[64 * 1024];
        while (_read.Count == 0)
        {
            ValueWebSocketReceiveResult got;
            try
            {
                got = await _socket.ReceiveAsync(buffer.AsMemory(), _patience.Token);
            }
            catch (WebSocketException)
            {
                return null;
            }
            if (got.MessageType == WebSocketMessageType.Close) return null;
            var parts = (_half + Encoding.UTF8.GetString(buffer, 0, got.Count)).Split(End);
            _half = parts[^1];
            foreach (var part in parts[..^1]) _read.Enqueue(JsonNode.Parse(part)!);
        }
        var next = _read.Dequeue();
        return (int?)next["type"] == 7 ? null : next;
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _patience.Dispose();
        return ValueTask.CompletedTask;
    }
}
