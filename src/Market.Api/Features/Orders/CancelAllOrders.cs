using FluentValidation;
using Market.Api.Data;
using Market.Api.Instruments;
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
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.Orders;

/// <summary>Cancels the open orders of a key.</summary>
public sealed record CancelAllRequest(string Key, CancelAllOrders Body) : IRequest<Result<CancelledOrders>>;

/// <summary>Shape of the request.</summary>
public sealed class CancelAllValidator : AbstractValidator<CancelAllRequest>
{
    /// <summary>The rules.</summary>
    public CancelAllValidator()
    {
        RuleFor(r => r.Body.Instrument).MaximumLength(64);
        RuleFor(r => r.Body.Side).IsInEnum();
    }
}

/// <summary>Gives the cancel to the sequencers.</summary>
public sealed class CancelAllHandler(
    InstrumentSet instruments, AccountDirectory accounts, IDbContextFactory<MarketDb> database)
    : IRequestHandler<CancelAllRequest, Result<CancelledOrders>>
{
    /// <inheritdoc/>
    public async Task<Result<CancelledOrders>> Handle(CancelAllRequest request, CancellationToken cancellationToken)
    {
        var among = instruments.All;
        if (request.Body.Instrument is { } id)
        {
            var found = instruments.Find(id);
            if (found.Refusal is { } unknown) return unknown;
            among = [found.Value];
        }
        var account = await accounts.FindAsync(request.Key, cancellationToken);
        if (!account.Exists) return new CancelledOrders { Orders = [] };
        var scope = request.Body.Side switch
        {
            null => CancelScope.Both,
            Contracts.Side.Buy => CancelScope.Buys,
            _ => CancelScope.Sells,
        };
        // One that cannot cancel now keeps the others from nothing: what they did stays done, and asking again is safe.
        var results = await Task.WhenAll(
            among.Select(host => host.Sequencer.ExecuteAsync(Command.CancelAll(account, scope), cancellationToken)));
        if (results.FirstOrDefault(result => !result.IsOk).Refusal is { } refusal)
        {
            // Where nothing of the account can be in the book, nothing is left undone.
            var failed = among.Where((_, at) => !results[at].IsOk).Select(host => host.Id).ToArray();
            await using var db = await database.CreateDbContextAsync(cancellationToken);
            if (request.Body.Instrument is not null
                || await OrderQueries.IsAnyOpenAsync(db, request.Key, failed, cancellationToken))
            {
                return refusal;
            }
        }
        return new CancelledOrders
        {
            Orders = [.. results.Where(result => result.IsOk).SelectMany(result => result.Value.Orders)],
        };
    }
}

/// <summary>POST /api/v1/orders/cancel-all</summary>
public sealed class CancelAllEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost(Routes.CancelAll, async (CancelAllOrders body, Caller caller, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new CancelAllRequest(caller.Key, body), cancel)).Http())
        .Weighs(CallWeight.Middling).Through(GateKind.Cancels)
        .Describe("cancelAllOrders", "Orders", "Cancel all own orders",
            "Of one instrument or all, of one side or both. Swaps go on, and orders that are filled whole stay as they are.")
        .Takes(OrderExamples.CancelAll).Returns(OrderExamples.Cancelled)
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument)
        .RequireAccount();
}
