using System.Text.Json;
using Market.Api.Instruments;
using Market.Api.Data;
using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.Analytics;

/// <summary>Asks what was said of a share's worth when trades were made.</summary>
public sealed record GetValuation(string Instrument, string Id) : IRequest<Result<Discount>>;

/// <summary>Reads it as it was stored.</summary>
public sealed class GetValuationHandler(InstrumentSet instruments, IDbContextFactory<MarketDb> database)
    : IRequestHandler<GetValuation, Result<Discount>>
{
    /// <inheritdoc/>
    public async Task<Result<Discount>> Handle(GetValuation request, CancellationToken cancellationToken)
    {
        if (instruments.WhyUnknown(request.Instrument) is { } unknown) return unknown;
        if (!Guid.TryParseExact(request.Id, "N", out var id)) return new Refusal(ProblemCodes.UnknownValuation);
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var said = await db.Set<ValuationRow>().AsNoTracking()
            .Where(v => v.Instrument == request.Instrument && v.Id == id).Select(v => v.Said)
            .SingleOrDefaultAsync(cancellationToken);
        return said is not null && JsonSerializer.Deserialize<Discount>(said, MarketJson.Options) is { } discount
            ? discount
            : new Refusal(ProblemCodes.UnknownValuation);
    }
}

/// <summary>GET /api/v1/instruments/{instrument}/valuations/{id}</summary>
public sealed class GetValuationEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Valuation, async (string instrument, string id, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetValuation(instrument, id), cancel)).HttpWithETag())
        .Describe("getValuation", "Analytics", "What was said of a share's worth when a trade was made",
            "Face value, model and every input as they were then, whatever is said now; trades and candles name it. It has no " +
            "price and nothing that follows from one: the trade's d is its price over this face value.")
        .Returns(Examples.Valuation).Tagged()
        .Refuses(ProblemCodes.UnknownInstrument, ProblemCodes.UnknownValuation);
}
