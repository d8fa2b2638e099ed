using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Instruments;

/// <summary>Asks for the expiry series.</summary>
public sealed record GetSeries : IRequest<Result<ExpirySeriesList>>;

/// <summary>Reads them.</summary>
public sealed class GetSeriesHandler(SeriesKeeper keeper) : IRequestHandler<GetSeries, Result<ExpirySeriesList>>
{
    /// <inheritdoc/>
    public Task<Result<ExpirySeriesList>> Handle(GetSeries request, CancellationToken cancellationToken) =>
        Task.FromResult<Result<ExpirySeriesList>>(keeper.List());
}

/// <summary>GET /api/v1/series</summary>
public sealed class GetSeriesEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Series, async (IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetSeries(), cancel)).HttpWithETag())
        .Describe("getSeries", "Instruments", "Expiry series",
            "Shares of some sharechains expire: they are sold by series of root heights, each an instrument of its own. By "
            + "sharechain, the newest first: the next one to be listed, those that are traded, those that take no new orders any "
            + $"more, and the newest {SeriesKeeper.NewestGone} that are gone. Heights and times to come are those of the present "
            + "hashrate: a window is one of work, so they come sooner where it grows. Empty where no shares expire. The channel "
            + "series tells it at each change of a state.")
        .Returns(Examples.Series).Tagged();
}
