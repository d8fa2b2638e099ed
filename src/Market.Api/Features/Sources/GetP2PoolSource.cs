using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Sources;

/// <summary>Asks what the p2poolv2 node that is read tells.</summary>
public sealed record GetP2PoolSource : IRequest<Result<PoolSource>>;

/// <summary>Tells what was read last, and the own instruments in the same figures.</summary>
public sealed class GetP2PoolSourceHandler(P2PoolSource source, InstrumentSet instruments)
    : IRequestHandler<GetP2PoolSource, Result<PoolSource>>
{
    /// <inheritdoc/>
    public async Task<Result<PoolSource>> Handle(GetP2PoolSource request, CancellationToken cancellationToken)
    {
        if (source.Watch is not { } watch)
            return new Refusal(ProblemCodes.NotFound, "This market reads no p2poolv2 node: its operator names none.");
        var own = new List<OwnFigures>();
        foreach (var hosts in instruments.All.GroupBy(host => host.On))
        {
            var holders = await hosts.Key.Chains.Shares.GetHoldersAsync(cancellationToken);
            own.AddRange(hosts.Select(host => SourceFigures.Of(host.Id, hosts.Key.Profile, host.Feed.Discount.Value, holders)));
        }
        var target = instruments.All.Select(host => host.Tips.SampleOf(ChainName.Mainchain).Bits).FirstOrDefault();
        return SourceFigures.Of(watch.Sight, target, own);
    }
}

/// <summary>GET /api/v1/sources/p2poolv2</summary>
public sealed class GetP2PoolSourceEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.P2PoolSource, async (IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetP2PoolSource(), cancel)).Http())
        .Weighs(CallWeight.Heavy)
        .Describe("getP2PoolSource", "Sources", "What a p2poolv2 node tells of its pool",
            "Its chain, the window that its next block pays, whom and how unevenly, and what a fresh share is worth by the "
            + "formulas of the market's own discount, beside the market's own instruments. All of it is read and not checked: see "
            + "unchecked. Where a part of the window was not read yet, figures say between what they lie. notFound where the "
            + "market reads no such node.")
        .Returns(SourceExamples.P2Pool).Refuses(ProblemCodes.NotFound, ProblemCodes.ChainUnavailable);
}
