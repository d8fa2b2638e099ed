using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Settlement;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Swaps;

/// <summary>Asks for one swap, as a key or nobody in particular sees it.</summary>
public sealed record GetSwap(string Id, string? Account) : IRequest<Result<SwapDetail>>;

/// <summary>Reads it.</summary>
public sealed class GetSwapHandler(SwapBoard board) : IRequestHandler<GetSwap, Result<SwapDetail>>
{
    /// <inheritdoc/>
    public async Task<Result<SwapDetail>> Handle(GetSwap request, CancellationToken cancellationToken) =>
        SwapRequests.IsId(request.Id) && await board.FindAsync(request.Id, request.Account, cancellationToken) is { } swap
            ? swap
            : new Refusal(ProblemCodes.UnknownSwap);
}

/// <summary>GET /api/v1/swaps/{id}</summary>
public sealed class GetSwapEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Swap, async (string id, Caller? caller, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetSwap(id, caller?.Key), cancel)).HttpWithETag())
        .Describe("getSwap", "Swaps", "One swap with its timeline",
            "Who acts next, by when, confirmations x of y, and what happens if nobody acts. A party also sees its role.")
        .Returns(Examples.Swap).Tagged().Refuses(ProblemCodes.UnknownSwap).KnowAccount();
}
