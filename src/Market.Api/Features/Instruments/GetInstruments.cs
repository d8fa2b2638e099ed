using Market.Api.Data;
using Market.Api.Instruments;
using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Instruments;

/// <summary>Asks for all instruments.</summary>
public sealed record GetInstruments : IRequest<Result<IReadOnlyList<Instrument>>>;

/// <summary>Asks for one.</summary>
public sealed record GetInstrument(string Id) : IRequest<Result<Instrument>>;

/// <summary>Reads them.</summary>
public sealed class GetInstrumentsHandler(InstrumentSet instruments, MarketNetwork network)
    : IRequestHandler<GetInstruments, Result<IReadOnlyList<Instrument>>>, IRequestHandler<GetInstrument, Result<Instrument>>
{
    /// <inheritdoc/>
    public Task<Result<IReadOnlyList<Instrument>>> Handle(GetInstruments request, CancellationToken cancellationToken) =>
        Task.FromResult(Result<IReadOnlyList<Instrument>>.FromValue([.. instruments.All.Select(host => host.Listing)]));

    /// <inheritdoc/>
    public Task<Result<Instrument>> Handle(GetInstrument request, CancellationToken cancellationToken) =>
        Task.FromResult(instruments.FindGone(request.Id) is { } gone
            ? Gone(gone.Chain, gone.Series)
            : instruments.Find(request.Id).Then(host => host.Listing));

    private Instrument Gone(ChainHost chain, Sharechain.Series series) =>
        InstrumentListing.Of(MarketInstrument.Of(network, chain.Profile, series)) with
        {
            Status = InstrumentStatus.Closed,
            StatusReason = SeriesGate.AllExpired,
            Series = SeriesView.Gone(chain.Profile, series),
        };
}

/// <summary>GET /api/v1/instruments</summary>
public sealed class GetInstrumentsEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Instruments, async (IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetInstruments(), cancel)).HttpWithETag())
        .Describe("getInstruments", "Instruments", "All instruments",
            "With their trading rules. Where a sharechain's shares expire each of its series is one, from before it is listed "
            + "until nothing is under way in it.")
        .Returns<IReadOnlyList<Instrument>>([Examples.Instrument]).Tagged();
}

/// <summary>GET /api/v1/instruments/{instrument}</summary>
public sealed class GetInstrumentEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Instrument, async (string instrument, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetInstrument(instrument), cancel)).HttpWithETag())
        .Describe("getInstrument", "Instruments", "One instrument",
            "With its trading rules. One whose shares are all expired is told, too.")
        .Returns(Examples.Instrument).Tagged().Refuses(ProblemCodes.UnknownInstrument);
}
