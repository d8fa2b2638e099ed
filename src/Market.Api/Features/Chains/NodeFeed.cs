using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Chains.Http;
using Market.Contracts;
using MediatR;
using Microsoft.AspNetCore.Http.Features;

namespace Market.Api.Features.Chains;

/// <summary>GET /api/v1/node/{chain}/events: what happens on a chain, as it happens.</summary>
internal static class NodeFeed
{
    /// <summary>Adds the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(NodeEndpoint.Root + "{chain}/events", EventsAsync)
        .Describe("followNode", NodeEndpoint.Tag, "A node's events",
            "Server-sent, for followers. Events and their data: tip, TipChangedPayload (the first is the tip as it stands); tx, "
            + "SeenPayload: a transaction entered the mempool; dropped, DroppedPayload: one left it other than into a block; weak, "
            + "SeenPayload: a weak share waits to be named; found, "
            + "FoundPayload: a share's work was enough for a Bitcoin block, or the fate of such a block changed; gap, "
            + "an empty object: some were missed, read the tip again.")
        .Sends(
            NodeExamples.TipChanged, typeof(TipChangedPayload), typeof(SeenPayload), typeof(DroppedPayload), typeof(FoundPayload),
            typeof(GapPayload))
        .Refuses(ProblemCodes.NotFound)
        .Weighs(CallWeight.Heaviest);

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
