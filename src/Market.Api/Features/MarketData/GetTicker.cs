using Market.Api.Instruments;
using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.MarketData;

/// <summary>Asks for the instrument at a glance.</summary>
public sealed record GetTicker(string Instrument) : IRequest<Result<Ticker>>;

/// <summary>Reads it.</summary>
public sealed class GetTickerHandler(InstrumentSet instruments) : IRequestHandler<GetTicker, Result<Ticker>>
{
    /// <inheritdoc/>
    public Task<Result<Ticker>> Handle(GetTicker request, CancellationToken cancellationToken) =>
        Task.FromResult<Result<Ticker>>(instruments.Find(request.Instrument) switch
        {
            { Refusal: { } unknown } => unknown,
            { Value.Feed.Ticker.Value: { } ticker } => ticker,
            _ => new Refusal(ProblemCodes.Unavailable, "The market is starting."),
        });
}

/// <summary>GET /api/v1/instruments/{instrument}/ticker</summary>
public sealed class GetTickerEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Ticker, async (string instrument, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetTicker(instrument), cancel)).HttpWithETag())
        .Describe("getTicker", "Market data", "The instrument at a glance",
            "Figures of 24 hours, of final trades only; the last price over the full-pay-per-share worth of the work behind a " +
            "share; and its discount factor d with horizon, error and two parts.")
        .Returns(Examples.Ticker).Tagged().Refuses(ProblemCodes.UnknownInstrument, ProblemCodes.Unavailable);
}
