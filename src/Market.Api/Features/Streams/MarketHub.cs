using System.Text.Json;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Contracts;
using Microsoft.AspNetCore.SignalR;

namespace Market.Api.Features.Streams;

/// <summary>The SignalR side of the streams. Each connection has one reader, pumped until it closes.</summary>
public sealed partial class MarketHub(
    Topics topics, StreamSlots slots, SessionTokens tokens, TimeProvider clock, ILogger<MarketHub> log) : Hub
{
    private const string ReaderKey = "reader";
    private const string PlaceKey = "place";
    private const string CallerKey = "caller";

    private StreamClient? Reader => Context.Items.TryGetValue(ReaderKey, out var reader) ? reader as StreamClient : null;

    /// <inheritdoc/>
    public override Task OnConnectedAsync()
    {
        if (Context.GetHttpContext() is not { } context || slots.TryTake(context) is not { } place)
        {
            Context.Abort();
            return Task.CompletedTask;
        }
        Context.Items[PlaceKey] = place;
        var reader = topics.Open(account: null);
        Context.Items[ReaderKey] = reader;
        _ = PumpAsync(reader, Clients.Caller, Context);
        return base.OnConnectedAsync();
    }

    /// <inheritdoc/>
    public override Task OnDisconnectedAsync(Exception? exception)
    {
        if (Reader is { } reader) topics.Closed(reader);
        if (Context.Items.TryGetValue(PlaceKey, out var place)) (place as IDisposable)?.Dispose();
        return base.OnDisconnectedAsync(exception);
    }

    /// <summary>Subscribes to channels; one that cannot be had is answered by an event of type "refused".</summary>
    [HubMethodName(Contracts.Streams.SubscribeMethod)]
    public async Task Subscribe(string[] channels)
    {
        if (Reader is not { } reader) return;
        foreach (var channel in (channels ?? []).Take(StreamClient.MaxChannels + 1))
        {
            var result = await topics.SubscribeAsync(reader, channel ?? "", Context.ConnectionAborted);
            if (result.Refusal is { } refusal) reader.Tell(Refused(channel ?? "", refusal));
        }
    }

    /// <summary>Ends subscriptions.</summary>
    [HubMethodName(Contracts.Streams.UnsubscribeMethod)]
    public void Unsubscribe(string[] channels)
    {
        if (Reader is not { } reader) return;
        foreach (var channel in (channels ?? []).Take(StreamClient.MaxChannels + 1)) topics.Unsubscribe(reader, channel ?? "");
    }

    /// <summary>Signs the connection in with a session token. True when the token is good; the connection ends with the session.
    /// From the first sign-in on it is that account's: another's token is refused, a newer one of the same key goes on.</summary>
    [HubMethodName(Contracts.Streams.SignInMethod)]
    public bool SignIn(string token)
    {
        var caller = tokens.Read(token ?? "");
        if (!caller.IsOk || caller.Value is null || Reader is not { } reader) return false;
        // What was subscribed as one account would else go on under another's session.
        if (Context.Items.TryGetValue(CallerKey, out var who) && who is Caller known && known.Key != caller.Value.Key) return false;
        Context.Items[CallerKey] = caller.Value;
        reader.Account = caller.Value.Key;
        return true;
    }

    // The hub itself is gone by then; its connection is not.
    private async Task PumpAsync(StreamClient reader, ISingleClientProxy caller, HubCallerContext connection)
    {
        var gone = connection.ConnectionAborted;
        try
        {
            while (!gone.IsCancellationRequested)
            {
                var message = await reader.NextAsync(gone);
                if (connection.Items.TryGetValue(CallerKey, out var who) && who is Caller known && tokens.IsOver(known))
                {
                    connection.Abort();
                    return;
                }
                if (message is not null) await caller.SendAsync(Contracts.Streams.ClientMethod, message, gone);
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

    private StreamEvent Refused(string channel, Refusal refusal) => new()
    {
        Channel = channel.Length > 128 ? channel[..128] : channel,
        Type = StreamEventType.Refused,
        Sequence = 0,
        Time = clock.GetUtcNow(),
        Data = JsonSerializer.SerializeToElement(ProblemTable.Document(refusal), MarketJson.Options),
    };

    [LoggerMessage(LogLevel.Error, "A stream's pump failed")]
    private static partial void PumpFailed(ILogger log, Exception e);
}
