using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Market.Chains.P2PoolV2;

/// <summary>Asks a p2poolv2 node. Every answer is bounded in bytes and time before it is read, and none leads elsewhere.</summary>
internal sealed class P2PoolClient : IDisposable
{
    /// <summary>A hundred shares with all they may name have 150 kB.</summary>
    public const int LargestAnswer = 1024 * 1024;

    private readonly P2PoolOptions _options;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http;

    public P2PoolClient(P2PoolOptions options, TimeProvider clock)
    {
        (_options, _clock) = (options, clock);
        _http = new HttpClient(new SocketsHttpHandler
        {
            // The sign-in is for this address and no other.
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
        })
        {
            BaseAddress = options.Address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (options.Credentials is { } credentials)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", credentials);
        }
    }

    /// <summary>What it answers to a path, read into something.</summary>
    /// <param name="path">The path, with its query.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="P2PoolException">It does not answer, or not with that.</exception>
    public async Task<T> AskAsync<T>(string path, Func<JsonElement, T> read, CancellationToken cancellation) where T : class =>
        await FindAsync(path, read, cancellation).ConfigureAwait(false)
            ?? throw new P2PoolException(P2PoolTrouble.Nonsense, $"it has no {NameOf(path)}.", _options.Address);

    /// <summary>As the other; null where it has nothing at that path.</summary>
    /// <exception cref="P2PoolException">It does not answer, or not with that.</exception>
    public async Task<T?> FindAsync<T>(string path, Func<JsonElement, T> read, CancellationToken cancellation) where T : class
    {
        try
        {
            if (await BodyAsync(path, cancellation).ConfigureAwait(false) is not { } body)
            {
                return null;
            }

            using var document = P2PoolJson.Parse(body, NameOf(path));
            return read(document.RootElement);
        }
        catch (P2PoolException error)
        {
            throw error.At(_options.Address);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<byte[]?> BodyAsync(string path, CancellationToken cancellation)
    {
        using var limit = new TimeLimit(_clock, _options.Timeout, cancellation);
        try
        {
            using var response = await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, limit.Token)
                .ConfigureAwait(false);
            return response.StatusCode == HttpStatusCode.NotFound
                ? null
                : await ReadAsync(Checked(response, NameOf(path)), NameOf(path), limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new P2PoolException(
                P2PoolTrouble.Away, $"{NameOf(path)} takes longer than {_options.Timeout.TotalSeconds:0.#} s.", null, error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw new P2PoolException(P2PoolTrouble.Away, "it does not answer.", null, error);
        }
    }

    private static HttpContent Checked(HttpResponseMessage response, string what)
    {
        var status = (int)response.StatusCode;
        return status switch
        {
            200 when response.Content.Headers.ContentType?.MediaType != "application/json" =>
                throw new P2PoolException(P2PoolTrouble.Nonsense, $"{what} is answered with what is no JSON."),
            200 when response.Content.Headers.ContentEncoding.Count > 0 =>
                throw new P2PoolException(P2PoolTrouble.Nonsense, $"{what} is answered packed, and was not asked for so."),
            200 => response.Content,
            401 or 403 => throw new P2PoolException(P2PoolTrouble.Denied, "it refuses the user or password."),
            >= 300 and < 400 =>
                throw new P2PoolException(P2PoolTrouble.Nonsense, $"{what} leads to another address, which is not followed."),
            >= 500 => throw new P2PoolException(P2PoolTrouble.Away, $"{what} is answered with {status}."),
            _ => throw new P2PoolException(P2PoolTrouble.Nonsense, $"{what} is answered with {status}."),
        };
    }

    private static async Task<byte[]> ReadAsync(HttpContent content, string what, CancellationToken cancellation)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(chunk, cancellation).ConfigureAwait(false)) > 0;)
        {
            if (buffer.Length + read > LargestAnswer)
            {
                throw new P2PoolException(P2PoolTrouble.Nonsense, $"{what} is answered with more than 1 MB.");
            }

            buffer.Write(chunk, 0, read);
        }

        return buffer.ToArray();
    }

    private static string NameOf(string path) => path.Split('?')[0];
}
