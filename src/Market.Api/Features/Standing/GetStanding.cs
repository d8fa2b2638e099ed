using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Standing;
using Market.Contracts;
using Market.Standing;
using MediatR;

namespace Market.Api.Features.Standing;

/// <summary>Asks what a key has earned, and what a call would cost it.</summary>
public sealed record GetStanding(string Key, string? Operation) : IRequest<Result<OwnStanding>>;

/// <summary>Tells it.</summary>
public sealed class GetStandingHandler(
    StandingView view, StandingBook book, ServiceDoor door, CallCosts costs)
    : IRequestHandler<GetStanding, Result<OwnStanding>>
{
    /// <inheritdoc/>
    public async Task<Result<OwnStanding>> Handle(GetStanding request, CancellationToken cancellationToken)
    {
        CallCost? cost = null;
        if (request.Operation is { } operation)
        {
            cost = costs.Of(operation, request.Key);
            if (cost is null)
                return Refusal.Invalid("operation", "must be the id of an operation of the API document, such as placeOrder");
        }
        return new OwnStanding
        {
            Public = await view.OfAsync(request.Key, cancellationToken),
            Credits = book.CreditsOf(request.Key).Units,
            FreeCredits = book.FreeOf(request.Key),
            MostCredits = CreditUnits.Most,
            Rate = door.RateOf(request.Key),
            Load = [.. door.Look().Select(Of)],
            Cost = cost,
        };
    }

    private static WorkLoad Of(GateSight gate) => new()
    {
        Kind = (WorkKind)gate.Kind,
        Places = gate.Places,
        InUse = gate.InUse,
        Waiting = gate.Waiting,
        Load = gate.Level,
        Factor = gate.Factor,
    };
}

/// <summary>GET /api/v1/standing</summary>
public sealed class GetStandingEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Standing, async (
                Caller caller, IMediator mediator, CancellationToken cancel, string? operation = null) =>
            (await mediator.Send(new GetStanding(caller.Key, operation), cancel)).Http())
        .Weighs(CallWeight.Middling)
        .Describe("getStanding", "Standing", "What the asking key has earned",
            "Its credits, its tier and why, what the next tier needs, how loaded the market is, and with operation what that call "
            + "costs. A call is free where nobody has to wait; where others wait, whoever offers more credits goes first, time "
            + "waited counts as an offer, one place of eight goes to callers without credits, and whoever goes ahead pays what it "
            + "takes to be ahead of the next, at least the price: weight x load factor x 2^(rate above the tier's quota).")
        .Returns(KeyStandingExamples.Own).Refuses(ProblemCodes.ValidationFailed).RequireAccount();
}
