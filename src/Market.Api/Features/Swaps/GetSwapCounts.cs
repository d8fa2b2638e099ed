using Market.Api.Instruments;
using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Settlement;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Swaps;

/// <summary>Asks how many swaps settled and failed.</summary>
public sealed record GetSwapCounts(string Instrument) : IRequest<Result<SwapCounts>>;

/// <summary>Reads the tally.</summary>
public sealed class GetSwapCountsHandler(InstrumentSet instruments, SwapBoard board)
    : IRequestHandler<GetSwapCounts, Result<SwapCounts>>
{
    /// <inheritdoc/>
    public Task<Result<SwapCounts>> Handle(GetSwapCounts request, CancellationToken cancellationToken) =>
        Task.FromResult(instruments.Find(request.Instrument).Then(host => host.Tally.Show(host.Id, board.HopefulOf(host.Id))));
}

/// <summary>GET /api/v1/instruments/{instrument}/swap-counts</summary>
public sealed class GetSwapCountsEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.SwapCounts, async (string instrument, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetSwapCounts(instrument), cancel)).HttpWithETag())
        .Describe("getSwapCounts", "Swaps", "How many swaps settled and failed, by side",
            "Since the market began, and by whether the side's order was resting or came later. Who let a swap fail is read off "
            + "its keys and both chains by rule: keys that did not come, a lock that was never seen, a secret that was not shown, "
            + "or a decline. Where that is in doubt it was nobody.")
        .Returns(Examples.SwapCounts).Tagged().Refuses(ProblemCodes.UnknownInstrument);
}
