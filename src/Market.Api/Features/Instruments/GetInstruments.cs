using Market.Api.Instruments;
using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Instruments;

/// <summary>Asks for all instruments.</summary>
public sealed record GetInstruments : IRequest<Result<IReadOnlyList<Instrument>>>;

/// <summary>Asks for one.</summary>
public sealed record GetInstrument(string Id) : IRequest<Result<Instrument>>;

/// <summary>Reads them.</summary>
public sealed class GetInstrumentsHandler(InstrumentSet instruments)
    : IRequestHandler<GetInstruments, Result<IReadOnlyList<Instrument>>>, IRequestHandler<GetInstrument, Result<Instrument>>
{
    /// <inheritdoc/>
    public Task<Result<IReadOnlyList<Instrument>>> Handle(GetInstruments request, CancellationToken cancellationToken) =>
        Task.FromResult(Result<IReadOnlyList<Instrument>>.FromValue([.. instruments.All.Select(host => host.Listing)]));

    /// <inheritdoc/>
    public Task<Result<Instrument>> Handle(GetInstrument request, CancellationToken cancellationToken) =>
        Task.FromResult(instruments.Find(request.Id).Then(host => host.Listing));
}

/// <summary>GET /api/v1/instruments</summary>
public sealed class GetInstrumentsEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Instruments, async (IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetInstruments(), cancel)).HttpWithETag())
        .Describe("getInstruments", "Instruments", "All instruments", "With their trading rules.")
        .Returns<IReadOnlyList<Instrument>>([Examples.Instrument]).Tagged();
}

/// <summary>GET /api/v1/instruments/{instrument}</summary>
public sealed class GetInstrumentEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Instrument, async (string instrument, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetInstrument(instrument), cancel)).HttpWithETag())
        .Describe("getInstrument", "Instruments", "One instrument", "With its trading rules.")
        .Returns(Examples.Instrument).Tagged().Refuses(ProblemCodes.UnknownInstrument);
}
