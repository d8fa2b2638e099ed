using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Market.Bitcoin;

namespace Market.Chains.Http;

/// <summary>Asks a server's node interface about one chain. What it answers is not trusted by the callers.</summary>
/// <param name="http">Knows the server's address; not disposed.</param>
/// <param name="kind">Which kind of chain is asked about.</param>
/// <param name="options">How it is asked.</param>
/// <param name="clock">The time of patience.</param>
/// <param name="row">The sharechain's name; null asks for the only one.</param>
internal sealed class NodeClient(
    HttpClient http, ChainKind kind, FollowerOptions options, TimeProvider clock, string? row = null)
{
    private const int LargestAnswer = 16 * 1024 * 1024;
    private const int LargestRefusal = 64 * 1024;
    private const int LongestReason = 300;
    private const int LargestEvent = 2 * 1024 * 1024;

    private readonly string _root = "api/v1/node/" + (kind == ChainKind.Mainchain
        ? NodeHttpService.MainchainName
        : row ?? NodeHttpService.SharechainName) + "/";

    public ValueTask<TipPayload> TipAsync(CancellationToken cancellation) =>
        JsonAsync<TipPayload>(HttpMethod.Get, "tip", null, cancellation);

    public async ValueTask<List<ReadOnlyMemory<byte>>> HeadersAsync(
        IEnumerable<Hash256> locator, CancellationToken cancellation) =>
        Split(
            await BytesAsync($"headers?locator={string.Join(',', locator)}", cancellation).ConfigureAwait(false),
            NodeHttpService.MostHeaders);

    public async ValueTask<List<ReadOnlyMemory<byte>>> BlocksAsync(
        Hash256 after, int limit, CancellationToken cancellation) => Split(await BytesAsync(
            string.Create(CultureInfo.InvariantCulture, $"blocks?after={after}&limit={limit}"),
            cancellation).ConfigureAwait(false), NodeHttpService.MostBlocks);

    /// <summary>One block by its id, on the server's best chain or off it.</summary>
    public ValueTask<byte[]> BlockAsync(Hash256 id, CancellationToken cancellation) =>
        BytesAsync($"block/{id}", cancellation);

    /// <summary>One block by its id or by its height on the best chain; null where the server has none.</summary>
    public async ValueTask<byte[]?> FindBlockAsync(string name, CancellationToken cancellation)
    {
        try
        {
            return await BytesAsync($"block/{name}", cancellation).ConfigureAwait(false);
        }
        catch (NotThereException)
        {
            return null;
        }
    }

    /// <summary>A transaction of the best chain or the mempool; null where the server has none.</summary>
    public async ValueTask<TransactionPayload?> FindTransactionAsync(TxId id, CancellationToken cancellation)
    {
        try
        {
            return await ReadAsync<TransactionPayload>($"tx/{id}", cancellation).ConfigureAwait(false);
        }
        catch (NotThereException)
        {
            return null;
        }
    }

    /// <summary>What the server answers to a path of its own.</summary>
    public ValueTask<T> ReadAsync<T>(string path, CancellationToken cancellation) =>
        JsonAsync<T>(HttpMethod.Get, path, null, cancellation);

    /// <summary>A mainchain header that the server's sharechain refers to; null where it has none, or answers nonsense.</summary>
    public async ValueTask<BlockHeader?> MainHeaderAsync(BlockId id, CancellationToken cancellation)
    {
        try
        {
            var bytes = await BytesAsync($"main-header/{id}", cancellation).ConfigureAwait(false);
            return BlockHeader.TryParse(bytes, out var header) && header.Id == id ? header : null;
        }
        catch (ChainUnavailableException)
        {
            // The share that needs it waits, and is asked for again.
            return null;
        }
    }

    /// <summary>A page of the unconfirmed transactions.</summary>
    /// <param name="after">The last of the page before; null for the first page.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async ValueTask<List<ReadOnlyMemory<byte>>> MempoolAsync(TxId? after, CancellationToken cancellation) => Split(
        await BytesAsync("mempool" + (after is { } id ? $"?after={id}" : ""), cancellation).ConfigureAwait(false),
        NodeHttpService.MostMempool);

    /// <summary>The unconfirmed transactions asked for; a long question goes in parts.</summary>
    public async ValueTask<List<ReadOnlyMemory<byte>>> UnconfirmedAsync(
        MempoolQuery query, CancellationToken cancellation)
    {
        var found = new List<ReadOnlyMemory<byte>>();
        foreach (var part in query.Count <= MempoolPayload.MostAsked ? [query] : query.Split(MempoolPayload.MostAsked))
        {
            using var request = Post("unconfirmed", MempoolPayload.Write(part));
            found.AddRange(Split(
                await ExchangeAsync(request, cancellation).ConfigureAwait(false), NodeHttpService.MostMempool));
        }

        return found;
    }

    /// <summary>The weak shares that wait to be named; none where the server has no such list.</summary>
    public async ValueTask<List<ReadOnlyMemory<byte>>> WeakAsync(CancellationToken cancellation)
    {
        try
        {
            return Split(await BytesAsync("weak", cancellation).ConfigureAwait(false), Shares.WeakPool.Most);
        }
        catch (NotThereException)
        {
            return [];
        }
    }

    /// <summary>Offers a weak share.</summary>
    public ValueTask<SubmitPayload> SubmitWeakAsync(byte[] share, CancellationToken cancellation) =>
        JsonAsync<SubmitPayload>(HttpMethod.Post, "weak", share, cancellation);

    /// <summary>Asks the node to carry late work in its sharebases.</summary>
    public ValueTask<LateStandingPayload> CarryLateAsync(byte[] late, CancellationToken cancellation) =>
        JsonAsync<LateStandingPayload>(HttpMethod.Post, "late", late, cancellation);

    public ValueTask<BroadcastPayload> BroadcastAsync(Transaction transaction, CancellationToken cancellation) =>
        JsonAsync<BroadcastPayload>(HttpMethod.Post, "tx", transaction.ToArray(), cancellation);

    public ValueTask<SubmitPayload> SubmitAsync(byte[] block, CancellationToken cancellation) =>
        JsonAsync<SubmitPayload>(
            HttpMethod.Post, kind == ChainKind.Mainchain ? "block" : "share", block, cancellation);

    /// <summary>The server's events as they come; ends where the connection does.</summary>
    public async IAsyncEnumerable<(string Type, string Data)> EventsAsync(
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _root + "events");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var response = await SendAsync(request, cancellation).ConfigureAwait(false);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using var events = new BoundedEvents(stream, LargestEvent);
        var parser = SseParser.Create(events);
        await foreach (var item in parser.EnumerateAsync(cancellation).ConfigureAwait(false))
        {
            yield return (item.EventType, item.Data);
        }
    }

    private static List<ReadOnlyMemory<byte>> Split(byte[] body, int most) => NodeFrames.Split(body, most)
        ?? throw new ChainUnavailableException("The server's answer is no list of blocks.");

    private async ValueTask<byte[]> BytesAsync(string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _root + path);
        return await ExchangeAsync(request, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<T> JsonAsync<T>(
        HttpMethod method, string path, byte[]? body, CancellationToken cancellation)
    {
        using var request = body is null ? new HttpRequestMessage(method, _root + path) : Post(path, body);
        var bytes = await ExchangeAsync(request, cancellation).ConfigureAwait(false);
        try
        {
            return JsonSerializer.Deserialize<T>(bytes, NodeJson.Options)
                ?? throw new ChainUnavailableException("The server's answer is empty.");
        }
        catch (JsonException error)
        {
            throw new ChainUnavailableException($"The server's answer to {path} is not what a node says.", error);
        }
    }

    private HttpRequestMessage Post(string path, byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return new HttpRequestMessage(HttpMethod.Post, _root + path) { Content = content };
    }

    private async ValueTask<byte[]> ExchangeAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var limit = new TimeLimit(clock, options.Timeout, cancellation);
        try
        {
            using var response = await SendAsync(request, limit.Token).ConfigureAwait(false);
            return await ReadAsync(response, LargestAnswer, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new ChainUnavailableException(
                $"The market at {http.BaseAddress} took longer than {options.Timeout.TotalSeconds:0} s.", error);
        }
    }

    private async ValueTask<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation)
                .ConfigureAwait(false);
        }
        catch (HttpRequestException error)
        {
            throw new ChainUnavailableException(
                $"The market at {http.BaseAddress} does not answer ({error.Message}). Is it running?", error);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            // The client's own limit: whoever asks goes on, as after any answer that does not come.
            throw new ChainUnavailableException($"The market at {http.BaseAddress} took too long to answer.", error);
        }

        if (response.StatusCode == HttpStatusCode.OK)
        {
            return response;
        }

        using (response)
        {
            var body = await ReadAsync(response, LargestRefusal, cancellation).ConfigureAwait(false);
            var words = $"The market at {http.BaseAddress} answers {(int)response.StatusCode}: {Reason(body)}";
            throw response.StatusCode == HttpStatusCode.NotFound
                ? new NotThereException(words)
                : new ChainUnavailableException(words);
        }
    }

    /// <summary>The words of a refusal (RFC 9457); of anything else its beginning.</summary>
    private static string Reason(byte[] body)
    {
        try
        {
            if (JsonSerializer.Deserialize<JsonElement>(body) is { ValueKind: JsonValueKind.Object } problem
                && problem.TryGetProperty("detail", out var detail) && detail.ValueKind == JsonValueKind.String)
            {
                return Shortened(detail.GetString()!);
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // A proxy's page, or text that is none.
        }

        return Shortened(System.Text.Encoding.UTF8.GetString(body));
    }

    private static string Shortened(string text) => text[..Math.Min(LongestReason, text.Length)];

    private static async ValueTask<byte[]> ReadAsync(
        HttpResponseMessage response, int mostBytes, CancellationToken cancellation)
    {
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            using var buffer = new MemoryStream();
            var chunk = new byte[16 * 1024];
            for (int read; (read = await stream.ReadAsync(chunk, cancellation).ConfigureAwait(false)) > 0;)
            {
                if (buffer.Length + read > mostBytes)
                {
                    throw new ChainUnavailableException("The server's answer is too large.");
                }

                buffer.Write(chunk, 0, read);
            }

            return buffer.ToArray();
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw new ChainUnavailableException($"The connection to the market broke: {error.Message}", error);
        }
    }

    // The server is there, and has nothing under that name.
    private sealed class NotThereException(string message) : ChainUnavailableException(message);
}
