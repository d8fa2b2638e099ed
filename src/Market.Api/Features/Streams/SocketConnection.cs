using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Features.Streams;

/// <summary>
/// A plain WebSocket with its reader. One loop takes requests, one at a time, and never more than <see cref="MaxMessage"/> bytes of
/// one; the other alone writes: answers and messages in the order of the reader's queue, and the close frame last.
/// </summary>
internal sealed partial class SocketConnection(
    WebSocket socket, StreamSession session, HttpContext context, Topics topics, CallWindow window, StreamReads reads,
    ApiKeyRequests apiKeys, SocketTimes times, TimeProvider clock, ILogger log)
{
    /// <summary>Bytes of a message from the client.</summary>
    public const int MaxMessage = 4 * 1024;

    /// <summary>Bytes of a message to the client that are handed over at once: a longer one goes in parts.</summary>
    public const int PartBytes = 64 * 1024;

    /// <summary>Requests beyond the client's window that are answered one after the other; after so many the connection
    /// ends.</summary>
    public const int MostBeyond = 32;

    // Bytes of what still comes once the connection ends, so that the other end gets to read why.
    private const int MostDrained = 1024 * 1024;

    private readonly TaskCompletionSource<SocketEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _asked = clock.GetUtcNow().UtcTicks;
    private int _beyond;

    /// <summary>Serves it to its end.</summary>
    /// <param name="gone">The connection is lost.</param>
    /// <param name="stopping">The server stops.</param>
    public async Task RunAsync(CancellationToken gone, CancellationToken stopping)
    {
        await using var stop = stopping.Register(() => End(SocketEnd.Stopping));
        var taking = TakeAsync(gone);
        await WriteAsync(gone);
        try
        {
            await taking.WaitAsync(times.Close, clock, gone);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // The other end does not close, or is gone: nobody waits for it.
            socket.Abort();
            await taking;
        }
    }

    private void End(SocketEnd end)
    {
        if (_end.TrySetResult(end)) session.Reader.Look();
    }

    private bool IsSilent() => clock.GetUtcNow().UtcTicks - Volatile.Read(ref _asked) >= times.Idle.Ticks;

    // -- what is told --

    private async Task WriteAsync(CancellationToken gone)
    {
        try
        {
            while (!_end.Task.IsCompleted)
            {
                var message = await session.NextAsync(gone);
                if (session.IsOver) End(SocketEnd.Over(session.Caller));
                else if (message is not null) await SendAsync(message.Json, gone);
                else if (session.Reader.Count == 0 && IsSilent()) End(SocketEnd.Idle);
            }
            await CloseAsync(await _end.Task, gone);
        }
        catch (Exception e) when (IsOfLine(e))
        {
            End(SocketEnd.Gone);
            socket.Abort();
        }
        catch (Exception e)
        {
            PumpFailed(log, e);
            End(SocketEnd.Bug);
            socket.Abort();
        }
    }

    private async Task CloseAsync(SocketEnd end, CancellationToken gone)
    {
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived)) return;
        if (end.Refusal is { } refusal)
            await SendAsync(session.Refused("", Answers.Part(context, refusal)).Json, gone);
        await socket.CloseOutputAsync(end.Status, end.Reason, gone).WaitAsync(times.Write, clock, gone);
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> json, CancellationToken gone)
    {
        for (var at = 0; at < json.Length; at += PartBytes)
        {
            var part = json.Slice(at, Math.Min(PartBytes, json.Length - at));
            var sent = socket.SendAsync(
                part, WebSocketMessageType.Text, at + part.Length == json.Length, CancellationToken.None);
            // Most of the time there is room, and nothing is waited for.
            if (sent.IsCompletedSuccessfully) continue;
            await sent.AsTask().WaitAsync(times.Write, clock, gone);
        }
    }

    // -- what is asked --

    private async Task TakeAsync(CancellationToken gone)
    {
        try
        {
            while (await RequestAsync(gone))
            {
                if (session.Reader.HasLostAnswers) End(SocketEnd.Flood);
            }
            await DrainAsync(gone);
        }
        catch (Exception e) when (IsOfLine(e))
        {
            End(SocketEnd.Gone);
        }
        catch (Exception e)
        {
            PumpFailed(log, e);
            End(SocketEnd.Bug);
        }
    }

    // Most readers ask once and then listen: until something comes none of them keeps a buffer. False where nothing comes any more.
    private async ValueTask<bool> RequestAsync(CancellationToken gone)
    {
        if (_end.Task.IsCompleted) return false;
        var come = await socket.ReceiveAsync(Memory<byte>.Empty, gone);
        if (Why(come, isFull: false) is { } end)
        {
            End(end);
            return false;
        }
        var buffer = ArrayPool<byte>.Shared.Rent(MaxMessage);
        try
        {
            if ((come.EndOfMessage ? 0 : await ReceiveAsync(buffer.AsMemory(0, MaxMessage), gone)) is not { } length) return false;
            Volatile.Write(ref _asked, clock.GetUtcNow().UtcTicks);
            await AnswerAsync(buffer.AsMemory(0, length), gone);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Null where there is none any more.
    private async ValueTask<int?> ReceiveAsync(Memory<byte> buffer, CancellationToken gone)
    {
        var length = 0;
        while (!_end.Task.IsCompleted)
        {
            var got = await socket.ReceiveAsync(buffer[length..], gone);
            length += got.Count;
            if (Why(got, length == buffer.Length) is { } end) End(end);
            else if (got.EndOfMessage) return length;
        }
        return null;
    }

    private static SocketEnd? Why(ValueWebSocketReceiveResult got, bool isFull) => got.MessageType switch
    {
        WebSocketMessageType.Close => SocketEnd.Gone,
        WebSocketMessageType.Binary => SocketEnd.Binary,
        _ => isFull && !got.EndOfMessage ? SocketEnd.TooLarge : null,
    };

    // Whoever is in the midst of sending reads nothing of a connection that is cut.
    private async ValueTask DrainAsync(CancellationToken gone)
    {
        var buffer = new byte[MaxMessage];
        for (var left = MostDrained; left > 0 && socket.State is WebSocketState.Open or WebSocketState.CloseSent;)
            left -= Math.Max(1, (await socket.ReceiveAsync(buffer.AsMemory(), gone)).Count);
    }

    private async ValueTask AnswerAsync(ReadOnlyMemory<byte> text, CancellationToken gone)
    {
        var (request, id) = Read(text.Span);
        var channel = request?.ChannelName() ?? "";
        Refusal? refusal;
        var weight = request?.Op is StreamOps.Subscribe or StreamOps.Resync ? reads.WeightOf(channel) : CallWeight.Least;
        if (!window.TryWeigh(ClientAddress.Of(context), weight))
        {
            if (++_beyond > MostBeyond) End(SocketEnd.Flood);
            refusal = new Refusal(ProblemCodes.RateLimited, $"Ask again in {CapTable.WindowSeconds} s.");
        }
        else
        {
            _beyond = 0;
            refusal = request is null
                ? new Refusal(ProblemCodes.MalformedRequest, "The message is no JSON of a request.")
                : WhyNot(request) ?? await TryAsync(request, channel, gone);
        }
        if (refusal is not null) session.Reader.Tell(session.Refused(channel, Answers.Part(context, refusal), id));
    }

    private async ValueTask<Refusal?> TryAsync(StreamRequest request, string channel, CancellationToken gone)
    {
        try
        {
            return await DoAsync(request, channel, gone);
        }
        catch (Exception e) when (!gone.IsCancellationRequested)
        {
            return session.WhyOf(e);
        }
    }

    private async ValueTask<Refusal?> DoAsync(StreamRequest request, string channel, CancellationToken gone)
    {
        switch (request.Op)
        {
            case StreamOps.Subscribe:
                return await session.SubscribeAsync(channel, new StreamAsk(request.Since, Answered: true, request.Id), gone);
            case StreamOps.Resync:
                return topics.IsRead(session.Reader, channel)
                    ? await session.SubscribeAsync(channel, new StreamAsk(Answered: true, Id: request.Id), gone)
                    : Refusal.Invalid("topic", $"The channel '{Short(channel)}' is not subscribed.");
            case StreamOps.Unsubscribe:
                return topics.Unsubscribe(session.Reader, channel).Refusal ?? Told(StreamEventType.Unsubscribed);
            case StreamOps.Auth:
                return await WhyNotSignedInAsync(request) ?? Told(StreamEventType.SignedIn);
            case StreamOps.CancelOnDisconnect:
                return await session.TieAsync(gone) ?? Told(StreamEventType.Tied);
            default:
                return Told(StreamEventType.Pong);
        }

        Refusal? Told(StreamEventType type)
        {
            session.Reader.Tell(session.Answer(channel, type, request.Id));
            return null;
        }
    }

    private async ValueTask<Refusal?> WhyNotSignedInAsync(StreamRequest request)
    {
        if (request.Key is not { } key) return session.SignIn(request.Token ?? "");
        if (request.Token is not null) return Refusal.Invalid("token", "One of token and key signs the connection in, not both.");
        var verified = await apiKeys.VerifySocketAsync(
            context.Request.Host.Value ?? "", key, request.Timestamp ?? "", request.Signature ?? "");
        return verified.Refusal ?? session.SignIn(verified.Value!);
    }

    private static Refusal? WhyNot(StreamRequest request)
    {
        if (request.Id?.Length > StreamRequest.MaxId)
            return Refusal.Invalid("id", $"An id has at most {StreamRequest.MaxId} characters.");
        if (!StreamOps.All.Contains(request.Op, StringComparer.Ordinal))
            return Refusal.Invalid("op", $"op is one of {string.Join(", ", StreamOps.All)}.");
        var isOfChannel = request.Op is StreamOps.Subscribe or StreamOps.Resync or StreamOps.Unsubscribe;
        return isOfChannel && string.IsNullOrEmpty(request.Topic)
            ? Refusal.Invalid("topic", "topic names the channel.")
            : null;
    }

    // Of what is no request its id may still be found.
    private static (StreamRequest? Request, string? Id) Read(ReadOnlySpan<byte> text)
    {
        try
        {
            var request = JsonSerializer.Deserialize<StreamRequest>(text, MarketJson.Strict);
            return (request, request?.Id?.Length > StreamRequest.MaxId ? null : request?.Id);
        }
        catch (JsonException)
        {
            return (null, IdOf(text));
        }
    }

    private static string? IdOf(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(text, MarketJson.Strict) is { ValueKind: JsonValueKind.Object } members
                && members.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String
                && id.GetString() is { Length: <= StreamRequest.MaxId } said ? said : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON at all, or half a character.
            return null;
        }
    }

    private static string Short(string channel) => channel.Length > 128 ? channel[..128] : channel;

    private static bool IsOfLine(Exception e) =>
        e is WebSocketException or OperationCanceledException or TimeoutException or IOException or ObjectDisposedException;

    [LoggerMessage(LogLevel.Error, "A socket failed")]
    private static partial void PumpFailed(ILogger log, Exception e);
}
