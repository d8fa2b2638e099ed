using Market.Api.Instruments;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Settlement;
using Market.Contracts;
using Market.Standing;
using MediatR;

namespace Market.Api.Features.Swaps;

/// <summary>A party will not go on with a swap.</summary>
public sealed record DeclineSwapRequest(string SwapId, string Account) : IRequest<Result<SwapDetail>>;

/// <summary>Passes it to the coordinator.</summary>
public sealed class DeclineSwapHandler(InstrumentSet instruments, SwapBoard board)
    : IRequestHandler<DeclineSwapRequest, Result<SwapDetail>>
{
    /// <inheritdoc/>
    public async Task<Result<SwapDetail>> Handle(DeclineSwapRequest request, CancellationToken cancellationToken)
    {
        if (!SwapRequests.IsId(request.SwapId)) return new Refusal(ProblemCodes.UnknownSwap);
        var host = await instruments.OfSwapAsync(board, request.SwapId, cancellationToken);
        return host.Refusal is { } unknown
            ? unknown
            : await host.Value.Swaps.DeclineAsync(request.SwapId, request.Account, cancellationToken);
    }
}

/// <summary>POST /api/v1/swaps/{id}/decline</summary>
public sealed class DeclineSwapEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost(Routes.SwapDecline, async (string id, Caller caller, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new DeclineSwapRequest(id, caller.Key), cancel)).Http())
        .Weighs(CallWeight.Middling).Through(GateKind.Swaps)
        .Describe("declineSwap", "Swaps", "Say that the own side will not go on",
            "Possible until the secret is public. What is locked comes back after its locktime.")
        .Returns(Examples.Swap).RequireAccount()
        .Refuses(ProblemCodes.UnknownSwap, ProblemCodes.NotAParty, ProblemCodes.WrongSwapState, ProblemCodes.Unavailable);
}
