using System.Globalization;
using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains.Http;

/// <summary>
/// The node's HTTP interface: both chains for followers, wallets and miners. Everything but the event streams is
/// answered by <see cref="HandleAsync"/>; a server maps "GET|POST /api/v1/node/{**path}" onto it, and
/// "GET /api/v1/node/{chain}/events" onto <see cref="EventsAsync"/>.
/// </summary>
/// <param name="main">The mainchain.</param>
/// <param name="shares">The sharechains, each of another name.</param>
public sealed class NodeHttpService(IMainchain main, params IReadOnlyList<ISharechain> shares)
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

    /// <summary>Bytes of weak shares answered at once.</summary>
    public const int MostWeakBytes = 2_000_000;

    /// <summary>Outputs of a script in one page.</summary>
    public const int MostCoins = 1_000;

    /// <summary>Bytes of unconfirmed transactions answered at once where some are asked for.</summary>
    public const int MostUnconfirmedBytes = 8_000_000;

    /// <summary>Transactions of one client that are checked, or wait for it, at the same time.</summary>
    public const int MostBroadcastsOfClient = 8;

    /// <summary>The same of all clients.</summary>
    public const int MostBroadcasts = 128;

    private readonly NodeBlocks _blocks = new(main);
    private readonly ClientPlaces _broadcasts = new(MostBroadcastsOfClient, MostBroadcasts);

    /// <summary>Answers a request. Refusals are answers too; only bugs throw.</summary>
    public async ValueTask<NodeAnswer> HandleAsync(NodeRequest request, CancellationToken cancellation = default)
    {
        try
        {
            var parts = request.Path.Trim('/').Split('/');
            if (Find(parts[0]) is not { } chain || parts.Length is < 2 or > 3)
            {
                return NodeAnswer.NotFound($"Paths begin with one of: {string.Join(", ", Names.Select(name => name + "/"))}.");
            }

            var argument = parts.Length == 3 ? parts[2] : null;
            return request.Method switch
            {
                "GET" => await GetAsync(chain, parts[1], argument, request.Query, cancellation).ConfigureAwait(false),
                "POST" when argument is null =>
                    await PostAsync(chain, parts[1], request, cancellation).ConfigureAwait(false),
                _ => NodeAnswer.NotFound("There is nothing of that kind."),
            };
        }
        catch (ChainBusyException error)
        {
            return NodeAnswer.Busy(error.Message);
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
        Find(chain) is { } found ? NodeEvents.ReadAsync(found, cancellation) : null;

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

    private static NodeAnswer JsonOrNotFound<TFound, TPayload>(TFound? found, Func<TFound, TPayload> payload)
        where TFound : class => found is null
            ? NodeAnswer.NotFound("It is not known here.")
            : NodeAnswer.Json(payload(found));

    private async ValueTask<NodeAnswer> GetAsync(
        IChain chain, string what, string? argument, Func<string, string?> query, CancellationToken cancellation)
    {
        switch (what, argument)
        {
            case ("tip", null):
                return NodeAnswer.Json(
                    TipPayload.Of(chain, await chain.GetTipAsync(cancellation).ConfigureAwait(false)));
            case ("headers", null):
                return await _blocks.HeadersAsync(chain, query, cancellation).ConfigureAwait(false);
            case ("blocks", null):
                return await _blocks.BlocksAsync(chain, query, cancellation).ConfigureAwait(false);
            case ("block", { } name):
                return await _blocks.BlockAsync(chain, name, cancellation).ConfigureAwait(false);
            case ("tx", { } id):
                return TxId.TryParse(id, out var txId)
                    ? JsonOrNotFound(
                        await chain.FindTransactionAsync(txId, cancellation).ConfigureAwait(false),
                        TransactionPayload.Of)
                    : NodeAnswer.BadRequest("A transaction's id is 64 hexadecimal digits.");
            case ("coin", { } text):
                return OutPoint.TryParse(text, out var outPoint)
                    ? JsonOrNotFound(
                        await chain.FindUnspentAsync(outPoint, true, cancellation).ConfigureAwait(false),
                        CoinPayload.Of)
                    : NodeAnswer.BadRequest("An output is written txid:index.");
            case ("coins", { } text):
                return await NodeLists.CoinsAsync(chain, text, query("after"), cancellation).ConfigureAwait(false);
            case ("mempool", null):
                return await NodeLists.MempoolAsync(chain, query("after"), cancellation).ConfigureAwait(false);
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
                return NodeLists.TryScript(query("script"), out var script) && PayoutAnnotation.IsPayable(script)
                    ? NodeAnswer.Json(ShareTemplatePayload.Of(
                        await ((ISharechain)chain).GetTemplateAsync(script, cancellation).ConfigureAwait(false)))
                    : NodeAnswer.BadRequest($"Give the script that the sharebase pays: ?script=hex, at most "
                        + $"{PayoutAnnotation.MostScriptBytes} bytes and one signature operation.");
            case (ChainKind.Sharechain, "main-header", { } id):
                return BlockId.TryParse(id, out var block)
                    ? await ((ISharechain)chain).GetMainHeaderAsync(block, cancellation).ConfigureAwait(false) is { } header
                        ? NodeAnswer.Bytes(header.ToArray())
                        : NodeAnswer.NotFound("It is not known here.")
                    : NodeAnswer.BadRequest("A block's id is 64 hexadecimal digits.");
            case (ChainKind.Sharechain, "payout", null):
                return NodeAnswer.Json(
                    PayoutPayload.Of(await ((ISharechain)chain).GetNextPayoutAsync(cancellation).ConfigureAwait(false)));
            case (ChainKind.Sharechain, "holders", null):
                return NodeBlocks.TryLimit(query("limit"), ShareHolders.Most, out var limit)
                    ? NodeAnswer.Json(HoldersPayload.Of(
                        await ((ISharechain)chain).GetHoldersAsync(cancellation).ConfigureAwait(false), limit))
                    : NodeAnswer.BadRequest($"A limit is a number from 1 to {ShareHolders.Most}.");
            case (ChainKind.Sharechain, "directory", null):
                return NodeAnswer.Json(
                    DirectoryPayload.Of(await ((ISharechain)chain).GetDirectoryAsync(cancellation).ConfigureAwait(false)));
            case (ChainKind.Sharechain, "weak", null):
                return NodeLists.Weak(await ((ISharechain)chain).GetWeakAsync(cancellation).ConfigureAwait(false));
            case (ChainKind.Sharechain, "figures", null):
                return NodeAnswer.Json(
                    FiguresPayload.Of(await ((ISharechain)chain).GetFiguresAsync(cancellation).ConfigureAwait(false)));
            default:
                return NodeAnswer.NotFound("There is nothing of that kind.");
        }
    }

    private static async ValueTask<NodeAnswer> FeeAsync(
        IChain chain, Func<string, string?> query, CancellationToken cancellation)
    {
        if (!int.TryParse(query("target") ?? "6", NumberStyles.None, CultureInfo.InvariantCulture, out var target)
            || target is < 1 or > 1008)
        {
            return NodeAnswer.BadRequest("A target is a number of blocks from 1 to 1008.");
        }

        var rate = await chain.EstimateFeeAsync(target, cancellation).ConfigureAwait(false);
        return NodeAnswer.Json(new FeePayload(rate.SatsPerKvB));
    }

    private async ValueTask<NodeAnswer> PostAsync(
        IChain chain, string what, NodeRequest request, CancellationToken cancellation)
    {
        if (await ReadBodyAsync(request.Body, cancellation).ConfigureAwait(false) is not { } body)
        {
            return NodeAnswer.Problem(413, "node-too-large", $"A body has at most {LargestBody} bytes.");
        }

        switch (chain.Kind, what)
        {
            case (_, "tx"):
                return Transaction.TryParse(body, out var transaction, out var error)
                    ? await BroadcastAsync(chain, transaction, request.Client, cancellation).ConfigureAwait(false)
                    : NodeAnswer.BadRequest($"The body is no transaction: {error}.");
            case (_, "unconfirmed"):
                return MempoolPayload.Read(body) is { } asked
                    ? await NodeLists.UnconfirmedAsync(chain, asked, cancellation).ConfigureAwait(false)
                    : NodeAnswer.BadRequest("The body is no list of scripts, outputs and ids, or one that is too long.");
            case (ChainKind.Mainchain, "block"):
                if (!Block.TryParse(body, out var block, out var blockError))
                {
                    return NodeAnswer.BadRequest($"The body is no block: {blockError}.");
                }

                var result = await main.SubmitBlockAsync(block, cancellation).ConfigureAwait(false);
                return NodeAnswer.Json(
                    new SubmitPayload(result.Id.ToString(), result.Code, null, result.Detail, null));
            case (ChainKind.Sharechain, "share"):
                if (!ShareBlock.TryParse(body, out var share, out var shareError))
                {
                    return NodeAnswer.BadRequest($"The body is no share: {shareError}.");
                }

                return Taken(await ((ISharechain)chain).SubmitShareAsync(share, cancellation).ConfigureAwait(false));
            case (ChainKind.Sharechain, "late"):
                return await CarryAsync((ISharechain)chain, body, cancellation).ConfigureAwait(false);
            case (ChainKind.Sharechain, "weak"):
                return NamedShare.TryParse(body, out var weak, out var weakError)
                    ? Taken(await ((ISharechain)chain).SubmitWeakAsync(weak, cancellation).ConfigureAwait(false))
                    : NodeAnswer.BadRequest($"The body is no weak share: {weakError}.");
            default:
                return NodeAnswer.NotFound("There is nothing of that kind to post.");
        }
    }

    private async ValueTask<NodeAnswer> BroadcastAsync(
        IChain chain, Transaction transaction, string? client, CancellationToken cancellation)
    {
        if (!_broadcasts.TryEnter(client))
        {
            return NodeAnswer.Busy($"So many transactions wait to be checked, of one client at most {MostBroadcastsOfClient}. "
                + "Offer it again later.");
        }

        try
        {
            return NodeAnswer.Json(BroadcastPayload.Of(
                await chain.BroadcastAsync(transaction, cancellation).ConfigureAwait(false)));
        }
        finally
        {
            _broadcasts.Leave(client);
        }
    }

    private static async ValueTask<NodeAnswer> CarryAsync(ISharechain chain, byte[] body, CancellationToken cancellation)
    {
        if (LateRegistration.Parse(body) is not { } late)
        {
            return NodeAnswer.BadRequest("The body is no late work: a header, its coinbase without witness, and its branch.");
        }

        try
        {
            return NodeAnswer.Json(
                LateStandingPayload.Of(late, await chain.CarryLateAsync(late, cancellation).ConfigureAwait(false)));
        }
        catch (NotSupportedException error)
        {
            return NodeAnswer.NotFound(error.Message);
        }
    }

    private static NodeAnswer Taken(ShareResult taken) => NodeAnswer.Json(new SubmitPayload(
        taken.Id.ToString(), taken.Code, taken.Refusal == ShareRefusal.None ? null : taken.Refusal.Code(), taken.Detail,
        taken.MainBlock?.ToString()));

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
