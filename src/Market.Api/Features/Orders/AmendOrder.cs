using FluentValidation;
using Market.Api.Data;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Contracts;
using Market.Standing;
using Market.Trading;
using MediatR;

namespace Market.Api.Features.Orders;

/// <summary>Gives an order of a key another price or quantity.</summary>
public sealed record AmendOrderRequest(string Key, string Id, AmendOrder Body, string? Instrument = null)
    : IRequest<Result<PlacedOrder>>;

/// <summary>Shape of the request.</summary>
public sealed class AmendOrderValidator : AbstractValidator<AmendOrderRequest>
{
    /// <summary>The rules.</summary>
    public AmendOrderValidator()
    {
        RuleFor(r => r.Id).OrderId();
        RuleFor(r => r.Body).Must(body => body.Price is not null || body.Quantity is not null || body.Discount is not null)
            .WithMessage("names a price, a quantity, a discount or several of them");
        RuleFor(r => r.Body.Discount).DiscountFactor();
    }
}

/// <summary>Gives the change to the sequencer.</summary>
public sealed class AmendOrderHandler(AccountDirectory accounts, OrderFinder finder)
    : IRequestHandler<AmendOrderRequest, Result<PlacedOrder>>
{
    /// <inheritdoc/>
    public async Task<Result<PlacedOrder>> Handle(AmendOrderRequest request, CancellationToken cancellationToken)
    {
        // Nought means "as it is" to the engine, and is no price and no quantity here.
        if (request.Body.Price is { Sats: 0 }) return OrderMapping.ToRefusal(Reason.PriceOutOfRange);
        if (request.Body.Quantity is { Units: 0 }) return OrderMapping.ToRefusal(Reason.QuantityOutOfRange);
        var account = await accounts.FindAsync(request.Key, cancellationToken);
        if (!account.Exists) return OrderMapping.ToRefusal(Reason.UnknownOrder);
        var found = await finder.HostOfAsync(request.Key, request.Id, request.Instrument, cancellationToken);
        if (found.Refusal is { } unknown) return unknown;
        var host = found.Value;
        var row = await finder.FindAsync(host.Id, request.Key, request.Id, cancellationToken);
        if (row is null) return OrderMapping.ToRefusal(Reason.UnknownOrder);
        var id = new OrderId((ulong)row.Id);
        var legs = await host.Get<IOwnLegs>().OfAsync(
            host.Id, id, BackingRules.ChainOf((Market.Trading.Side)row.Side), cancellationToken);
        var more = await MoreAsync(host, request, row, cancellationToken);
        if (more.Refusal is { } away) return away;
        var command = Command.Amend(account, id, request.Body.Price?.Sats ?? 0, request.Body.Quantity?.Units ?? 0);
        var result = await host.Sequencer.AmendAsync(
            command, request.Key, legs, more.Value, host.Series.MostWorth, request.Body.Discount, cancellationToken);
        if (result.IsOk) return new PlacedOrder { Order = result.Value.Orders[0], Fills = result.Value.Fills };
        var refusal = result.Refusal!;
        if (refusal.Code == ProblemCodes.TradingPaused && host.Sequencer.Reason is { } why)
            return refusal with { Detail = $"{why} Only cancels, and less at the same price, are taken now." };
        return await finder.WhyAsync(host.Id, request.Key, request.Id, refusal, cancellationToken);
    }

    // In its turn there is no chain to look at: what it may draw on then beside what stands behind it is looked at here.
    private async Task<Result<IReadOnlySet<OutPoint>>> MoreAsync(
        InstrumentHost host, AmendOrderRequest request, OrderRow row, CancellationToken cancel)
    {
        var side = (Market.Trading.Side)row.Side;
        var (before, quantity) = (row.WorstPrice ?? row.Price, request.Body.Quantity?.Units ?? row.Quantity);
        var worst = Math.Max(before, request.Body.Price?.Sats ?? before);
        var mayNeedMore = quantity > row.Quantity || (side == Market.Trading.Side.Buy && worst > before);
        // What is too much for any order is refused by the book's own rules.
        if (!mayNeedMore || !Notional.TryOf(worst, quantity, out _)) return new HashSet<OutPoint>();
        var had = await finder.ProvedOfAsync(row, cancel);
        return had.Count == 0
            ? new HashSet<OutPoint>()
            : await host.Backing.MoreAsync(request.Key, side, BackingRules.Gives(side, worst, quantity), had, cancel);
    }
}

/// <summary>PATCH /api/v1/orders/{id}</summary>
public sealed class AmendOrderEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPatch(Routes.Order, async (
                string id, AmendOrder body, Caller caller, IMediator mediator, CancellationToken cancel,
                string? instrument = null) =>
            (await mediator.Send(new AmendOrderRequest(caller.Key, id, body, instrument), cancel)).Http())
        .Weighs(CallWeight.Middling).Through(GateKind.Orders)
        .Describe("amendOrder", "Orders", "Amend an order",
            "Gives an order that stands in the book another price, quantity or both. As much or less at its price keeps its "
            + "place in the queue; anything else loses it and trades first where it crosses, as a new order does. The quantity "
            + "counts what is filled: no more than that cancels the rest. The coins behind the order must cover what it would "
            + "be. Of an order that is priced by face value the discount and the worst price are amended likewise, and it stands "
            + "where they put it. It can be sent again: it says how the order shall be, not what changes. The id is the "
            + "market's, which is good in its instrument (named where several are traded), or the client's as client:(id).")
        .Takes(OrderExamples.Amend).Returns(OrderExamples.AmendedOrder)
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument, ProblemCodes.UnknownOrder, ProblemCodes.OrderClosed,
            ProblemCodes.OrderSettling, ProblemCodes.TradingPaused, ProblemCodes.BadPrice, ProblemCodes.BadQuantity,
            ProblemCodes.NoFaceValue, ProblemCodes.WouldTrade, ProblemCodes.TooManyOrders, ProblemCodes.TierTooLow,
            ProblemCodes.BookFull, ProblemCodes.InsufficientOutpoints, ProblemCodes.TooLargeForSeries, ProblemCodes.MustWait,
            ProblemCodes.ChainUnavailable)
        .RequireAccount();
}
