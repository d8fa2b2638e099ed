using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Contracts;
using MediatR;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;

namespace Market.Api.Features.Streams;

/// <summary>Asks for channels for a reader.</summary>
/// <param name="Reader">The reader.</param>
/// <param name="Channels">Their names.</param>
/// <param name="Since">The position after which it wants to go on; null for snapshots.</param>
public sealed record OpenStream(StreamClient Reader, IReadOnlyList<string> Channels, string? Since) : IRequest<Result<Done>>;

/// <summary>Shape of the request.</summary>
public sealed class OpenStreamValidator : AbstractValidator<OpenStream>
{
    /// <summary>The rules.</summary>
    public OpenStreamValidator() => RuleFor(r => r.Channels).Must(names => names.Count is > 0 and <= StreamClient.MaxChannels)
        .WithMessage($"Name 1 to {StreamClient.MaxChannels} channels.");
}

/// <summary>Subscribes the reader: to all of them or, where one is refused, for nothing.</summary>
public sealed class OpenStreamHandler(Topics topics) : IRequestHandler<OpenStream, Result<Done>>
{
    /// <inheritdoc/>
    public async Task<Result<Done>> Handle(OpenStream request, CancellationToken cancellationToken)
    {
        var ask = new StreamAsk(request.Since);
        foreach (var name in request.Channels)
        {
            try
            {
                var subscribed = await topics.SubscribeAsync(request.Reader, name, cancellationToken, ask);
                if (subscribed.Refusal is { } refusal) return refusal;
            }
            catch (ReadRefusedException busy)
            {
                return busy.Refusal;
            }
        }
        return new Done();
    }
}

/// <summary>GET /api/v1/streams: the same messages as the hub's, as server-sent events.</summary>
public sealed class OpenStreamEndpoint : IEndpoint
{
    // Bytes after which what was written is handed over.
    private const int AtOnce = 64 * 1024;

    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Contracts.Streams.SsePath, OpenAsync)
        .Describe("openStream", "Streams", "Server-sent events",
            "Each event's data is a StreamEvent. Channels, joined by commas, and what their data is: book:(instrument), a " +
            "BookSnapshot and then a BookDelta for each change; trades:(instrument), Trade; ticker:(instrument), Ticker; " +
            "discount:(instrument), Discount; candles:(instrument):(interval), Candle; chains, ChainTips; swaps, SwapSummary; " +
            "swap:(id), SwapDetail; signed in also orders, Order; fills, Fill; my-swaps, SwapDetail. Every channel begins with a " +
            "snapshot: of trades, candles, swaps, orders, fills and my-swaps an array. A book's deltas carry +1 sequences and " +
            "the checksum of the book after them: " + BookChecksum.Shape + ". After a gap ask for a snapshot: open the stream " +
            "again, or Subscribe again at the hub. A reader that falls behind gets snapshots again. Each event has an id; who " +
            "opens the stream again with the last one, as browsers do by themselves, is told of each channel that goes on by an " +
            "event of type resumed and then what it missed, and gets a snapshot of every other: after a restart, too, there is " +
            "no gap in silence. With cancelOnDisconnect all " +
            "orders of the account are cancelled when the stream ends, however it ends, and with the server.")
        .Sends(Examples.StreamEvent, typeof(StreamEvent)).KnowAccount()
        .Weighs(CallWeight.Heaviest)
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.AuthenticationRequired, ProblemCodes.Unavailable);

    private static async Task<IResult> OpenAsync(string channels, HttpContext context, StreamDoor door, Caller? caller,
        IMediator mediator, CallWindow window, StreamReads reads, IHostApplicationLifetime lifetime,
        [FromHeader(Name = Contracts.Streams.LastEventId)] string? since = null, string? lastEventId = null,
        bool cancelOnDisconnect = false)
    {
        if (cancelOnDisconnect && caller is null)
            return new Refusal(ProblemCodes.AuthenticationRequired, "Whose orders are to be cancelled?").Http();
        if (cancelOnDisconnect && ApiKeyScopes.WhyNot(caller!, ApiKeyScope.Trade) is { } beyond) return beyond.Http();
        var names = channels.Split(',', StringSplitOptions.RemoveEmptyEntries);
        // The route's own weight is counted by now.
        if (reads.WeightOf(names) - CallWeight.Heaviest is > 0 and var more && !window.TryWeigh(ClientAddress.Of(context), more))
            return new Refusal(ProblemCodes.RateLimited, $"Ask again in {CapTable.WindowSeconds} s.").Http();
        var opened = door.Open(context, caller);
        if (opened.Refusal is { } full) return full.Http();
        using var session = opened.Value;
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            // A browser that comes back does so to the address that it knows, with the header of what it saw since.
            var subscribed = await mediator.Send(new OpenStream(
                session.Reader, names, since ?? lastEventId), gone.Token);
            if (subscribed.Refusal is { } refusal) return refusal.Http();
            if (cancelOnDisconnect) await session.TieAsync(gone.Token);
            await WriteAsync(context, session, gone.Token);
        }
        catch (OperationCanceledException)
        {
            // The reader went away, or the server stops.
        }
        return Microsoft.AspNetCore.Http.Results.Empty;
    }

    private static async Task WriteAsync(HttpContext context, StreamSession session, CancellationToken gone)
    {
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        var body = context.Response.BodyWriter;
        var positions = new EventPositions();
        await body.FlushAsync(gone);
        while (!gone.IsCancellationRequested)
        {
            var message = await session.NextAsync(gone);
            if (session.IsOver) return;
            // A comment lets both ends notice a dead line.
            if (message is null) body.Write(": still here\n\n"u8);
            else Write(body, message, positions.After(message));
            // What is there besides goes with it, but no more at once than may wait for who is slow.
            for (var bytes = 0; message is not null && bytes < AtOnce && session.TryNext(out message); bytes += message.Json.Length)
                Write(body, message, positions.After(message));
            if ((await body.FlushAsync(gone)).IsCompleted) return;
        }
    }

    private static void Write(PipeWriter body, StreamMessage message, string id)
    {
        body.Write("id: "u8);
        Encoding.ASCII.GetBytes(id, body);
        body.Write("\ndata: "u8);
        body.Write(message.Json.Span);
        body.Write("\n\n"u8);
    }
}
