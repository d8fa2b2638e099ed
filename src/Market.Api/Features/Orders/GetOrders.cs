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
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.Orders;

/// <summary>Asks for the orders of a key.</summary>
public sealed record GetOrders(string Key, string? Instrument, string? Status, int Limit, string? Cursor)
    : IRequest<Result<Page<Order>>>;

/// <summary>Shape of the request.</summary>
public sealed class GetOrdersValidator : AbstractValidator<GetOrders>
{
    /// <summary>The rules.</summary>
    public GetOrdersValidator()
    {
        RuleFor(r => r.Status).Must(s => s is null || WireEnum.TryParse<OrderStatus>(s, out _))
            .WithMessage($"must be one of {WireEnum.Names<OrderStatus>()}");
        RuleFor(r => r.Limit).PageSize();
        RuleFor(r => r.Cursor).Cursor();
    }
}

/// <summary>Reads the orders.</summary>
public sealed class GetOrdersHandler(InstrumentSet instruments, IDbContextFactory<MarketDb> database)
    : IRequestHandler<GetOrders, Result<Page<Order>>>
{
    /// <inheritdoc/>
    public async Task<Result<Page<Order>>> Handle(GetOrders request, CancellationToken cancellationToken)
    {
        if (request.Instrument is { } id && instruments.Find(id).Refusal is { } unknown) return unknown;
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var before = Paging.Before(request.Cursor);
        var orders = db.Set<OrderRow>().AsNoTracking().Where(o => o.Key == request.Key && o.Number < before
            && (request.Instrument == null || o.Instrument == request.Instrument));
        if (WireEnum.TryParse<OrderStatus>(request.Status, out var status))
        {
            orders = status switch
            {
                OrderStatus.Open => orders.Where(o => o.Remaining > 0),
                OrderStatus.Settling => orders.Where(
                    o => o.Remaining == 0 && o.InSwap > 0 && o.InSwap + o.Settled == o.Quantity),
                OrderStatus.Filled => orders.Where(o => o.Remaining == 0 && o.InSwap == 0 && o.Settled == o.Quantity),
                _ => orders.Where(o => o.Remaining == 0 && o.InSwap + o.Settled < o.Quantity),
            };
        }
        var rows = await orders.OrderByDescending(o => o.Number).Take(request.Limit + 1).ToListAsync(cancellationToken);
        var page = Paging.Of(rows, request.Limit, o => DecimalStrings.Format(o.Number));
        return new Page<Order>
        {
            Items = await OrderQueries.ToContractsAsync(db, page.Items, cancellationToken),
            NextCursor = page.NextCursor,
        };
    }
}

/// <summary>GET /api/v1/orders</summary>
public sealed class GetOrdersEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Orders, async (Caller caller, IMediator mediator, CancellationToken cancel,
                string? instrument = null, string? status = null, string? cursor = null,
                int limit = ServerLimits.DefaultPageSize) =>
            (await mediator.Send(new GetOrders(caller.Key, instrument, status, limit, cursor), cancel)).Http())
        .Weighs(CallWeight.Middling)
        .Describe("getOrders", "Orders", "Own orders, newest first", "All, or those of one instrument or status.")
        .Returns(OrderExamples.Orders).RequireAccount()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument);
}

/// <summary>Asks for one order of a key.</summary>
public sealed record GetOrder(string Key, string Id, string? Instrument = null) : IRequest<Result<Order>>;

/// <summary>Shape of the request.</summary>
public sealed class GetOrderValidator : AbstractValidator<GetOrder>
{
    /// <summary>The rules.</summary>
    public GetOrderValidator() => RuleFor(r => r.Id).OrderId();
}

/// <summary>Reads the order.</summary>
public sealed class GetOrderHandler(InstrumentSet instruments, IDbContextFactory<MarketDb> database)
    : IRequestHandler<GetOrder, Result<Order>>
{
    /// <inheritdoc/>
    public async Task<Result<Order>> Handle(GetOrder request, CancellationToken cancellationToken)
    {
        var instrument = request.Instrument;
        // A client's name is good for one order of all instruments; a number is another order in each.
        if (instrument is not null || !OrderQueries.IsClients(request.Id))
        {
            var host = instruments.Choose(instrument);
            if (host.Refusal is { } unknown) return unknown;
            instrument = host.Value.Id;
        }
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        if (await OrderQueries.FindAsync(db, instrument, request.Key, request.Id, cancellationToken) is not { } row)
            return new Refusal(ProblemCodes.UnknownOrder, "The account has no such order.");
        return (await OrderQueries.ToContractsAsync(db, [row], cancellationToken))[0];
    }
}

/// <summary>GET /api/v1/orders/{id}</summary>
public sealed class GetOrderEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Order, async (
                string id, Caller caller, IMediator mediator, CancellationToken cancel, string? instrument = null) =>
            (await mediator.Send(new GetOrder(caller.Key, id, instrument), cancel)).Http())
        .Describe("getOrder", "Orders", "One own order",
            "The id is the market's, which is good in its instrument (named where several are traded), or the client's as "
            + "client:(id).")
        .Returns(OrderExamples.Order).RequireAccount()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument, ProblemCodes.UnknownOrder);
}
