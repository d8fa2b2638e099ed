using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Contracts;
using Market.Standing;
using Market.Trading;
using MediatR;
using Microsoft.AspNetCore.Mvc;

namespace Market.Api.Features.Orders;

/// <summary>Cancels several orders of a key.</summary>
public sealed record CancelOrdersRequest(string Key, CancelOrders Body) : IRequest<Result<IReadOnlyList<Result<Order>>>>;

/// <summary>Shape of the request; each order's own is looked at by itself.</summary>
public sealed class CancelOrdersValidator : AbstractValidator<CancelOrdersRequest>
{
    /// <summary>The rules.</summary>
    public CancelOrdersValidator() => RuleFor(r => r.Body.Orders).NotEmpty()
        .Must(orders => orders.Count <= CancelOrders.Most).WithMessage($"must be at most {CancelOrders.Most}")
        .Must(orders => orders.All(order => order is not null)).WithMessage("must not be null");
}

/// <summary>Gives the cancels to the sequencers, those of each together.</summary>
public sealed class CancelOrdersHandler(
    AccountDirectory accounts, OrderFinder finder, IEnumerable<IValidator<CancelOrderRequest>> shapes)
    : IRequestHandler<CancelOrdersRequest, Result<IReadOnlyList<Result<Order>>>>
{
    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<Result<Order>>>> Handle(
        CancelOrdersRequest request, CancellationToken cancellationToken)
    {
        var answers = new Result<Order>[request.Body.Orders.Count];
        var account = await accounts.FindAsync(request.Key, cancellationToken);
        var found = new List<(int At, string Id, InstrumentHost Host)>();
        for (var at = 0; at < answers.Length; at++)
        {
            var name = request.Body.Orders[at];
            var host = ShapeRefusals.Of(new CancelOrderRequest(request.Key, name.Id, name.Instrument), shapes) is { } refusal
                ? refusal
                : !account.Exists ? OrderMapping.ToRefusal(Reason.UnknownOrder)
                : await finder.HostOfAsync(request.Key, name.Id, name.Instrument, cancellationToken);
            if (host.Refusal is { } unknown) answers[at] = unknown;
            else found.Add((at, name.Id, host.Value));
        }
        await Task.WhenAll(found.GroupBy(one => one.Host).Select(async group =>
        {
            var orders = group.ToList();
            var results = await group.Key.Sequencer.ExecuteAllAsync(
                orders.ConvertAll(one => CancelOrderHandler.CommandOf(account, one.Id)), cancellationToken);
            for (var i = 0; i < orders.Count; i++)
            {
                answers[orders[i].At] = results[i].IsOk
                    ? results[i].Value.Orders[0]
                    : await finder.WhyAsync(
                        group.Key.Id, request.Key, orders[i].Id, results[i].Refusal!, cancellationToken);
            }
        }));
        return answers;
    }
}

/// <summary>DELETE /api/v1/orders/batch</summary>
public sealed class CancelOrdersEndpoint : IEndpoint
{
    // They share a call and a commit.
    private const int Weight = CallWeight.Middling * CancelOrders.Most / 10;

    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapDelete(Routes.OrderBatch, async (
            [FromBody] CancelOrders body, Caller caller, IMediator mediator, HttpContext context, CancellationToken cancel) =>
            OrderCalls.Of(
                await mediator.Send(new CancelOrdersRequest(caller.Key, body), cancel),
                refusal => Answers.Part(context, refusal)).Http())
        .Weighs(Weight).Through(GateKind.Cancels)
        .Describe("cancelOrders", "Orders", "Cancel several orders",
            "Up to 50 orders, each named as cancelOrder names it and answered by itself, in the order in which they are sent: with "
            + "the order, or with the problem that cancelOrder would have answered with. Those of one instrument are cancelled "
            + "with nothing between them, and are on disk together.")
        .Takes(OrderExamples.CancelOrders).Returns(OrderExamples.CancelledOrders)
        .Refuses(ProblemCodes.ValidationFailed)
        .RequireAccount();
}
