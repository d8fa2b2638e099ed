using FluentValidation;
using Market.Api.Instruments;
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
public sealed record CancelOrderRequest(string Key, string Id, string? Instrument = null) : IRequest<Result<Order>>;

/// <summary>Shape of the request.</summary>
public sealed class CancelOrderValidator : AbstractValidator<CancelOrderRequest>
{
    /// <summary>The rules.</summary>
    public CancelOrderValidator() => RuleFor(r => r.Id).OrderId();
}

/// <summary>Gives the cancel to the sequencer.</summary>
public sealed class CancelOrderHandler(
    InstrumentSet instruments, AccountDirectory accounts, IDbContextFactory<MarketDb> database)
    : IRequestHandler<CancelOrderRequest, Result<Order>>
{
    /// <inheritdoc/>
    public async Task<Result<Order>> Handle(CancelOrderRequest request, CancellationToken cancellationToken)
    {
        var account = await accounts.FindAsync(request.Key, cancellationToken);
        if (!account.Exists) return OrderMapping.ToRefusal(Reason.UnknownOrder);
        var host = await HostOfAsync(request, cancellationToken);
        if (host.Refusal is { } unknown) return unknown;
        var result = await host.Value.Sequencer.ExecuteAsync(CommandOf(account, request.Id), cancellationToken);
        if (result.IsOk) return result.Value.Orders[0];
        if (result.Refusal!.Code != ProblemCodes.UnknownOrder) return result.Refusal;
        // The engine forgets what is done; the table tells a done order from one that never was.
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        return await OrderQueries.FindAsync(
            db, host.Value.Id, request.Key, request.Id, cancellationToken) is null
            ? result.Refusal
            : OrderMapping.ToRefusal(Reason.NothingLeft);
    }

    // A client's name is good for one order of all instruments, so it tells which; a number is another order in each.
    private async Task<Result<InstrumentHost>> HostOfAsync(CancelOrderRequest request, CancellationToken cancel)
    {
        if (request.Instrument is not null || instruments.All.Count == 1 || !OrderQueries.IsClients(request.Id))
            return instruments.Choose(request.Instrument);
        await using var db = await database.CreateDbContextAsync(cancel);
        return await OrderQueries.FindAsync(db, null, request.Key, request.Id, cancel) is { } row
            ? instruments.Find(row.Instrument)
            : OrderMapping.ToRefusal(Reason.UnknownOrder);
    }

    private static Command CommandOf(AccountId account, string id) =>
        OrderQueries.IsClients(id)
            ? Command.Cancel(
                account, ClientOrderId.TryParse(id.AsSpan(OrderQueries.ClientPrefix.Length), out var name) ? name : default)
            : Command.Cancel(account, new OrderId(DecimalStrings.TryParse(id, out var number) ? (ulong)number : 0));
}

/// <summary>DELETE /api/v1/orders/{id}</summary>
public sealed class CancelOrderEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapDelete(Routes.Order, async (
                string id, Caller caller, IMediator mediator, CancellationToken cancel, string? instrument = null) =>
            (await mediator.Send(new CancelOrderRequest(caller.Key, id, instrument), cancel)).Http())
        .Weighs(CallWeight.Middling)
        .Describe("cancelOrder", "Orders", "Cancel an order",
            "Cancels what is left of it. Swaps that it opened go on; what comes back from one that fails is not put back "
            + "into the book. An order that is filled whole is final until one of its swaps fails: it is settling, and not "
            + "cancelled. The id is the market's, which is good in its instrument (named where several are "
            + "traded), or the client's as client:(id).")
        .Returns(OrderExamples.Order)
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument, ProblemCodes.UnknownOrder, ProblemCodes.OrderClosed,
            ProblemCodes.OrderSettling)
        .RequireAccount();
}
