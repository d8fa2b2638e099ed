using Market.Api.Data;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Settlement;
using Market.Contracts;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.Swaps;

/// <summary>Asks for what is needed to check a swap.</summary>
public sealed record GetSwapProof(string Id) : IRequest<Result<SwapProof>>;

/// <summary>Reads the swap with its events.</summary>
public sealed class GetSwapProofHandler(SwapBoard board, MarketNetwork network, IDbContextFactory<MarketDb> database)
    : IRequestHandler<GetSwapProof, Result<SwapProof>>
{
    /// <inheritdoc/>
    public async Task<Result<SwapProof>> Handle(GetSwapProof request, CancellationToken cancellationToken)
    {
        if (!SwapRequests.IsId(request.Id) || await board.FindAsync(request.Id, null, cancellationToken) is not { } swap)
            return new Refusal(ProblemCodes.UnknownSwap);
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var events = await db.Set<SwapEventRow>().AsNoTracking().Where(e => e.SwapId == request.Id).OrderBy(e => e.Version)
            .ToListAsync(cancellationToken);
        // Read after the swap, and so no older.
        var row = await db.Set<SwapRow>().AsNoTracking().SingleAsync(s => s.Id == request.Id, cancellationToken);
        return new SwapProof
        {
            Network = network.Name,
            Swap = swap,
            Record = row.Machine,
            LockedAt = row.LockedAt,
            Events = [.. events.Select(e => new SwapEventRecord
            {
                Version = e.Version, Time = e.Time, Event = e.Kind, From = e.From, To = e.To,
                TransactionId = e.TransactionId, Chain = e.Chain,
            })],
        };
    }
}

/// <summary>GET /api/v1/swaps/{id}/proof</summary>
public sealed class GetSwapProofEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.SwapProof, async (string id, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetSwapProof(id), cancel)).HttpWithETag())
        .Weighs(CallWeight.Middling)
        .Describe("getSwapProof", "Swaps", "A swap's public proof",
            "Everything that is needed to check on both chains what happened, with every event in order.")
        .Returns(Examples.SwapProof).Tagged().Refuses(ProblemCodes.UnknownSwap);
}
