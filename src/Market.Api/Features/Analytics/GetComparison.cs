using Market.Api.Analytics;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Analytics;

/// <summary>Asks for all instruments in the light of one.</summary>
/// <param name="Instrument">Which one; null for the first.</param>
public sealed record GetComparison(string? Instrument) : IRequest<Result<InstrumentComparison>>;

/// <summary>Holds what was said last of each against the one.</summary>
public sealed class GetComparisonHandler(InstrumentSet instruments) : IRequestHandler<GetComparison, Result<InstrumentComparison>>
{
    /// <inheritdoc/>
    public Task<Result<InstrumentComparison>> Handle(GetComparison request, CancellationToken cancellationToken)
    {
        var all = instruments.All;
        Result<InstrumentHost> found = request.Instrument is { } id ? instruments.Find(id)
            : all.Count > 0 ? all[0]
            : new Refusal(ProblemCodes.UnknownInstrument);
        return Task.FromResult(found.Then(one => new InstrumentComparison
        {
            Against = one.Id,
            Items = [.. all.Select(host => Of(host, one)).OfType<ComparedInstrument>()],
        }));
    }

    private static ComparedInstrument? Of(InstrumentHost host, InstrumentHost other)
    {
        if (host.Feed.Discount.Value is not { } said) return null;
        return new ComparedInstrument
        {
            Instrument = host.Id,
            Sharechain = host.Market.Sharechain,
            Time = said.Time,
            Price = said.Price,
            HashesPerShare = Comparing.HashesOf(said),
            PricePerTerahash = Comparing.PricePerTerahash(said),
            OverFpps = said.OverFpps,
            Hashrate = said.Inputs.PoolHashrate,
            HashrateError = said.Uncertainty,
            D = said.D,
            DError = said.DError,
            Market = BookFigures.Of(host.Feed),
            Ratios = host != other && other.Feed.Discount.Value is { } against
                ? Comparing.Of(said, against, host.On == other.On)
                : null,
            Differs = Comparing.RulesOf(host.On.Profile, other.On.Profile),
        };
    }
}

/// <summary>GET /api/v1/comparison</summary>
public sealed class GetComparisonEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Comparison, async (IMediator mediator, HttpContext context, CancellationToken cancel,
                string? instrument = null) =>
            (await mediator.Send(new GetComparison(instrument), cancel)).HttpOrCsv(context, ReadingTable.Of))
        .Weighs(CallWeight.Middling)
        .Describe("getComparison", "Analytics", "All instruments in the light of one",
            "By what was said of each last: prices for the work behind a share, hashrates and d, one over the other with their "
            + "errors, both books' depth, and the rules in which the sharechains differ. Where that is one rule the ratio of "
            + "prices is what the market pays for it. An instrument of which nothing was said yet is left out.")
        .Returns(AnalyticsExamples.Comparison).ReturnsCsv(ReadingTable.Of(AnalyticsExamples.Comparison)).Tagged()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument);
}
