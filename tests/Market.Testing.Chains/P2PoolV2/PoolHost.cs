using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Text;

namespace Market.Testing.Chains.P2PoolV2;

/// <summary>Serves a p2poolv2 node's HTTP interface on a free port of this machine, with its websocket and its sign-in.</summary>
public sealed class PoolHost : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly ConcurrentBag<WebSocket> _sockets = [];
    private readonly ConcurrentQueue<string> _said = new();
    private readonly string? _token;
    private readonly Task _serving;

    /// <summary>Begins to serve.</summary>
    /// <param name="chain">What it tells.</param>
    /// <param name="signIn">"user:password" that it wants; null for nobody's.</param>
    public PoolHost(PoolChain chain, string? signIn = null)
    {
        Chain = chain;
        _token = signIn is null ? null : Convert.ToBase64String(Encoding.UTF8.GetBytes(signIn));
        Address = new Uri($"http://127.0.0.1:{NodeHost.FreePort()}/");
        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _serving = Task.Run(ServeAsync, CancellationToken.None);
    }

    public Uri Address { get; }

    /// <summary>What it tells from now on.</summary>
    public PoolChain Chain { get; set; }

    /// <summary>Puts another answer in place of that to a path; null leaves it.</summary>
    public Func<string, PoolAnswer?> Alter { get; set; } = _ => null;

    /// <summary>Paths with their queries that were asked for, in order.</summary>
    public IReadOnlyList<string> Asked => [.. _asked];

    /// <summary>What websockets said.</summary>
    public IReadOnlyList<string> Said => [.. _said];

    /// <summary>Sends a message to every websocket.</summary>
    public async Task HintAsync(string text)
    {
        foreach (var socket in _sockets.Where(socket => socket.State == WebSocketState.Open))
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, _stop.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var socket in _sockets) socket.Abort();
        _listener.Close();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception error) when (error is HttpListenerException or InvalidOperationException)
            {
                return;
            }

            _ = Task.Run(() => AnswerAsync(context), CancellationToken.None);
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            var path = context.Request.Url!.AbsolutePath.Trim('/');
            _asked.Enqueue(context.Request.Url.PathAndQuery);
            if (path == "ws" && context.Request.IsWebSocketRequest && Alter(path) is null)
            {
                await ListenAsync(context);
                return;
            }

            var answer = Alter(path) ?? (IsKnown(context) ? Told(context, path) : new PoolAnswer(401, []));
            await (answer.After ?? Task.CompletedTask);
            context.Response.StatusCode = answer.Status;
            context.Response.ContentType = answer.ContentType;
            if (answer.Location is { } location) context.Response.RedirectLocation = location;
            context.Response.ContentLength64 = answer.Body.Length + (answer.IsCut ? 1 : 0);
            await context.Response.OutputStream.WriteAsync(answer.Body, _stop.Token);
            if (answer.IsCut) context.Response.Abort();
            else context.Response.Close();
        }
        catch (Exception error) when (error is HttpListenerException or OperationCanceledException
            or ObjectDisposedException or IOException or WebSocketException)
        {
            context.Response.Abort();
        }
    }

    private bool IsKnown(HttpListenerContext context) =>
        _token is null || context.Request.Headers["Authorization"] == $"Basic {_token}";

    private PoolAnswer Told(HttpListenerContext context, string path) =>
        Chain.Answer(path, context.Request.QueryString["to"], context.Request.QueryString["num"]) is { } told
            ? PoolAnswer.Of(told.ToJsonString())
            : PoolAnswer.Of("""{"error":"not found"}""", 404);

    private async Task ListenAsync(HttpListenerContext context)
    {
        if (_token is not null && context.Request.QueryString["token"] != _token)
        {
            context.Response.StatusCode = 401;
            context.Response.Close();
            return;
        }

        var socket = (await context.AcceptWebSocketAsync(null)).WebSocket;
        _sockets.Add(socket);
        var buffer = new byte[1024];
        while (socket.State == WebSocketState.Open)
        {
            var got = await socket.ReceiveAsync(buffer, _stop.Token);
            _said.Enqueue(Encoding.UTF8.GetString(buffer, 0, got.Count));
        }
    }
}
