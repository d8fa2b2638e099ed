using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Polly;
using Polly.Retry;

namespace Market.Chains.Rpc;

/// <summary>The node understood the request and refuses it, in its own words. Where that is no answer to what was asked, the chain
/// is not to be had just now.</summary>
public sealed class RpcException(int code, string message) : ChainUnavailableException(message)
{
    /// <summary>No method of that name.</summary>
    public const int MethodNotFound = -32601;

    /// <summary>Starting up: ask again.</summary>
    public const int Warmup = -28;

    /// <summary>Bitcoin Core's code (rpc/protocol.h).</summary>
    public int Code { get; } = code;
}

/// <summary>One JSON-RPC node over HTTP. Requests lost on the way are sent again, a bounded number of times.</summary>
internal sealed class RpcConnection : IDisposable
{
    private const long LargestAnswer = 64 * 1024 * 1024;

    private readonly RpcOptions _options;
    private readonly HttpClient _http;
    private readonly ResiliencePipeline _again;
    private readonly ResiliencePipeline _once;
    private long _number;

    public RpcConnection(RpcOptions options)
    {
        _options = options;
        _http = new HttpClient(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20) })
        {
            BaseAddress = options.Address,
            Timeout = options.Timeout,
            MaxResponseContentBufferSize = LargestAnswer,
        };
        _again = Retrying(options, IsPassing);
        _once = Retrying(options, error => IsPassing(error) && WasNotDone(error));
    }

    /// <summary>Calls a method that may be done twice without harm: it is sent again where an answer was lost.</summary>
    /// <exception cref="RpcException">The node refuses.</exception>
    /// <exception cref="ChainUnavailableException">The node does not answer, or not as a node.</exception>
    public ValueTask<JsonElement> CallAsync(
        string method, CancellationToken cancellation, params object?[] parameters) =>
        CallAsync(_again, method, cancellation, parameters);

    /// <summary>Calls any method: it is sent again only where the node surely has not done it.</summary>
    /// <exception cref="RpcException">The node refuses.</exception>
    /// <exception cref="ChainUnavailableException">The node does not answer, or not as a node.</exception>
    public ValueTask<JsonElement> CallOnceAsync(
        string method, CancellationToken cancellation, params object?[] parameters) =>
        CallAsync(_once, method, cancellation, parameters);

    private async ValueTask<JsonElement> CallAsync(
        ResiliencePipeline pipeline, string method, CancellationToken cancellation, object?[] parameters)
    {
        try
        {
            return await pipeline.ExecuteAsync(
                token => SendAsync(method, parameters, token), cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException error)
        {
            throw new ChainUnavailableException(Advice(error), error);
        }
        catch (TaskCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw TooSlow(method, error);
        }
        catch (RpcException error) when (error.Code == RpcException.Warmup)
        {
            throw new ChainUnavailableException(
                $"The Bitcoin node at {_options.Address} is still starting: {error.Message}", error);
        }
        catch (JsonException error)
        {
            throw NoNode(error);
        }
    }

    /// <summary>Reads a path of the same server that is not JSON-RPC; null where it has none such.</summary>
    public async ValueTask<JsonElement?> GetAsync(string path, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Authorization = Credentials();
            using var response = await _http.SendAsync(request, cancellation).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? await response.Content.ReadFromJsonAsync<JsonElement>(cancellation).ConfigureAwait(false)
                : null;
        }
        catch (HttpRequestException error)
        {
            throw new ChainUnavailableException(Advice(error), error);
        }
        catch (TaskCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw TooSlow(path, error);
        }
        catch (JsonException error)
        {
            throw NoNode(error);
        }
    }

    public void Dispose() => _http.Dispose();

    private async ValueTask<JsonElement> SendAsync(string method, object?[] parameters, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "");
        request.Headers.Authorization = Credentials();
        request.Content = JsonContent.Create(
            new { jsonrpc = "1.0", id = Interlocked.Increment(ref _number), method, @params = parameters });
        using var response = await _http.SendAsync(request, cancellation).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
            or HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway)
        {
            throw new HttpRequestException(null, null, response.StatusCode);
        }

        // Refusals come with status 500 (Core), 200 (bcoin) or others, always with a body.
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(cancellation).ConfigureAwait(false);
        return ReadAnswer(answer).Clone();
    }

    /// <summary>The result in an answer of JSON-RPC.</summary>
    /// <exception cref="RpcException">The node refuses.</exception>
    /// <exception cref="JsonException">It is no such answer.</exception>
    internal static JsonElement ReadAnswer(JsonElement answer)
    {
        if (answer.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("Not an object.");
        }

        if (answer.Find("error") is { ValueKind: JsonValueKind.Object } error)
        {
            var code = error.Find("code") is { ValueKind: JsonValueKind.Number } given && given.TryGetInt32(out var number)
                ? number : 0;
            throw new RpcException(code, error.Find("message")?.AsText() ?? "");
        }

        return answer.TryFind("result", out var result)
            ? result
            : throw new JsonException("Neither a result nor an error.");
    }

    private AuthenticationHeaderValue? Credentials()
    {
        string? pair = null;
        if (_options.CookieFile is { } file)
        {
            try
            {
                pair = File.ReadAllText(file).Trim();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // The node is down or starting, or the file is not ours: the request will say so better.
                pair = null;
            }
        }
        else if (_options.Password is not null)
        {
            pair = $"{_options.User}:{_options.Password}";
        }

        return pair is null
            ? null
            : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
    }

    private static ResiliencePipeline Retrying(RpcOptions options, Func<HttpRequestException, bool> handles) =>
        new ResiliencePipelineBuilder().AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = Math.Max(1, options.Retries),
            Delay = TimeSpan.FromMilliseconds(100),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = new PredicateBuilder().Handle<HttpRequestException>(handles)
                .Handle<RpcException>(error => error.Code == RpcException.Warmup),
        }).Build();

    // Turned away at the door, or never connected.
    private static bool WasNotDone(HttpRequestException error) =>
        error.StatusCode is not null || error.HttpRequestError == HttpRequestError.ConnectionError;

    private bool IsPassing(HttpRequestException error) => error.StatusCode switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => _options.CookieFile is not null,
        _ => true,
    };

    private ChainUnavailableException TooSlow(string what, TaskCanceledException error) => new(
        $"The Bitcoin node at {_options.Address} took longer than {_options.Timeout.TotalSeconds:0} s over {what}. "
        + "Is it still starting, or is the machine overloaded?", error);

    private ChainUnavailableException NoNode(JsonException error) => new(
        $"What answers at {_options.Address} is no JSON-RPC node. Check the address and port.", error);

    private string Advice(HttpRequestException error) => error.StatusCode switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
            $"The Bitcoin node at {_options.Address} refuses the sign-in. Give its rpcuser and rpcpassword "
            + "(http://user:password@host:port), or its cookie file, which you must be allowed to read "
            + "(http://host:port?cookie=/path/.cookie).",
        HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway =>
            $"The Bitcoin node at {_options.Address} is overloaded (its RPC work queue is full). "
            + "Raise rpcworkqueue, or poll less often.",
        _ => $"No Bitcoin node answers at {_options.Address} ({error.Message}). Start it with -server, and check "
            + "rpcport and rpcallowip.",
    };
}
