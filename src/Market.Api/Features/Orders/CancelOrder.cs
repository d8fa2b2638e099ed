using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Contracts;
using Market.Standing;
using Market.Trading;
using MediatR;

namespace Market.Api.Features.Orders;

/// <summary>Cancels an order of a key.</summary>
public sealed record CancelOrderRequest(string Key, string Id, string? Instrument = null) : IRequest<Result<Order>>;

/// <summary>Shape of the request.</summary>
public sealed class CancelOrderValidator : AbstractValidator<CancelOrderRequest>
{
    /// <summary>The rules.</summary>
    public CancelOrderValidator() => RuleFor(r => r.Id).OrderId();
}

/// <summary>Gives the cancel to the sequencer.</summary>
public sealed class CancelOrderHandler(AccountDirectory accounts, OrderFinder finder)
    : IRequestHandler<CancelOrderRequest, Result<Order>>
{
    /// <inheritdoc/>
    public async Task<Result<Order>> Handle(CancelOrderRequest request, CancellationToken cancellationToken)
    {
        var account = await accounts.FindAsync(request.Key, cancellationToken);
        if (!account.Exists) return OrderMapping.ToRefusal(Reason.UnknownOrder);
        var host = await finder.HostOfAsync(request.Key, request.Id, request.Instrument, cancellationToken);
        if (host.Refusal is { } unknown) return unknown;
        var result = await host.Value.Sequencer.ExecuteAsync(CommandOf(account, request.Id), cancellationToken);
        return result.IsOk
            ? result.Value.Orders[0]
            : await finder.WhyAsync(host.Value.Id, request.Key, request.Id, result.Refusal!, cancellationToken);
    }

    /// <summary>What the engine is told.</summary>
    internal static Command CommandOf(AccountId account, string id) =>
        OrderQueries.IsClients(id)
            ? Command.Cancel(account, OrderFinder.NameOf(id))
            : Command.Cancel(account, OrderFinder.NumberOf(id));
}

/// <summary>DELETE /api/v1/orders/{id}</summary>
public sealed class CancelOrderEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapDelete(Routes.Order, async (
                string id, Caller caller, IMediator mediator, CancellationToken cancel, string? instrument = null) =>
            IsBatch(id)
                ? new Refusal(ProblemCodes.UnsupportedMediaType, "Several cancels are one JSON body.").Http()
                : (await mediator.Send(new CancelOrderRequest(caller.Key, id, instrument), cancel)).Http())
        .Weighs(CallWeight.Middling).Through(GateKind.Cancels)
        .Describe("cancelOrder", "Orders", "Cancel an order",
            "Cancels what is left of it. Swaps that it opened go on; what comes back from one that fails is not put back "
            + "into the book. An order that is filled whole is final until one of its swaps fails: it is settling, and not "
            + "cancelled. The id is the market's, which is good in its instrument (named where several are "
            + "traded), or the client's as client:(id).")
        .Returns(OrderExamples.Order)
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument, ProblemCodes.UnknownOrder, ProblemCodes.OrderClosed,
            ProblemCodes.OrderSettling, ProblemCodes.UnsupportedMediaType)
        .RequireAccount();

    // A body that is no JSON finds not the route of several cancels but this one, which takes anything: there is no such id.
    private static bool IsBatch(string id) => Routes.OrderBatch.EndsWith("/" + id, StringComparison.Ordinal);
}
