using System.Text.Json;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Contracts;
using Microsoft.AspNetCore.SignalR;

namespace Market.Api.Features.Streams;

/// <summary>The SignalR side of the streams. Each connection has one reader, pumped until it closes.</summary>
public sealed partial class MarketHub(
    Topics topics, StreamDoor door, ApiKeyRequests apiKeys, OrderDoor orderDoor, IOrderCalls orders, ILogger<MarketHub> log) : Hub
{
    private const string SessionKey = "session";

    /// <summary>Who signed a connection in; null where nobody did.</summary>
    internal static Caller? CallerOf(HubCallerContext connection) =>
        connection.Items.TryGetValue(SessionKey, out var session) ? (session as StreamSession)?.Caller : null;

    private StreamSession? Session => Context.Items.TryGetValue(SessionKey, out var session) ? session as StreamSession : null;

    /// <inheritdoc/>
    public override Task OnConnectedAsync()
    {
        if (Context.GetHttpContext() is not { } context || door.Open(context, caller: null) is not { IsOk: true } opened)
        {
            Context.Abort();
            return Task.CompletedTask;
        }
        Context.Items[SessionKey] = opened.Value;
        _ = PumpAsync(opened.Value, HubLines.Of(Context), Context);
        return base.OnConnectedAsync();
    }

    /// <inheritdoc/>
    public override Task OnDisconnectedAsync(Exception? exception)
    {
        Session?.Dispose();
        return base.OnDisconnectedAsync(exception);
    }

    /// <summary>Subscribes to channels; one that cannot be had is answered by an event of type "refused". Where something is away
    /// that one of them needs, the call fails once the others are had.</summary>
    /// <exception cref="HubException">Something is away, or a bug was met.</exception>
    [HubMethodName(Contracts.Streams.SubscribeMethod)]
    public async Task Subscribe(string[] channels)
    {
        if (Session is not { } session) return;
        Refusal? away = null;
        foreach (var channel in (channels ?? []).Take(StreamClient.MaxChannels + 1))
        {
            var refusal = await session.SubscribeAsync(channel ?? "", StreamAsk.Plain, Context.ConnectionAborted);
            if (refusal is null) continue;
            session.Reader.Tell(session.Refused(channel ?? "", ProblemTable.Document(refusal)));
            if (ProblemTable.StatusOf(refusal.Code) >= StatusCodes.Status500InternalServerError) away ??= refusal;
        }
        if (away is not null) throw new HubException($"{away.Code}: {away.Detail}");
    }

    /// <summary>Goes on with a channel after a position: what was missed comes after an event of type "resumed", and where that
    /// is not known any more a snapshot comes. What cannot be had is answered by the problem.</summary>
    /// <param name="channel">The channel's whole name.</param>
    /// <param name="since">The position of the last message that was seen of it; null for a snapshot.</param>
    [HubMethodName(Contracts.Streams.ResumeMethod)]
    public async Task<HubAnswer<StreamGoesOn>> Resume(string channel, string? since)
    {
        if (Session is not { } session) throw new HubException(ProblemCodes.Unavailable);
        var refusal = await session.SubscribeAsync(channel ?? "", new StreamAsk(since), Context.ConnectionAborted);
        return refusal is null
            ? new HubAnswer<StreamGoesOn> { Value = new StreamGoesOn { Channel = channel ?? "" } }
            : new HubAnswer<StreamGoesOn> { Problem = ProblemTable.Document(refusal) };
    }

    /// <summary>Ends subscriptions.</summary>
    [HubMethodName(Contracts.Streams.UnsubscribeMethod)]
    public void Unsubscribe(string[] channels)
    {
        if (Session is not { } session) return;
        foreach (var channel in (channels ?? []).Take(StreamClient.MaxChannels + 1))
            topics.Unsubscribe(session.Reader, channel ?? "");
    }

    /// <summary>Signs the connection in with a session token. True when the token is good and the key has no more streams
    /// than its tier gives; the connection ends with the session.
    /// From the first sign-in on it is that account's: another's token is refused, a newer one of the same key goes on.</summary>
    [HubMethodName(Contracts.Streams.SignInMethod)]
    public bool SignIn(string token) => Session is { } session && session.SignIn(token ?? "") is null;

    /// <summary>Signs the connection in with an API key, whose scopes say what it may from then on; the connection ends with the
    /// key. True where the account has no more streams than its tier gives, and nothing else signed the connection in.</summary>
    /// <param name="key">The key's id.</param>
    /// <param name="timestamp">Unix milliseconds.</param>
    /// <param name="code">Hex of the code over the text of a GET of the hub's path.</param>
    /// <exception cref="HubException">The key does not authenticate this.</exception>
    [HubMethodName(Contracts.Streams.ApiKeySignInMethod)]
    public async Task<bool> SignInWithApiKey(string key, string timestamp, string code)
    {
        var host = Context.GetHttpContext()?.Request.Host.Value ?? "";
        var result = await apiKeys.VerifyHubAsync(host, key ?? "", timestamp ?? "", code ?? "");
        if (result.Refusal is { } refusal) throw new HubException($"{refusal.Code}: {refusal.Detail}");
        return Session is { } session && session.SignIn(result.Value!) is null;
    }

    /// <summary>Has all orders of the account that is signed in cancelled when the connection ends, and with the server. True once
    /// that is on disk; false where nobody is signed in.</summary>
    [HubMethodName(Contracts.Streams.CancelOnDisconnectMethod)]
    public async Task<bool> CancelOnDisconnect() =>
        Session is { } session && await session.TieAsync(Context.ConnectionAborted) is null;

    // Orders: each method is the operation of the same name, and answers what that answers. Arguments are taken as they came, and
    // read where what is wrong with them can be answered by a code.

    /// <summary>Places an order.</summary>
    /// <param name="order">A <see cref="Contracts.PlaceOrder"/>.</param>
    [HubMethodName(Contracts.Streams.PlaceOrderMethod)]
    public Task<HubAnswer<PlacedOrder>> PlaceOrder(JsonElement order) => AskAsync(
        Contracts.Streams.PlaceOrderMethod,
        (call, key) => orders.PlaceAsync(key, call.Read<PlaceOrder>(0), Context.ConnectionAborted), order);

    /// <summary>Places several orders.</summary>
    /// <param name="several">A <see cref="Contracts.PlaceOrders"/>.</param>
    [HubMethodName(Contracts.Streams.PlaceOrdersMethod)]
    public Task<HubAnswer<PlacedOrders>> PlaceOrders(JsonElement several) => AskAsync(
        Contracts.Streams.PlaceOrdersMethod,
        (call, key) => orders.PlaceAsync(key, call.Read<PlaceOrders>(0), call.Refused, Context.ConnectionAborted), several);

    /// <summary>Amends an order.</summary>
    /// <param name="name">An <see cref="OrderName"/>.</param>
    /// <param name="change">A <see cref="Contracts.AmendOrder"/>.</param>
    [HubMethodName(Contracts.Streams.AmendOrderMethod)]
    public Task<HubAnswer<PlacedOrder>> AmendOrder(JsonElement name, JsonElement change) => AskAsync(
        Contracts.Streams.AmendOrderMethod,
        (call, key) => orders.AmendAsync(
            key, call.Read<OrderName>(0), call.Read<AmendOrder>(1), Context.ConnectionAborted), name, change);

    /// <summary>Cancels an order.</summary>
    /// <param name="name">An <see cref="OrderName"/>.</param>
    [HubMethodName(Contracts.Streams.CancelOrderMethod)]
    public Task<HubAnswer<Order>> CancelOrder(JsonElement name) => AskAsync(
        Contracts.Streams.CancelOrderMethod,
        (call, key) => orders.CancelAsync(key, call.Read<OrderName>(0), Context.ConnectionAborted), name);

    /// <summary>Cancels several orders.</summary>
    /// <param name="several">A <see cref="Contracts.CancelOrders"/>.</param>
    [HubMethodName(Contracts.Streams.CancelOrdersMethod)]
    public Task<HubAnswer<CancelledAnswers>> CancelOrders(JsonElement several) => AskAsync(
        Contracts.Streams.CancelOrdersMethod,
        (call, key) => orders.CancelAsync(key, call.Read<CancelOrders>(0), call.Refused, Context.ConnectionAborted), several);

    /// <summary>Cancels all open orders.</summary>
    /// <param name="which">A <see cref="Contracts.CancelAllOrders"/>.</param>
    [HubMethodName(Contracts.Streams.CancelAllOrdersMethod)]
    public Task<HubAnswer<CancelledOrders>> CancelAllOrders(JsonElement which) => AskAsync(
        Contracts.Streams.CancelAllOrdersMethod,
        (call, key) => orders.CancelAsync(key, call.Read<CancelAllOrders>(0), Context.ConnectionAborted), which);

    // Without a session the connection was refused, and is being ended.
    private Task<HubAnswer<T>> AskAsync<T>(
        string method, Func<OrderCall, string, Task<Result<T>>> run, params JsonElement[] arguments) where T : class =>
        Session is { } session && Context.GetHttpContext() is { } connection
            ? orderDoor.AskAsync(new OrderCall(connection, session, method, arguments), run, Context.ConnectionAborted)
            : Task.FromException<HubAnswer<T>>(new HubException(ProblemCodes.Unavailable));

    // The hub itself is gone by then; its connection is not.
    private async Task PumpAsync(StreamSession session, HubLine line, HubCallerContext connection)
    {
        var gone = connection.ConnectionAborted;
        try
        {
            while (!gone.IsCancellationRequested)
            {
                var message = await session.NextAsync(gone);
                if (session.IsOver)
                {
                    connection.Abort();
                    return;
                }
                if (message is not null) await line.WriteAsync(message, gone);
            }
        }
        catch (OperationCanceledException)
        {
            // The connection is gone: OnDisconnectedAsync cleans up.
        }
        catch (Exception e)
        {
            PumpFailed(log, e);
            connection.Abort();
        }
    }

    [LoggerMessage(LogLevel.Error, "A stream's pump failed")]
    private static partial void PumpFailed(ILogger log, Exception e);
}
