using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using Market.Standing;
using MediatR;

namespace Market.Api.Features.Orders;

/// <summary>Places several orders for a key.</summary>
public sealed record PlaceOrdersRequest(string Key, PlaceOrders Body) : IRequest<Result<IReadOnlyList<Result<PlaceOrderAnswer>>>>;

/// <summary>Shape of the request; each order's own is looked at by itself.</summary>
public sealed class PlaceOrdersValidator : AbstractValidator<PlaceOrdersRequest>
{
    /// <summary>The rules.</summary>
    public PlaceOrdersValidator() => RuleFor(r => r.Body.Orders).NotEmpty()
        .Must(orders => orders.Count <= PlaceOrders.Most).WithMessage($"must be at most {PlaceOrders.Most}")
        .Must(orders => orders.All(order => order is not null)).WithMessage("must not be null");
}

/// <summary>Gives what is in order to the sequencers, those of each together.</summary>
public sealed class PlaceOrdersHandler(OrderPlacer placer, IEnumerable<IValidator<PlaceOrderRequest>> shapes)
    : IRequestHandler<PlaceOrdersRequest, Result<IReadOnlyList<Result<PlaceOrderAnswer>>>>
{
    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<Result<PlaceOrderAnswer>>>> Handle(
        PlaceOrdersRequest request, CancellationToken cancellationToken)
    {
        var answers = new Result<PlaceOrderAnswer>[request.Body.Orders.Count];
        var ready = new List<(int At, CheckedOrder Order)>();
        for (var at = 0; at < answers.Length; at++)
        {
            var one = new PlaceOrderRequest(request.Key, request.Body.Orders[at]);
            if (ShapeRefusals.Of(one, shapes) is { } refusal)
            {
                answers[at] = refusal;
                continue;
            }
            var (order, answer) = await placer.CheckAsync(one, cancellationToken);
            if (order is null) answers[at] = answer;
            else ready.Add((at, order));
        }
        await Task.WhenAll(ready.GroupBy(one => one.Order.Sequencer).Select(async group =>
        {
            var orders = group.ToList();
            var results = await group.Key.PlaceAllAsync(
                orders.ConvertAll(one => (one.Order.Command, one.Order.Draft)), cancellationToken);
            for (var i = 0; i < orders.Count; i++)
                answers[orders[i].At] = await placer.AnswerAsync(orders[i].Order, results[i], cancellationToken);
        }));
        return answers;
    }
}

/// <summary>POST /api/v1/orders/batch</summary>
public sealed class PlaceOrdersEndpoint : IEndpoint
{
    // They share a call and a commit, and each is signed and checked by itself.
    private const int Weight = CallWeight.Middling * PlaceOrders.Most / 2;

    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost(Routes.OrderBatch, async (
            PlaceOrders body, Caller caller, IMediator mediator, HttpContext context, CancellationToken cancel) =>
            OrderCalls.Of(
                await mediator.Send(new PlaceOrdersRequest(caller.Key, body), cancel),
                refusal => Answers.Part(context, refusal)).Http())
        .Weighs(Weight).Through(GateKind.Orders)
        .Describe("placeOrders", "Orders", "Place several orders",
            "Up to 20 orders, each as placeOrder takes it and answered by itself, in the order in which they are sent: with the "
            + "order, or with the problem that placeOrder would have answered with. One that is refused keeps no other from "
            + "being placed. Those of one instrument are carried out in their order, with nothing between them, and are on disk "
            + "together.")
        .Takes(OrderExamples.PlaceOrders).Returns(OrderExamples.PlacedOrders)
        .Refuses(ProblemCodes.ValidationFailed)
        .RequireAccount();
}
