using FluentValidation;
using Market.Api.Data;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Contracts;
using Market.Trading;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.Orders;

/// <summary>Cancels an order of a key.</summary>
public sealed record CancelOrderRequest(string Key, string Id) : IRequest<Result<Order>>;

/// <summary>Shape of the request.</summary>
public sealed class CancelOrderValidator : AbstractValidator<CancelOrderRequest>
{
    /// <summary>The rules.</summary>
    public CancelOrderValidator() => RuleFor(r => r.Id).OrderId();
}

/// <summary>Gives the cancel to the sequencer.</summary>
public sealed class CancelOrderHandler(
    InstrumentCatalog catalog, AccountDirectory accounts, Sequencer sequencer, IDbContextFactory<MarketDb> database)
    : IRequestHandler<CancelOrderRequest, Result<Order>>
{
    /// <inheritdoc/>
    public async Task<Result<Order>> Handle(CancelOrderRequest request, CancellationToken cancellationToken)
    {
        var account = await accounts.FindAsync(request.Key, cancellationToken);
        if (!account.Exists) return OrderMapping.ToRefusal(Reason.UnknownOrder);
        var result = await sequencer.ExecuteAsync(CommandOf(account, request.Id), cancellationToken);
        if (result.IsOk) return result.Value.Orders[0];
        if (result.Refusal!.Code != ProblemCodes.UnknownOrder) return result.Refusal;
        // The engine forgets what is done; the table tells a done order from one that never was.
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        return await OrderQueries.FindAsync(
            db, catalog.Current.Id, request.Key, request.Id, cancellationToken) is null
            ? result.Refusal
            : OrderMapping.ToRefusal(Reason.NothingLeft);
    }

    private static Command CommandOf(AccountId account, string id) =>
        id.StartsWith(OrderQueries.ClientPrefix, StringComparison.Ordinal)
            ? Command.Cancel(
                account, ClientOrderId.TryParse(id.AsSpan(OrderQueries.ClientPrefix.Length), out var name) ? name : default)
            : Command.Cancel(account, new OrderId(DecimalStrings.TryParse(id, out var number) ? (ulong)number : 0));
}

/// <summary>DELETE /api/v1/orders/{id}</summary>
public sealed class CancelOrderEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapDelete(Routes.Order, async (string id, Caller caller, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new CancelOrderRequest(caller.Key, id), cancel)).Http())
        .Weighs(CallWeight.Middling)
        .Describe("cancelOrder", "Orders", "Cancel an order",
            "Cancels what is left of it. Swaps that it opened go on; what comes back from one that fails is not put back "
            + "into the book. An order that is filled whole is final until one of its swaps fails: it is settling, and not "
            + "cancelled. The id is the market's, or the client's as client:(id).")
        .Returns(OrderExamples.Order)
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownOrder, ProblemCodes.OrderClosed, ProblemCodes.OrderSettling)
        .RequireAccount();
}
