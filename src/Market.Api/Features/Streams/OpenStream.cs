using System.Text.Json;
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

namespace Market.Api.Features.Streams;

/// <summary>Asks for a reader of channels.</summary>
public sealed record OpenStream(IReadOnlyList<string> Channels, string? Account) : IRequest<Result<StreamClient>>;

/// <summary>Shape of the request.</summary>
public sealed class OpenStreamValidator : AbstractValidator<OpenStream>
{
    /// <summary>The rules.</summary>
    public OpenStreamValidator() => RuleFor(r => r.Channels).Must(names => names.Count is > 0 and <= StreamClient.MaxChannels)
        .WithMessage($"Name 1 to {StreamClient.MaxChannels} channels.");
}

/// <summary>Opens the reader. Whoever gets one closes it.</summary>
public sealed class OpenStreamHandler(Topics topics) : IRequestHandler<OpenStream, Result<StreamClient>>
{
    /// <inheritdoc/>
    public async Task<Result<StreamClient>> Handle(OpenStream request, CancellationToken cancellationToken)
    {
        var reader = topics.Open(request.Account);
        var refusal = await SubscribeAsync(reader, request.Channels, cancellationToken);
        if (refusal is null) return reader;
        topics.Closed(reader);
        return refusal;
    }

    private async Task<Refusal?> SubscribeAsync(StreamClient reader, IReadOnlyList<string> channels, CancellationToken cancel)
    {
        try
        {
            foreach (var name in channels)
            {
                if ((await topics.SubscribeAsync(reader, name, cancel)).Refusal is { } refusal) return refusal;
            }
            return null;
        }
        catch
        {
            topics.Closed(reader);
            throw;
        }
    }
}

/// <summary>GET /api/v1/streams: the same messages as the hub's, as server-sent events.</summary>
public sealed class OpenStreamEndpoint : IEndpoint
{
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
            "again, or Subscribe again at the hub. A reader that falls behind gets snapshots again.")
        .Sends(Examples.StreamEvent, typeof(StreamEvent)).KnowAccount()
        .Weighs(CallWeight.Heaviest)
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.AuthenticationRequired, ProblemCodes.Unavailable);

    private static async Task<IResult> OpenAsync(string channels, HttpContext context, Topics topics, StreamSlots slots,
        Caller? caller, SessionTokens tokens, IMediator mediator, IHostApplicationLifetime lifetime)
    {
        using var place = slots.TryTake(context);
        if (place is null) return StreamSlots.Refused.Http();
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, lifetime.ApplicationStopping);
        StreamClient? reader = null;
        try
        {
            var opened = await mediator.Send(new OpenStream(
                channels.Split(',', StringSplitOptions.RemoveEmptyEntries), caller?.Key), gone.Token);
            if (opened.Refusal is { } refusal) return refusal.Http();
            reader = opened.Value;
            var lasting = caller is null ? null : tokens.Lasting(caller);
            await WriteAsync(context, reader, () => lasting is not null && tokens.IsOver(lasting), gone.Token);
        }
        catch (OperationCanceledException)
        {
            // The reader went away, or the server stops.
        }
        finally
        {
            if (reader is not null) topics.Closed(reader);
        }
        return Microsoft.AspNetCore.Http.Results.Empty;
    }

    private static async Task WriteAsync(HttpContext context, StreamClient reader, Func<bool> isOver, CancellationToken gone)
    {
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        var body = context.Response.Body;
        await body.FlushAsync(gone);
        while (!gone.IsCancellationRequested)
        {
            var message = await reader.NextAsync(gone);
            if (isOver()) return;
            // A comment lets both ends notice a dead line.
            await body.WriteAsync(message is null ? ": still here\n\n"u8.ToArray() : Encode(message), gone);
            await body.FlushAsync(gone);
        }
    }

    private static byte[] Encode(StreamEvent message) =>
        [.. "data: "u8, .. JsonSerializer.SerializeToUtf8Bytes(message, MarketJson.Options), .. "\n\n"u8];
}
