using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Sharechain;

namespace Market.Chains.Http;

/// <summary>A request to a node, free of any web framework.</summary>
/// <param name="Method">GET or POST.</param>
/// <param name="Path">What follows "/api/v1/node/", such as "mainchain/tip".</param>
/// <param name="Query">The value of a query parameter; null where absent.</param>
/// <param name="Body">The request's body.</param>
public sealed record NodeRequest(string Method, string Path, Func<string, string?> Query, Stream Body);

/// <summary>An answer.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="ContentType">The media type.</param>
/// <param name="Body">The body.</param>
public sealed record NodeAnswer(int Status, string ContentType, ReadOnlyMemory<byte> Body)
{
    /// <summary>With a refusal: what the body says.</summary>
    public NodeProblem? Refused { get; init; }

    /// <summary>A JSON body.</summary>
    public static NodeAnswer Json<T>(T value) =>
        new(200, "application/json", JsonSerializer.SerializeToUtf8Bytes(value, NodeJson.Options));

    /// <summary>A body of bytes.</summary>
    public static NodeAnswer Bytes(byte[] bytes) => new(200, "application/octet-stream", bytes);

    /// <summary>A refusal.</summary>
    public static NodeAnswer Problem(int status, string code, string detail)
    {
        var problem = new NodeProblem("The node refuses the request.", status, code, detail);
        return new(status, "application/problem+json", JsonSerializer.SerializeToUtf8Bytes(problem, NodeJson.Options))
        {
            Refused = problem,
        };
    }
}

/// <summary>
/// The node's HTTP interface: both chains for followers, wallets and miners. Everything but the event streams is
/// answered by <see cref="HandleAsync"/>; a server maps "GET|POST /api/v1/node/{**path}" onto it, and
/// "GET /api/v1/node/{chain}/events" onto <see cref="EventsAsync"/>.
/// </summary>
/// <param name="main">The mainchain.</param>
/// <param name="shares">The sharechains, each of another name.</param>
public sealed partial class NodeHttpService(IMainchain main, params IReadOnlyList<ISharechain> shares)
{
    /// <summary>The mainchain in paths.</summary>
    public const string MainchainName = "mainchain";

    /// <summary>In paths the sharechain of a node that has one; every sharechain has its row's name beside.</summary>
    public const string SharechainName = "sharechain";

    /// <summary>The largest body taken: a share or block.</summary>
    public const int LargestBody = 4_000_000;

    /// <summary>Headers answered at once.</summary>
    public const int MostHeaders = 2_000;

    /// <summary>Bytes of headers answered at once; one header is answered whatever its size.</summary>
    public const int MostHeaderBytes = 4_000_000;

    /// <summary>Blocks answered at once.</summary>
    public const int MostBlocks = 500;

    /// <summary>Bytes of blocks answered at once; one block is answered whatever its size.</summary>
    public const int MostBlockBytes = 4_000_000;

    /// <summary>Unconfirmed transactions answered at once.</summary>
    public const int MostMempool = 5_000;

    /// <summary>Bytes of unconfirmed transactions in one page of all of them; one is answered whatever its size.</summary>
    public const int MostMempoolBytes = 1_000_000;

    /// <summary>Outputs of a script in one page.</summary>
    public const int MostCoins = 1_000;

    /// <summary>Bytes of unconfirmed transactions answered at once where some are asked for.</summary>
    public const int MostUnconfirmedBytes = 8_000_000;

    private const int MostLocator = 64;
    private const int LongestScript = 10_000;

    /// <summary>Answers a request. Refusals are answers too; only bugs throw.</summary>
    public async ValueTask<NodeAnswer> HandleAsync(NodeRequest request, CancellationToken cancellation = default)
    {
        try
        {
            var parts = request.Path.Trim('/').Split('/');
            if (Find(parts[0]) is not { } chain || parts.Length is < 2 or > 3)
            {
                return NotFound($"Paths begin with one of: {string.Join(", ", Names.Select(name => name + "/"))}.");
            }

            var argument = parts.Length == 3 ? parts[2] : null;
            return request.Method switch
            {
                "GET" => await GetAsync(chain, parts[1], argument, request.Query, cancellation).ConfigureAwait(false),
                "POST" when argument is null =>
                    await PostAsync(chain, parts[1], request.Body, cancellation).ConfigureAwait(false),
                _ => NotFound("There is nothing of that kind."),
            };
        }
        catch (ChainUnavailableException error)
        {
            return NodeAnswer.Problem(503, "node-unavailable", error.Message);
        }
    }

    /// <summary>Server-sent events of a chain, each as the text to write; null where there is no such chain.</summary>
    /// <param name="chain">The chain's name in paths.</param>
    /// <param name="cancellation">Ends the stream.</param>
    public IAsyncEnumerable<string>? EventsAsync(string chain, CancellationToken cancellation) =>
        Find(chain) is { } found ? StreamAsync(found, cancellation) : null;

    /// <summary>The chains' names in paths.</summary>
    public IEnumerable<string> Names =>
    [
        MainchainName, .. shares.Count == 1 ? [SharechainName] : (string[])[], .. shares.Select(chain => chain.Profile.Name),
    ];

    private IChain? Find(string name) => name switch
    {
        MainchainName => main,
        SharechainName when shares.Count == 1 => shares[0],
        _ => shares.FirstOrDefault(chain => string.Equals(chain.Profile.Name, name, StringComparison.Ordinal)),
    };

    private static NodeAnswer NotFound(string detail) => NodeAnswer.Problem(404, "node-not-found", detail);

    private static NodeAnswer BadRequest(string detail) => NodeAnswer.Problem(400, "node-bad-request", detail);

    private static NodeAnswer JsonOrNotFound<TFound, TPayload>(TFound? found, Func<TFound, TPayload> payload)
        where TFound : class => found is null
            ? NotFound("It is not known here.")
            : NodeAnswer.Json(payload(found));

    private async IAsyncEnumerable<string> StreamAsync(
        IChain chain, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // Left after any event, this ends the subscription too.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var ending = new CancelAtEnd(ended);
        var events = chain.SubscribeAsync(ended.Token);
        yield return Event("tip", new TipChangedPayload(
            TipPayload.Of(chain, await chain.GetTipAsync(cancellation).ConfigureAwait(false)), [], []));
        await foreach (var happened in events.ConfigureAwait(false))
        {
            yield return happened switch
            {
                ChainEvent.TipChanged tip => Event("tip", new TipChangedPayload(
                    TipPayload.Of(chain, tip.Tip),
                    [.. tip.Disconnected.Select(block => block.Id.ToString())],
                    [.. tip.Connected.Select(block => block.Id.ToString())])),
                ChainEvent.TransactionSeen seen =>
                    Event("tx", new SeenPayload(seen.Transaction.Id.ToString(), seen.Transaction.ToHex())),
                ChainEvent.TransactionDropped gone =>
                    Event("dropped", new DroppedPayload(gone.TxId.ToString(), gone.Reason)),
                _ => Event("gap", new GapPayload()),
            };
        }
    }

    // Disposed before the source that it cancels.
    private sealed class CancelAtEnd(CancellationTokenSource source) : IDisposable
    {
        public void Dispose() => source.Cancel();
    }

    private static string Event<T>(string name, T data) =>
        $"event: {name}\ndata: {JsonSerializer.Serialize(data, NodeJson.Options)}\n\n";

    private async ValueTask<NodeAnswer> GetAsync(
        IChain chain, string what, string? argument, Func<string, string?> query, CancellationToken cancellation)
    {
        switch (what, argument)
        {
            case ("tip", null):
                return NodeAnswer.Json(
                    TipPayload.Of(chain, await chain.GetTipAsync(cancellation).ConfigureAwait(false)));
            case ("headers", null):
                return await HeadersAsync(chain, query, cancellation).ConfigureAwait(false);
            case ("blocks", null):
                return await BlocksAsync(chain, query, cancellation).ConfigureAwait(false);
            case ("block", { } id):
                return Hash256.TryParse(id, out var hash)
                    ? await BlockAsync(chain, hash, cancellation).ConfigureAwait(false)
                    : BadRequest("A block's id is 64 hexadecimal digits.");
            case ("tx", { } id):
                return TxId.TryParse(id, out var txId)
                    ? JsonOrNotFound(
                        await chain.FindTransactionAsync(txId, cancellation).ConfigureAwait(false),
                        TransactionPayload.Of)
                    : BadRequest("A transaction's id is 64 hexadecimal digits.");
            case ("coin", { } text):
                return OutPoint.TryParse(text, out var outPoint)
                    ? JsonOrNotFound(
                        await chain.FindUnspentAsync(outPoint, true, cancellation).ConfigureAwait(false),
                        CoinPayload.Of)
                    : BadRequest("An output is written txid:index.");
            case ("coins", { } text):
                return await CoinsAsync(chain, text, query("after"), cancellation).ConfigureAwait(false);
            case ("mempool", null):
                return await MempoolAsync(chain, query("after"), cancellation).ConfigureAwait(false);
            case ("fee", null):
                return await FeeAsync(chain, query, cancellation).ConfigureAwait(false);
            default:
                return await GetOfOneAsync(chain, what, argument, query, cancellation).ConfigureAwait(false);
        }
    }

    // What only one of the chains has.
    private async ValueTask<NodeAnswer> GetOfOneAsync(
        IChain chain, string what, string? argument, Func<string, string?> query, CancellationToken cancellation)
    {
        switch (chain.Kind, what, argument)
        {
            case (ChainKind.Mainchain, "template", null):
                return NodeAnswer.Json(
                    TemplatePayload.Of(await main.GetTemplateAsync(cancellation).ConfigureAwait(false)));
            case (ChainKind.Sharechain, "template", null):
                return TryScript(query("script"), out var script) && PayoutAnnotation.IsPayable(script)
                    ? NodeAnswer.Json(ShareTemplatePayload.Of(
                        await ((ISharechain)chain).GetTemplateAsync(script, cancellation).ConfigureAwait(false)))
                    : BadRequest($"Give the script that the sharebase pays: ?script=hex, at most "
                        + $"{PayoutAnnotation.MostScriptBytes} bytes and one signature operation.");
            case (ChainKind.Sharechain, "main-header", { } id):
                return BlockId.TryParse(id, out var block)
                    ? await ((ISharechain)chain).GetMainHeaderAsync(block, cancellation).ConfigureAwait(false) is { } header
                        ? NodeAnswer.Bytes(header.ToArray())
                        : NotFound("It is not known here.")
                    : BadRequest("A block's id is 64 hexadecimal digits.");
            case (ChainKind.Sharechain, "payout", null):
                return NodeAnswer.Json(
                    PayoutPayload.Of(await ((ISharechain)chain).GetNextPayoutAsync(cancellation).ConfigureAwait(false)));
            case (ChainKind.Sharechain, "figures", null):
                return NodeAnswer.Json(
                    FiguresPayload.Of(await ((ISharechain)chain).GetFiguresAsync(cancellation).ConfigureAwait(false)));
            default:
                return NotFound("There is nothing of that kind.");
        }
    }

    private static bool TryScript(string? text, out Script script)
    {
        var ok = Hex.TryDecode(text, out var bytes) && bytes.Length is > 0 and <= LongestScript;
        script = ok ? new Script(bytes) : Script.Empty;
        return ok;
    }

    private static async ValueTask<NodeAnswer> FeeAsync(
        IChain chain, Func<string, string?> query, CancellationToken cancellation)
    {
        if (!int.TryParse(query("target") ?? "6", NumberStyles.None, CultureInfo.InvariantCulture, out var target)
            || target is < 1 or > 1008)
        {
            return BadRequest("A target is a number of blocks from 1 to 1008.");
        }

        var rate = await chain.EstimateFeeAsync(target, cancellation).ConfigureAwait(false);
        return NodeAnswer.Json(new FeePayload(rate.SatsPerKvB));
    }

    private async ValueTask<NodeAnswer> PostAsync(
        IChain chain, string what, Stream stream, CancellationToken cancellation)
    {
        if (await ReadBodyAsync(stream, cancellation).ConfigureAwait(false) is not { } body)
        {
            return NodeAnswer.Problem(413, "node-too-large", $"A body has at most {LargestBody} bytes.");
        }

        switch (chain.Kind, what)
        {
            case (_, "tx"):
                return Transaction.TryParse(body, out var transaction, out var error)
                    ? NodeAnswer.Json(BroadcastPayload.Of(
                        await chain.BroadcastAsync(transaction, cancellation).ConfigureAwait(false)))
                    : BadRequest($"The body is no transaction: {error}.");
            case (_, "unconfirmed"):
                return MempoolPayload.Read(body) is { } asked
                    ? await UnconfirmedAsync(chain, asked, cancellation).ConfigureAwait(false)
                    : BadRequest("The body is no list of scripts, outputs and ids, or one that is too long.");
            case (ChainKind.Mainchain, "block"):
                if (!Block.TryParse(body, out var block, out var blockError))
                {
                    return BadRequest($"The body is no block: {blockError}.");
                }

                var result = await main.SubmitBlockAsync(block, cancellation).ConfigureAwait(false);
                return NodeAnswer.Json(
                    new SubmitPayload(result.Id.ToString(), result.Code, null, result.Detail, null));
            case (ChainKind.Sharechain, "share"):
                if (!ShareBlock.TryParse(body, out var share, out var shareError))
                {
                    return BadRequest($"The body is no share: {shareError}.");
                }

                var taken = await ((ISharechain)chain).SubmitShareAsync(share, cancellation).ConfigureAwait(false);
                return NodeAnswer.Json(new SubmitPayload(
                    taken.Id.ToString(), taken.Code,
                    taken.Refusal == ShareRefusal.None ? null : taken.Refusal.Code(), taken.Detail,
                    taken.MainBlock?.ToString()));
            default:
                return NotFound("There is nothing of that kind to post.");
        }
    }

    // By id first, then by output, then by script: what anybody can add to at will takes no room from what nobody can.
    private static async ValueTask<NodeAnswer> UnconfirmedAsync(
        IChain chain, MempoolQuery asked, CancellationToken cancellation)
    {
        var answered = new Dictionary<TxId, byte[]>();
        var bytes = 0;
        foreach (var part in asked.Split().Reverse())
        {
            foreach (var transaction in await chain.FindUnconfirmedAsync(part, cancellation).ConfigureAwait(false))
            {
                if (answered.Count < MostMempool && bytes < MostUnconfirmedBytes
                    && answered.TryAdd(transaction.Id, transaction.ToArray()))
                {
                    bytes += answered[transaction.Id].Length;
                }
            }
        }

        return NodeAnswer.Bytes(NodeFrames.Join(answered.Values));
    }

    private static async ValueTask<byte[]?> ReadBodyAsync(Stream stream, CancellationToken cancellation)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(chunk, cancellation).ConfigureAwait(false)) > 0;)
        {
            if (buffer.Length + read > LargestBody)
            {
                return null;
            }

            buffer.Write(chunk, 0, read);
        }

        return buffer.ToArray();
    }
}
