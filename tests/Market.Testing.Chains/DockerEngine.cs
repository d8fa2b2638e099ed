using System.Net.Sockets;

namespace Market.Testing.Chains;

/// <summary>The Docker engine of this machine: whether one answers.</summary>
/// <param name="address">Where it listens: <c>unix:///path</c> or <c>tcp://host:port</c>.</param>
public sealed class DockerEngine(Uri address)
{
    private const string Variable = "DOCKER_HOST";
    private const string UsualAddress = "unix:///var/run/docker.sock";
    private const int PlainPort = 2375;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>The engine that <c>DOCKER_HOST</c> names, or the one at the usual socket.</summary>
    public static DockerEngine OfThisMachine => new(AddressOf(Environment.GetEnvironmentVariable(Variable)));

    /// <summary>Where an engine listens that is named like this; the usual socket where it is not named, or in another way.
    /// </summary>
    public static Uri AddressOf(string? named) =>
        Uri.TryCreate(named, UriKind.Absolute, out var uri) && uri.Scheme is "unix" or "tcp" ? uri : new Uri(UsualAddress);

    /// <summary>Asks it whether it is there. Where nothing listens the answer comes at once; one that is silent is not waited for
    /// longer than a few seconds.</summary>
    public async Task<bool> AnswersAsync(CancellationToken cancel = default)
    {
        using var http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync, UseProxy = false })
        {
            Timeout = Patience,
        };
        try
        {
            using var answer = await http.GetAsync(new Uri("http://docker/_ping"), cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancel.IsCancellationRequested))
        {
            return false;
        }
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var isUnix = address.Scheme == "unix";
        var socket = isUnix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (isUnix) await socket.ConnectAsync(new UnixDomainSocketEndPoint(address.LocalPath), cancel);
            else await socket.ConnectAsync(address.Host, address.Port > 0 ? address.Port : PlainPort, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
