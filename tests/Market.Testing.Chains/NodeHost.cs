using System.Net;
using System.Net.Sockets;
using System.Text;
using Market.Chains.Http;

namespace Market.Testing.Chains;

/// <summary>Serves a node's HTTP interface on a free port of this machine, without a web framework.</summary>
public sealed class NodeHost : IAsyncDisposable
{
    private const string Root = "/api/v1/node/";

    private readonly HttpListener _listener = new();
    private readonly NodeHttpService _service;
    private readonly Func<string, NodeAnswer, NodeAnswer> _alter;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    /// <summary>Begins to serve.</summary>
    /// <param name="service">What answers.</param>
    /// <param name="alter">Puts another answer in place of the one to a path; null leaves all as they are.</param>
    public NodeHost(NodeHttpService service, Func<string, NodeAnswer, NodeAnswer>? alter = null)
    {
        (_service, _alter) = (service, alter ?? ((_, answer) => answer));
        Address = new Uri($"http://127.0.0.1:{FreePort()}/");
        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _serving = Task.Run(ServeAsync, CancellationToken.None);
    }

    public Uri Address { get; }

    /// <summary>A port that nothing listens on.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public HttpClient Client(DelegatingHandler? between = null)
    {
        HttpMessageHandler handler = new SocketsHttpHandler();
        if (between is not null)
        {
            between.InnerHandler = handler;
            handler = between;
        }

        return new HttpClient(handler) { BaseAddress = Address };
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
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
            var path = context.Request.Url!.AbsolutePath[Root.Length..];
            if (path.EndsWith("/events", StringComparison.Ordinal))
            {
                await StreamAsync(context, path.Split('/')[0]);
                return;
            }

            var answer = await _service.HandleAsync(
                new NodeRequest(
                    context.Request.HttpMethod, path, name => context.Request.QueryString[name],
                    context.Request.InputStream),
                _stop.Token);
            answer = _alter(path, answer);
            context.Response.StatusCode = answer.Status;
            context.Response.ContentType = answer.ContentType;
            // Without it the listener sends chunks, and an empty body as two last ones: the second is read as the next answer.
            context.Response.ContentLength64 = answer.Body.Length;
            await context.Response.OutputStream.WriteAsync(answer.Body, _stop.Token);
            context.Response.Close();
        }
        catch (Exception error) when (error is HttpListenerException or OperationCanceledException
            or ObjectDisposedException or IOException)
        {
            context.Response.Abort();
        }
    }

    private async Task StreamAsync(HttpListenerContext context, string chain)
    {
        context.Response.SendChunked = true;
        context.Response.ContentType = "text/event-stream";
        await foreach (var text in _service.EventsAsync(chain, _stop.Token)!)
        {
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text), _stop.Token);
            await context.Response.OutputStream.FlushAsync(_stop.Token);
        }
    }
}
