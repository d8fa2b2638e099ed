using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Chains.Http;
using Market.Contracts;
using MediatR;
using Microsoft.AspNetCore.Http.Features;

namespace Market.Api.Features.Chains;

/// <summary>GET and POST /api/v1/node/...: both nodes for followers, wallets and miners. What is behind it, and its payloads,
/// are <see cref="NodeHttpService"/>'s.</summary>
public sealed class NodeEndpoint : IEndpoint
{
    /// <summary>Where the nodes are.</summary>
    public const string Path = Routes.Root + "/node/{**path}";

    /// <summary>Where a node's events are.</summary>
    public const string EventsPath = Routes.Root + "/node/{chain}/events";

    // What reads blocks, walks an index or lists a mempool.
    private static readonly string[] HeavyReads = ["block", "blocks", "coins", "headers", "mempool", "template"];

    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(EventsPath, EventsAsync)
            .Describe("followNode", "Nodes", "A node's events",
                "Server-sent: tip changes and mempool transactions of one chain, for followers.")
            .Produces<string>(StatusCodes.Status200OK, "text/event-stream").Refuses(ProblemCodes.NotFound)
            .Weighs(CallWeight.Heaviest);
        routes.MapGet(Path, HandleAsync)
            .Weighs(CallWeight.Least, CallWeight.Heavy, HeavyReads, PartOf)
            .Describe("readNode", "Nodes", "Read a node",
                "Headers, blocks, templates, coins and mempool of the mainchain and the sharechain, as the node's own " +
                "interface: docs/protocol.md.")
            .Produces<byte[]>(StatusCodes.Status200OK, "application/json", "application/octet-stream")
            .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.NotFound, ProblemCodes.ChainUnavailable);
        routes.MapPost(Path, HandleAsync)
            .WithMetadata(new LargeBody()).Weighs(CallWeight.Heavy)
            .Describe("writeNode", "Nodes", "Offer a transaction, share or block to a node",
                "The body is the serialized transaction, share or block. Whether the chain takes it, and if not why, is in the "
                + "answer.")
            .Produces<byte[]>(StatusCodes.Status200OK, "application/json")
            .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.NotFound, ProblemCodes.BadEncoding, ProblemCodes.TooLarge,
                ProblemCodes.ChainUnavailable);
    }

    // "mainchain/blocks" asks for blocks.
    private static string? PartOf(HttpContext context) =>
        (context.Request.RouteValues["path"] as string)?.Split('/') is [_, var part, ..] ? part : null;

    private static async Task<IResult> HandleAsync(
        string path, HttpContext context, IMediator mediator, CancellationToken cancel)
    {
        var request = context.Request;
        var answer = await mediator.Send(new AskNode(new NodeRequest(request.Method, path,
            name => request.Query.TryGetValue(name, out var v) ? v.ToString() : null, request.Body)), cancel);
        if (answer.Refusal is { } refusal) return refusal.Http();
        context.Response.StatusCode = answer.Value.Status;
        context.Response.ContentType = answer.Value.ContentType;
        await context.Response.Body.WriteAsync(answer.Value.Body, cancel);
        return Microsoft.AspNetCore.Http.Results.Empty;
    }

    private static async Task<IResult> EventsAsync(
        string chain, HttpContext context, IMediator mediator, StreamSlots slots, IHostApplicationLifetime lifetime)
    {
        using var place = slots.TryTake(context);
        if (place is null) return StreamSlots.Refused.Http();
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, lifetime.ApplicationStopping);
        var events = await mediator.Send(new FollowNode(chain, gone.Token), gone.Token);
        if (events.Refusal is { } refusal) return refusal.Http();
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            await context.Response.Body.FlushAsync(gone.Token);
            await foreach (var text in events.Value)
            {
                await context.Response.WriteAsync(text, gone.Token);
                await context.Response.Body.FlushAsync(gone.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The follower went away, or the server stops.
        }
        return Microsoft.AspNetCore.Http.Results.Empty;
    }
}
