using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.MarketData;

/// <summary>Asks for all instruments at a glance.</summary>
public sealed record GetTickers : IRequest<Result<IReadOnlyList<Ticker>>>;

/// <summary>Reads them.</summary>
public sealed class GetTickersHandler(InstrumentSet instruments) : IRequestHandler<GetTickers, Result<IReadOnlyList<Ticker>>>
{
    /// <inheritdoc/>
    public Task<Result<IReadOnlyList<Ticker>>> Handle(GetTickers request, CancellationToken cancellationToken) =>
        Task.FromResult(Result<IReadOnlyList<Ticker>>.FromValue(
            [.. instruments.All.Select(host => host.Feed.Ticker.Value).OfType<Ticker>()]));
}

/// <summary>GET /api/v1/tickers</summary>
public sealed class GetTickersEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Tickers, async (IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetTickers(), cancel)).HttpWithETag())
        .Describe("getTickers", "Market data", "All instruments at a glance",
            "The ticker of each instrument that is open, in the order of their list. One that is just being opened has none yet.")
        .Returns<IReadOnlyList<Ticker>>([Examples.Ticker]).Tagged();
}
