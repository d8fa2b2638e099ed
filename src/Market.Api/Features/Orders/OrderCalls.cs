using Market.Api.Doors;
using Market.Api.Results;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Orders;

/// <summary>Sends the requests that the routes of orders send, and shapes the answers of batches for both.</summary>
public sealed class OrderCalls(IMediator mediator) : IOrderCalls
{
    /// <inheritdoc/>
    public async Task<Result<PlacedOrder>> PlaceAsync(string key, PlaceOrder body, CancellationToken cancel) =>
        (await mediator.Send(new PlaceOrderRequest(key, body), cancel)).Then(answer => answer.Placed);

    /// <inheritdoc/>
    public async Task<Result<PlacedOrders>> PlaceAsync(
        string key, PlaceOrders body, Func<Refusal, Problem> part, CancellationToken cancel) =>
        Of(await mediator.Send(new PlaceOrdersRequest(key, body), cancel), part);

    /// <inheritdoc/>
    public Task<Result<PlacedOrder>> AmendAsync(string key, OrderName name, AmendOrder body, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(name);
        return mediator.Send(new AmendOrderRequest(key, name.Id, body, name.Instrument), cancel);
    }

    /// <inheritdoc/>
    public Task<Result<Order>> CancelAsync(string key, OrderName name, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(name);
        return mediator.Send(new CancelOrderRequest(key, name.Id, name.Instrument), cancel);
    }

    /// <inheritdoc/>
    public async Task<Result<CancelledAnswers>> CancelAsync(
        string key, CancelOrders body, Func<Refusal, Problem> part, CancellationToken cancel) =>
        Of(await mediator.Send(new CancelOrdersRequest(key, body), cancel), part);

    /// <inheritdoc/>
    public Task<Result<CancelledOrders>> CancelAsync(string key, CancelAllOrders body, CancellationToken cancel) =>
        mediator.Send(new CancelAllRequest(key, body), cancel);

    /// <summary>Each of several new orders with its answer.</summary>
    internal static Result<PlacedOrders> Of(
        Result<IReadOnlyList<Result<PlaceOrderAnswer>>> result, Func<Refusal, Problem> part) =>
        result.Then(answers => new PlacedOrders
        {
            Answers =
            [
                .. answers.Select(answer => answer.Refusal is { } refusal
                    ? new PlacedAnswer { Problem = part(refusal) }
                    : new PlacedAnswer { Placed = answer.Value.Placed }),
            ],
        });

    /// <summary>Each of several cancels with its answer.</summary>
    internal static Result<CancelledAnswers> Of(Result<IReadOnlyList<Result<Order>>> result, Func<Refusal, Problem> part) =>
        result.Then(answers => new CancelledAnswers
        {
            Answers =
            [
                .. answers.Select(answer => answer.Refusal is { } refusal
                    ? new CancelledAnswer { Problem = part(refusal) }
                    : new CancelledAnswer { Order = answer.Value }),
            ],
        });
}
