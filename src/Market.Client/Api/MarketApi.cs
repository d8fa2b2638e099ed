using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Market.Contracts;

namespace Market.Client.Api;

/// <summary>
/// The market's REST interface, typed. Reads need no key; private calls are signed one by one with the account's key, or
/// authenticated with an API key of it, so there is no session to lose. Every method throws <see cref="MarketApiException"/> on a
/// refusal and <see cref="MarketUnavailableException"/> where no market answers; where a request that changes something may have
/// reached it all the same, its kind <see cref="AnswerLostException"/>. All calls are tried again after a broken connection: each
/// is idempotent, placing an order by its client order id; only of API keys a lost answer leaves one more.
/// </summary>
public sealed class MarketApi : IDisposable
{
    private const int Tries = 4;
    private const int MaxAnswerBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    private readonly HttpClient _http;
    private readonly IAccountKey? _key;
    private readonly ApiKeyCredential? _apiKey;
    private readonly TimeProvider _time;
    private long _lastTimestamp;

    /// <summary>A client of one market.</summary>
    /// <param name="server">Its address.</param>
    /// <param name="key">The account; null for public reads only.</param>
    /// <param name="time">The clock that requests are stamped with.</param>
    /// <param name="handler">How requests travel; null for the usual way. Not disposed.</param>
    public MarketApi(Uri server, IAccountKey? key = null, TimeProvider? time = null, HttpMessageHandler? handler = null)
    {
        Server = server;
        _key = key;
        _time = time ?? TimeProvider.System;
        _http = handler is null ? new HttpClient() : new HttpClient(handler, disposeHandler: false);
        _http.BaseAddress = server;
        _http.Timeout = TimeSpan.FromSeconds(30);
        _http.MaxResponseContentBufferSize = MaxAnswerBytes;
    }

    /// <summary>A client of one market that has an API key, and not the account's own.</summary>
    /// <param name="server">Its address.</param>
    /// <param name="apiKey">The API key; its scopes say what the market lets it do.</param>
    /// <param name="time">The clock that requests are stamped with.</param>
    /// <param name="handler">How requests travel; null for the usual way. Not disposed.</param>
    public MarketApi(Uri server, ApiKeyCredential apiKey, TimeProvider? time = null, HttpMessageHandler? handler = null)
        : this(server, (IAccountKey?)null, time, handler) => _apiKey = apiKey;

    /// <summary>The market's address.</summary>
    public Uri Server { get; }

    /// <summary>What the market is called in what is signed for it: as the Host header names it.</summary>
    public string Host => Server.HostNameType == UriHostNameType.IPv6 || Server.IdnHost == Server.Host
        ? Server.Authority
        : Server.IsDefaultPort ? Server.IdnHost : string.Create(CultureInfo.InvariantCulture, $"{Server.IdnHost}:{Server.Port}");

    /// <summary>The account, where there is a key.</summary>
    public string? Account => _key?.Account ?? _apiKey?.Account;

    /// <summary>All instruments.</summary>
    public Task<IReadOnlyList<Instrument>> GetInstrumentsAsync(CancellationToken cancellation = default) =>
        GetAsync<IReadOnlyList<Instrument>>(Routes.Instruments, false, cancellation);

    /// <summary>The expiry series of all sharechains whose shares expire, by sharechain, the newest first.</summary>
    public Task<ExpirySeriesList> GetSeriesAsync(CancellationToken cancellation = default) =>
        GetAsync<ExpirySeriesList>(Routes.Series, false, cancellation);

    /// <summary>Asks a devnet's faucet for coins: asked again, it pays again.</summary>
    /// <param name="chain">On which chain.</param>
    /// <param name="script">Whom to pay, in hex.</param>
    /// <param name="instrument">Whose shares; null for those of the only one.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<FaucetPayment> AskFaucetAsync(
        ChainName chain, string script, string? instrument = null, CancellationToken cancellation = default) =>
        SendAsync<FaucetPayment>(HttpMethod.Post, Routes.Faucet,
            new AskFaucet { Chain = chain, Script = script, Instrument = instrument }, false, cancellation);

    /// <summary>One instrument.</summary>
    public Task<Instrument> GetInstrumentAsync(string instrument, CancellationToken cancellation = default) =>
        GetAsync<Instrument>(Fill(Routes.Instrument, instrument), false, cancellation);

    /// <summary>The book.</summary>
    /// <param name="instrument">Which.</param>
    /// <param name="depth">Levels a side; null for the server's default.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<BookSnapshot> GetBookAsync(
        string instrument, int? depth = null, CancellationToken cancellation = default) =>
        GetAsync<BookSnapshot>(Fill(Routes.Book, instrument) + Query(("depth", depth)), false, cancellation);

    /// <summary>Trades, newest first.</summary>
    public Task<Page<Trade>> GetTradesAsync(
        string instrument, int? limit = null, string? cursor = null, CancellationToken cancellation = default) =>
        GetAsync<Page<Trade>>(
            Fill(Routes.Trades, instrument) + Query(("limit", limit), ("cursor", cursor)), false, cancellation);

    /// <summary>How many swaps settled and failed, by side.</summary>
    public Task<SwapCounts> GetSwapCountsAsync(string instrument, CancellationToken cancellation = default) =>
        GetAsync<SwapCounts>(Fill(Routes.SwapCounts, instrument), false, cancellation);

    /// <summary>The ticker.</summary>
    public Task<Ticker> GetTickerAsync(string instrument, CancellationToken cancellation = default) =>
        GetAsync<Ticker>(Fill(Routes.Ticker, instrument), false, cancellation);

    /// <summary>The tickers of all instruments.</summary>
    public Task<IReadOnlyList<Ticker>> GetTickersAsync(CancellationToken cancellation = default) =>
        GetAsync<IReadOnlyList<Ticker>>(Routes.Tickers, false, cancellation);

    /// <summary>What the last price says: d = d_time x d_params, and the model's value.</summary>
    public Task<Discount> GetDiscountAsync(string instrument, CancellationToken cancellation = default) =>
        GetAsync<Discount>(Fill(Routes.Discount, instrument), false, cancellation);

    /// <summary>Both tips of an instrument as the market sees them.</summary>
    /// <param name="instrument">Which; null for the only one.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<ChainTips> GetChainsAsync(string? instrument = null, CancellationToken cancellation = default) =>
        GetAsync<ChainTips>(Routes.Chains + Query(("instrument", instrument)), false, cancellation);

    /// <summary>Says that coins are the account's stake. Asked again it says how they stand.</summary>
    public Task<Bond> ProveBondAsync(ProveBond claim, CancellationToken cancellation = default) =>
        SendAsync<Bond>(HttpMethod.Post, Routes.Bonds, claim, true, cancellation);

    /// <summary>Coins at stake for an account.</summary>
    /// <param name="account">Hex of its x-only key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<IReadOnlyList<Bond>> GetBondsAsync(string account, CancellationToken cancellation = default) =>
        GetAsync<IReadOnlyList<Bond>>(Routes.Bonds + Query(("key", account)), false, cancellation);

    /// <summary>A puzzle of memory-hard work.</summary>
    public Task<TicketTask> GetMemoryTicketAsync(CancellationToken cancellation = default) =>
        GetAsync<TicketTask>(Routes.Ticket + Query(("kind", Wire<TicketKind>(TicketKind.Memory))), false, cancellation);

    /// <summary>A puzzle of recycled work.</summary>
    /// <param name="chain">The sharechain, as in paths.</param>
    /// <param name="script">Whom its sharebase pays, in hex.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<TicketTask> GetWorkTicketAsync(string chain, string script, CancellationToken cancellation = default) =>
        GetAsync<TicketTask>(
            Routes.Ticket + Query(("kind", Wire<TicketKind>(TicketKind.Work)), ("chain", chain), ("script", script)), false,
            cancellation);

    /// <summary>Hands a solution in. One that arrived before is refused as used.</summary>
    public Task<TicketTaken> HandInTicketAsync(HandInTicket solution, CancellationToken cancellation = default) =>
        SendAsync<TicketTaken>(HttpMethod.Post, Routes.Ticket, solution, true, cancellation);

    /// <summary>Makes an API key of the account; its secret is told now and never again. No API key may.</summary>
    public Task<CreatedApiKey> CreateApiKeyAsync(CreateApiKey wish, CancellationToken cancellation = default) =>
        SendAsync<CreatedApiKey>(HttpMethod.Post, Routes.ApiKeys, wish, true, cancellation);

    /// <summary>The account's API keys, newest first.</summary>
    public Task<IReadOnlyList<ApiKey>> GetApiKeysAsync(CancellationToken cancellation = default) =>
        GetAsync<IReadOnlyList<ApiKey>>(Routes.ApiKeys, true, cancellation);

    /// <summary>Ends an API key of the account.</summary>
    public Task<ApiKey> RevokeApiKeyAsync(string id, CancellationToken cancellation = default) =>
        SendAsync<ApiKey>(HttpMethod.Delete, Fill(Routes.ApiKey, id), null, true, cancellation);

    /// <summary>How the market is doing.</summary>
    public Task<ServerStatus> GetStatusAsync(CancellationToken cancellation = default) =>
        GetAsync<ServerStatus>(Routes.Status, false, cancellation);

    /// <summary>The market's clock.</summary>
    public Task<ServerTime> GetTimeAsync(CancellationToken cancellation = default) =>
        GetAsync<ServerTime>(Routes.Time, false, cancellation);

    /// <summary>Fees of an instrument.</summary>
    /// <param name="instrument">Which; null for the only one.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<Fees> GetFeesAsync(string? instrument = null, CancellationToken cancellation = default) =>
        GetAsync<Fees>(Routes.Fees + Query(("instrument", instrument)), false, cancellation);

    /// <summary>Limits.</summary>
    public Task<Limits> GetLimitsAsync(CancellationToken cancellation = default) =>
        GetAsync<Limits>(Routes.Limits, false, cancellation);

    /// <summary>Places an order.</summary>
    public Task<PlacedOrder> PlaceOrderAsync(PlaceOrder order, CancellationToken cancellation = default) =>
        SendAsync<PlacedOrder>(HttpMethod.Post, Routes.Orders, order, true, cancellation);

    /// <summary>Places several orders, each answered by itself.</summary>
    public Task<PlacedOrders> PlaceOrdersAsync(PlaceOrders orders, CancellationToken cancellation = default) =>
        SendAsync<PlacedOrders>(HttpMethod.Post, Routes.OrderBatch, orders, true, cancellation);

    /// <summary>Cancels several orders, each answered by itself.</summary>
    public Task<CancelledAnswers> CancelOrdersAsync(CancelOrders orders, CancellationToken cancellation = default) =>
        SendAsync<CancelledAnswers>(HttpMethod.Delete, Routes.OrderBatch, orders, true, cancellation);

    /// <summary>Proves coins that orders of the account may draw on.</summary>
    public Task<ProvedOutpoints> ProveOutpointsAsync(ProveOutpoints proofs, CancellationToken cancellation = default) =>
        SendAsync<ProvedOutpoints>(HttpMethod.Post, Routes.Outpoints, proofs, true, cancellation);

    /// <summary>The account's proved coins and where each stands, newest first.</summary>
    /// <param name="chain">Only of this chain; null for all.</param>
    /// <param name="limit">How many.</param>
    /// <param name="cursor">Where a former page ended.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<Page<ProvedOutpoint>> GetOutpointsAsync(
        string? chain, int limit, string? cursor, CancellationToken cancellation = default) =>
        GetAsync<Page<ProvedOutpoint>>(
            Routes.Outpoints + Query(
                ("chain", chain), ("limit", limit.ToString(CultureInfo.InvariantCulture)), ("cursor", cursor)), true, cancellation);

    /// <summary>Takes a proved coin back.</summary>
    /// <param name="outpoint">"txid:index".</param>
    /// <param name="chain">Its chain; null where it is proved on one.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<ProvedOutpoint> TakeBackOutpointAsync(
        string outpoint, string? chain = null, CancellationToken cancellation = default) =>
        SendAsync<ProvedOutpoint>(
            HttpMethod.Delete, Routes.Outpoint.Replace("{outpoint}", outpoint, StringComparison.Ordinal) + Query(("chain", chain)),
            null, true, cancellation);

    /// <summary>What the account has proved, by asset and by where it stands.</summary>
    public Task<Balances> GetBalancesAsync(CancellationToken cancellation = default) =>
        GetAsync<Balances>(Routes.Balances, true, cancellation);

    /// <summary>Sets the dead man's switch of the account, or renews it, or turns it off.</summary>
    public Task<DeadMan> SetDeadManAsync(SetDeadMan set, CancellationToken cancellation = default) =>
        SendAsync<DeadMan>(HttpMethod.Put, Routes.DeadMan, set, true, cancellation);

    /// <summary>Gives an order another price or quantity. It may be sent again: it says how the order shall be.</summary>
    /// <param name="id">The market's id, or "client:" and the client's.</param>
    /// <param name="amend">How it shall be.</param>
    /// <param name="instrument">The instrument in which the market's id is good; null for its only one.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<PlacedOrder> AmendOrderAsync(
        string id, AmendOrder amend, string? instrument = null, CancellationToken cancellation = default) =>
        SendAsync<PlacedOrder>(
            HttpMethod.Patch, Fill(Routes.Order, id) + Query(("instrument", instrument)), amend, true, cancellation);

    /// <summary>Cancels an order.</summary>
    /// <param name="id">The market's id, or "client:" and the client's.</param>
    /// <param name="instrument">The instrument in which the market's id is good; null for the only one.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<Order> CancelOrderAsync(
        string id, string? instrument = null, CancellationToken cancellation = default) => SendAsync<Order>(
            HttpMethod.Delete, Fill(Routes.Order, id) + Query(("instrument", instrument)), null, true, cancellation);

    /// <summary>Cancels all open orders.</summary>
    public Task<CancelledOrders> CancelAllAsync(CancelAllOrders which, CancellationToken cancellation = default) =>
        SendAsync<CancelledOrders>(HttpMethod.Post, Routes.CancelAll, which, true, cancellation);

    /// <summary>One own order.</summary>
    /// <param name="id">The market's id, or "client:" and the client's.</param>
    /// <param name="instrument">The instrument in which the market's id is good; null for the only one.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<Order> GetOrderAsync(string id, string? instrument = null, CancellationToken cancellation = default) =>
        GetAsync<Order>(Fill(Routes.Order, id) + Query(("instrument", instrument)), true, cancellation);

    /// <summary>Own orders, newest first.</summary>
    public Task<Page<Order>> GetOrdersAsync(
        OrderStatus? status = null, int? limit = null, string? cursor = null, CancellationToken cancellation = default) =>
        GetOrdersAsync(new ListFilter(), status, limit, cursor, cancellation);

    /// <summary>Own orders of a filter, newest first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="status">Only those; null for all.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cursor">From another page: its next one for what is older, its previous one for what came since.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<Page<Order>> GetOrdersAsync(
        ListFilter filter, OrderStatus? status = null, int? limit = null, string? cursor = null,
        CancellationToken cancellation = default) =>
        GetAsync<Page<Order>>(
            Routes.Orders + Query([("id", filter.Order), .. filter.Parts, ("status", Wire(status)), ("limit", limit),
                ("cursor", cursor)]),
            true, cancellation);

    /// <summary>Requests that were refused, newest first: the own key's, or with the operator's key everybody's.</summary>
    /// <param name="key">Only this key's; null for all that may be seen.</param>
    /// <param name="code">Only with this problem code; null for all.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cursor">From the page before.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<Page<AuditedRefusal>> GetRefusalsAsync(
        string? key, string? code, int limit, string? cursor, CancellationToken cancellation = default) =>
        GetAsync<Page<AuditedRefusal>>(
            Routes.Refusals + Query(("key", key), ("code", code), ("limit", limit), ("cursor", cursor)), true, cancellation);

    /// <summary>Own fills, newest first.</summary>
    public Task<Page<Fill>> GetFillsAsync(
        int? limit = null, string? cursor = null, CancellationToken cancellation = default) =>
        GetFillsAsync(new ListFilter(), null, limit, cursor, cancellation);

    /// <summary>Own fills of a filter, newest first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="status">Only those whose trade has this status; null for all.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cursor">From another page: its next one for what is older, its previous one for what came since.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<Page<Fill>> GetFillsAsync(
        ListFilter filter, TradeStatus? status = null, int? limit = null, string? cursor = null,
        CancellationToken cancellation = default) =>
        GetAsync<Page<Fill>>(
            Routes.Fills + Query([("order", filter.Order), .. filter.Parts, ("status", Wire(status)), ("limit", limit),
                ("cursor", cursor)]),
            true, cancellation);

    /// <summary>Swaps, newest first.</summary>
    /// <param name="mine">True for the account's own.</param>
    /// <param name="outcome">Only those; null for all.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cursor">From the page before.</param>
    /// <param name="instrument">Only those of an instrument; null for all.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<Page<SwapSummary>> GetSwapsAsync(
        bool mine = false,
        SwapOutcome? outcome = null,
        int? limit = null,
        string? cursor = null,
        string? instrument = null,
        CancellationToken cancellation = default) => GetAsync<Page<SwapSummary>>(
            Routes.Swaps + Query(
                ("instrument", instrument), ("mine", mine ? "true" : null), ("outcome", Wire(outcome)), ("limit", limit),
                ("cursor", cursor)),
            mine,
            cancellation);

    /// <summary>One swap, with the account's role where there is a key.</summary>
    public Task<SwapDetail> GetSwapAsync(string id, CancellationToken cancellation = default) =>
        GetAsync<SwapDetail>(Fill(Routes.Swap, id), Account is not null, cancellation);

    /// <summary>What a swap's end follows from, for anybody to check.</summary>
    public Task<SwapProof> GetSwapProofAsync(string id, CancellationToken cancellation = default) =>
        GetAsync<SwapProof>(Fill(Routes.SwapProof, id), false, cancellation);

    /// <summary>Swaps of a key, newest first: public.</summary>
    /// <param name="account">Hex of the x-only key.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cursor">From the page before.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<Page<SwapSummary>> GetSwapsOfAsync(
        string account, int? limit = null, string? cursor = null, CancellationToken cancellation = default) =>
        GetAsync<Page<SwapSummary>>(
            Routes.Swaps + Query(("account", account), ("limit", limit), ("cursor", cursor)), false, cancellation);

    /// <summary>What the account has earned, and what an operation would cost it.</summary>
    /// <param name="operation">By its id in the API document; null for none.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<OwnStanding> GetStandingAsync(string? operation = null, CancellationToken cancellation = default) =>
        GetAsync<OwnStanding>(Routes.Standing + Query(("operation", operation)), true, cancellation);

    /// <summary>A key's tier and what it follows from.</summary>
    /// <param name="key">Hex of the x-only key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<KeyStanding> GetKeyStandingAsync(string key, CancellationToken cancellation = default) =>
        GetAsync<KeyStanding>(Fill(Routes.StandingOf, key), false, cancellation);

    /// <summary>Gives credits to another key; the same under the same id is done once.</summary>
    public Task<CreditTransfer> TransferCreditsAsync(TransferCredits transfer, CancellationToken cancellation = default) =>
        SendAsync<CreditTransfer>(HttpMethod.Post, Routes.CreditTransfers, transfer, true, cancellation);

    /// <summary>Gives the own side's keys; giving the same again is harmless.</summary>
    public Task<SwapDetail> GiveSwapKeysAsync(
        string id, GiveSwapKeys keys, CancellationToken cancellation = default) =>
        SendAsync<SwapDetail>(HttpMethod.Post, Fill(Routes.SwapKeys, id), keys, true, cancellation);

    /// <summary>A request with the headers that sign it; for streams, which outlive one call.</summary>
    /// <param name="method">The method.</param>
    /// <param name="pathAndQuery">As it goes into the request line.</param>
    /// <param name="body">The body's bytes; empty for none.</param>
    public HttpRequestMessage Sign(HttpMethod method, string pathAndQuery, ReadOnlySpan<byte> body)
    {
        var request = new HttpRequestMessage(method, pathAndQuery);
        if (Account is null)
        {
            throw new InvalidOperationException("This call needs an account's key.");
        }

        var at = pathAndQuery.IndexOf('?', StringComparison.Ordinal);
        var (path, query) = at < 0 ? (pathAndQuery, "") : (pathAndQuery[..at], pathAndQuery[(at + 1)..]);
        var timestamp = NextTimestamp().ToString(CultureInfo.InvariantCulture);
        var text = SignedRequest.Text(
            Host, method.Method, path, query, timestamp, Convert.ToHexStringLower(SHA256.HashData(body)));
        request.Headers.Add(SignedRequest.TimestampHeader, timestamp);
        if (_apiKey is { } apiKey)
        {
            request.Headers.Add(ApiKeyRequest.KeyHeader, apiKey.Id);
            request.Headers.Add(SignedRequest.SignatureHeader, Convert.ToHexStringLower(ApiKeyRequest.Code(apiKey.Secret, text)));
            return request;
        }

        request.Headers.Add(SignedRequest.KeyHeader, _key!.Account);
        request.Headers.Add(
            SignedRequest.SignatureHeader, Convert.ToHexStringLower(_key.Sign(TaggedText.Hash(SignedRequest.Tag, text))));
        return request;
    }

    /// <summary>The arguments by which an API key signs a connection of the hub in; null where there is none.</summary>
    internal (string Key, string Timestamp, string Code)? SignHub()
    {
        if (_apiKey is not { } apiKey)
        {
            return null;
        }

        var timestamp = NextTimestamp().ToString(CultureInfo.InvariantCulture);
        var code = ApiKeyRequest.Code(apiKey.Secret, ApiKeyRequest.HubText(Host, timestamp));
        return (apiKey.Id, timestamp, Convert.ToHexStringLower(code));
    }

    /// <summary>Opens a session of the account's own key, for what cannot be signed one by one.</summary>
    /// <exception cref="InvalidOperationException">There is no such key.</exception>
    internal async Task<Session> OpenSessionAsync(CancellationToken cancellation)
    {
        var key = _key ?? throw new InvalidOperationException("A session needs an account's key.");
        var instruments = await GetInstrumentsAsync(cancellation).ConfigureAwait(false);
        var network = instruments.Count > 0
            ? instruments[0].Network
            : throw new MarketUnavailableException($"{Server} trades nothing: there is no network to sign for.");
        var challenge = await SendAsync<Challenge>(
            HttpMethod.Post, Routes.Challenges, new CreateChallenge { Key = key.Account }, false, cancellation)
            .ConfigureAwait(false);

        // What is signed is put together here, and never taken from whoever asks for the signature.
        var digest = SignInText.Digest(Host, network, key.Account, challenge.Value);
        return await SendAsync<Session>(HttpMethod.Post, Routes.Sessions, new CreateSession
        {
            Key = key.Account,
            Challenge = challenge.Value,
            Signature = Convert.ToHexStringLower(key.Sign(digest)),
        }, false, cancellation).ConfigureAwait(false);
    }

    /// <summary>Sends a request whose answer is read as it comes.</summary>
    internal async Task<HttpResponseMessage> OpenAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation)
            .ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
        {
            using (answer)
            {
                throw await RefusalAsync(answer, false, false, cancellation).ConfigureAwait(false);
            }
        }

        return answer;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static string Fill(string route, string value)
    {
        var open = route.IndexOf('{', StringComparison.Ordinal);
        var close = route.IndexOf('}', StringComparison.Ordinal);
        return string.Concat(route.AsSpan(0, open), Uri.EscapeDataString(value), route.AsSpan(close + 1));
    }

    private static string Query(params (string Name, object? Value)[] parts)
    {
        var given = parts.Where(part => part.Value is not null).Select(part =>
            $"{part.Name}={Uri.EscapeDataString(Convert.ToString(part.Value, CultureInfo.InvariantCulture)!)}");
        var query = string.Join('&', given);
        return query.Length == 0 ? "" : "?" + query;
    }

    private static string? Wire<T>(T? value) where T : struct, Enum =>
        value is { } given ? JsonNamingPolicy.CamelCase.ConvertName(given.ToString()) : null;

    private Task<T> GetAsync<T>(string path, bool signed, CancellationToken cancellation) =>
        SendAsync<T>(HttpMethod.Get, path, null, signed, cancellation);

    private async Task<T> SendAsync<T>(
        HttpMethod method, string path, object? body, bool signed, CancellationToken cancellation)
    {
        var bytes = body is null ? [] : JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), MarketJson.Options);
        var lost = false;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                // Signed anew at each try: a timestamp is good once.
                using var request = signed ? Sign(method, path, bytes) : new HttpRequestMessage(method, path);
                if (body is not null)
                {
                    request.Content = new ByteArrayContent(bytes);
                    request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                }

                using var answer = await _http.SendAsync(request, cancellation).ConfigureAwait(false);
                if (answer.IsSuccessStatusCode)
                {
                    return await ReadAsync<T>(answer, method != HttpMethod.Get, cancellation).ConfigureAwait(false);
                }

                var refusal = await RefusalAsync(answer, method != HttpMethod.Get, lost, cancellation).ConfigureAwait(false);
                if (attempt >= Tries || !IsPassing(answer.StatusCode))
                {
                    throw refusal;
                }

                lost |= method != HttpMethod.Get && refusal is not MarketApiException { IsCertain: true };
            }
            catch (Exception e) when (IsBroken(e, cancellation))
            {
                lost |= method != HttpMethod.Get && !IsUnsent(e);
                if (attempt >= Tries)
                {
                    throw lost
                        ? Lost($"{Server} did not answer: {e.Message}", e)
                        : new MarketUnavailableException(
                            $"No market answers at {Server}: {e.Message} Is it running (market up), and is --server right?", e);
                }
            }

            await Task.Delay(FirstPause * (1 << attempt), _time, cancellation).ConfigureAwait(false);
        }
    }

    private static AnswerLostException Lost(string why, Exception? inner = null) =>
        new($"Whether the market did what was asked is not known: {why}", inner);

    private static bool IsBroken(Exception e, CancellationToken cancellation) =>
        e is HttpRequestException || (e is TaskCanceledException && !cancellation.IsCancellationRequested);

    /// <summary>True where there was no connection, so that nothing of the request can have arrived.</summary>
    private static bool IsUnsent(Exception e) => e is HttpRequestException
    {
        HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
            or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
    };

    private static bool IsPassing(HttpStatusCode status) =>
        status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;

    private async Task<T> ReadAsync<T>(HttpResponseMessage answer, bool changes, CancellationToken cancellation)
    {
        var bytes = await answer.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
        try
        {
            return JsonSerializer.Deserialize<T>(bytes, MarketJson.Options)
                ?? throw new JsonException("the answer is null");
        }
        catch (JsonException e)
        {
            var why = $"What answers at {Server} does not speak this market's language.";
            throw changes ? Lost(why, e) : new MarketUnavailableException(why, e);
        }
    }

    private async Task<Exception> RefusalAsync(
        HttpResponseMessage answer, bool changes, bool lost, CancellationToken cancellation)
    {
        var bytes = await answer.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (JsonSerializer.Deserialize<Problem>(bytes, MarketJson.Options) is { } problem)
            {
                return new MarketApiException(problem, lost);
            }
        }
        catch (JsonException)
        {
            // Not a problem document: said below with what it was.
        }

        var start = Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, 200)));
        var said = $"{Server} answered {(int)answer.StatusCode} without saying why: {start}";
        return changes ? Lost(said) : new MarketUnavailableException(said);
    }

    private long NextTimestamp()
    {
        // Two requests of one key must differ in their timestamps.
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        while (true)
        {
            var last = Interlocked.Read(ref _lastTimestamp);
            var next = Math.Max(now, last + 1);
            if (Interlocked.CompareExchange(ref _lastTimestamp, next, last) == last)
            {
                return next;
            }
        }
    }
}
