using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Doors;

/// <summary>What may be done with orders, for doors that are no routes: the very requests that the routes send.</summary>
public interface IOrderCalls
{
    /// <summary>As placeOrder.</summary>
    Task<Result<PlacedOrder>> PlaceAsync(string key, PlaceOrder body, CancellationToken cancel);

    /// <summary>As placeOrders.</summary>
    /// <param name="key">The account.</param>
    /// <param name="body">The orders.</param>
    /// <param name="part">Writes the refusal of one of them down.</param>
    /// <param name="cancel">Gives up.</param>
    Task<Result<PlacedOrders>> PlaceAsync(
        string key, PlaceOrders body, Func<Refusal, Problem> part, CancellationToken cancel);

    /// <summary>As amendOrder.</summary>
    Task<Result<PlacedOrder>> AmendAsync(string key, OrderName name, AmendOrder body, CancellationToken cancel);

    /// <summary>As cancelOrder.</summary>
    Task<Result<Order>> CancelAsync(string key, OrderName name, CancellationToken cancel);

    /// <summary>As cancelOrders.</summary>
    /// <param name="key">The account.</param>
    /// <param name="body">The orders' names.</param>
    /// <param name="part">Writes the refusal of one of them down.</param>
    /// <param name="cancel">Gives up.</param>
    Task<Result<CancelledAnswers>> CancelAsync(
        string key, CancelOrders body, Func<Refusal, Problem> part, CancellationToken cancel);

    /// <summary>As cancelAllOrders.</summary>
    Task<Result<CancelledOrders>> CancelAsync(string key, CancelAllOrders body, CancellationToken cancel);
}
