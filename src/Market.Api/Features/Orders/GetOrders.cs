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
    : IRequest<Result<Page<Order>>>
{
    /// <summary>Only that of this id.</summary>
    public string? Id { get; init; }

    /// <summary>Only those placed then or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only those placed before.</summary>
    public DateTimeOffset? To { get; init; }
}

/// <summary>Shape of the request.</summary>
public sealed class GetOrdersValidator : AbstractValidator<GetOrders>
{
    /// <summary>The rules.</summary>
    public GetOrdersValidator()
    {
        RuleFor(r => r.Status).Must(s => s is null || WireEnum.TryParse<OrderStatus>(s, out _))
            .WithMessage($"must be one of {WireEnum.Names<OrderStatus>()}");
        RuleFor(r => r.Limit).PageSize();
        RuleFor(r => r.Cursor).TwoWayCursor();
        RuleFor(r => r.Id!).OrderId().When(r => r.Id is not null);
        RuleFor(r => r.To).Must((r, to) => r.From is null || to is null || r.From < to).WithMessage("must be after from");
    }
}

/// <summary>Reads the orders.</summary>
public sealed class GetOrdersHandler(InstrumentSet instruments, IDbContextFactory<MarketDb> database)
    : IRequestHandler<GetOrders, Result<Page<Order>>>
{
    /// <inheritdoc/>
    public async Task<Result<Page<Order>>> Handle(GetOrders request, CancellationToken cancellationToken)
    {
        if (request.Instrument is { } named && instruments.WhyUnknown(named) is { } unknown) return unknown;
        // A number is another order in each instrument, and found by both.
        if (request is { Instrument: null, Id: { } number } && !OrderQueries.IsClients(number))
        {
            var only = instruments.Choose(null);
            if (only.Refusal is { } unnamed) return unnamed;
            request = request with { Instrument = only.Value.Id };
        }
        var cursor = PageCursor.Of(request.Cursor);
        if (ForwardReads.WhyNot(instruments, request.Instrument, request.Status, cursor) is { } several) return several;
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var orders = Filter(db, request);
        orders = cursor.IsForward
            ? orders.Where(o => o.Number > cursor.Number).OrderBy(o => o.Number)
            : orders.Where(o => o.Number < cursor.Number).OrderByDescending(o => o.Number);
        var rows = await orders.Take(request.Limit + 1).ToListAsync(cancellationToken);
        var page = cursor.PageOf(rows, request.Limit, o => o.Number);
        return new Page<Order>
        {
            Items = await OrderQueries.ToContractsAsync(db, page.Items, cancellationToken),
            NextCursor = page.NextCursor,
            PreviousCursor = ForwardReads.AreThere(instruments, request.Instrument, request.Status) ? page.PreviousCursor : null,
        };
    }

    private static IQueryable<OrderRow> Filter(MarketDb db, GetOrders request)
    {
        var orders = db.Set<OrderRow>().AsNoTracking().Where(o => o.Key == request.Key);
        if (request.Instrument is { } instrument) orders = orders.Where(o => o.Instrument == instrument);
        if (request.From?.ToUniversalTime() is { } earliest) orders = orders.Where(o => o.CreatedAt >= earliest);
        if (request.To?.ToUniversalTime() is { } end) orders = orders.Where(o => o.CreatedAt < end);
        if (request.Id is { } id) orders = OfId(db, orders, request.Key, id);
        return WireEnum.TryParse<OrderStatus>(request.Status, out var status) ? OfStatus(orders, status) : orders;
    }

    private static IQueryable<OrderRow> OfId(MarketDb db, IQueryable<OrderRow> orders, string key, string id)
    {
        if (OrderQueries.IsClients(id)) return OrderQueries.Named(db, orders, key, id);
        DecimalStrings.TryParse(id, out var number);
        return orders.Where(o => o.Id == number);
    }

    private static IQueryable<OrderRow> OfStatus(IQueryable<OrderRow> orders, OrderStatus status) => status switch
    {
        OrderStatus.Open => orders.Where(o => o.Remaining > 0),
        OrderStatus.Settling => orders.Where(o => o.Remaining == 0 && o.InSwap > 0 && o.InSwap + o.Settled == o.Quantity),
        OrderStatus.Filled => orders.Where(o => o.Remaining == 0 && o.InSwap == 0 && o.Settled == o.Quantity),
        _ => orders.Where(o => o.Remaining == 0 && o.InSwap + o.Settled < o.Quantity),
    };
}

/// <summary>GET /api/v1/orders</summary>
public sealed class GetOrdersEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Orders, async (Caller caller, HttpContext context, IMediator mediator, CancellationToken cancel,
            string? instrument = null, string? status = null, string? id = null, DateTimeOffset? from = null,
            DateTimeOffset? to = null, string? cursor = null, int limit = ServerLimits.DefaultPageSize) =>
        {
            var request = new GetOrders(caller.Key, instrument, status, limit, cursor)
            {
                Id = id,
                From = from,
                To = to,
            };
            return (await mediator.Send(request, cancel)).HttpOrCsv(context, OrderTables.Of);
        })
        .Weighs(CallWeight.Middling)
        .Describe("getOrders", "Orders", "Own orders, newest first",
            "All, or those of one instrument, status or id, or placed in [from, to). An id is the market's, which is good in its "
            + "instrument (named where several are traded), or the client's as client:(id). " + ForwardReads.Words)
        .Returns(OrderExamples.Orders).ReturnsCsv(OrderTables.Of(OrderExamples.Orders)).Tagged().RequireAccount()
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
            if (instrument is null || instruments.FindGone(instrument) is null)
            {
                var host = instruments.Choose(instrument);
                if (host.Refusal is { } unknown) return unknown;
                instrument = host.Value.Id;
            }
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
