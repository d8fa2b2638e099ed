using System.Collections.Frozen;
using System.Text.Json;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Contracts;
using Market.Standing;

namespace Market.Api.Features.Streams;

/// <summary>The way of an order over the hub: what stands before the route of the same operation stands before it here, in the same
/// order. A call is weighed in the client's window, must be an account's, and one that the scopes of its API key give; it waits
/// for its place by standing; then it is read, strictly, and sent.</summary>
public sealed class OrderDoor(
    CallWindow window, CapTable caps, ServiceDoor door, InstrumentSet instruments, EndpointDataSource endpoints)
{
    // Both are asked for with every call, and what routes there are does not change.
    private readonly Lazy<FrozenDictionary<string, (GateKind Kind, int Weight)>> _costs = new(
        () => Operations.ToFrozenDictionary(row => row.Key, row => CostOf(endpoints, row.Value)));

    /// <summary>The operation of the interface that a method of the hub is, whose weight and gate are the method's.</summary>
    public static FrozenDictionary<string, string> Operations { get; } = new Dictionary<string, string>
    {
        [Contracts.Streams.PlaceOrderMethod] = "placeOrder",
        [Contracts.Streams.PlaceOrdersMethod] = "placeOrders",
        [Contracts.Streams.AmendOrderMethod] = "amendOrder",
        [Contracts.Streams.CancelOrderMethod] = "cancelOrder",
        [Contracts.Streams.CancelOrdersMethod] = "cancelOrders",
        [Contracts.Streams.CancelAllOrdersMethod] = "cancelAllOrders",
    }.ToFrozenDictionary();

    /// <summary>Has a call done.</summary>
    /// <typeparam name="T">What is answered.</typeparam>
    /// <param name="call">The call.</param>
    /// <param name="run">Reads the arguments and sends the request.</param>
    /// <param name="gone">The connection is lost.</param>
    /// <exception cref="OperationCanceledException">The connection is lost.</exception>
    internal async Task<HubAnswer<T>> AskAsync<T>(
        OrderCall call, Func<OrderCall, string, Task<Result<T>>> run, CancellationToken gone) where T : class
    {
        var result = await TryAsync(call, run, gone);
        return result.Refusal is { } refusal
            ? new HubAnswer<T> { Problem = call.Refused(refusal) }
            : new HubAnswer<T> { Value = result.Value };
    }

    private async Task<Result<T>> TryAsync<T>(
        OrderCall call, Func<OrderCall, string, Task<Result<T>>> run, CancellationToken gone)
    {
        var (kind, weight) = _costs.Value[call.Method];
        var client = ClientAddress.Of(call.Connection);
        if (!window.TryWeigh(client, weight))
        {
            return new Refusal(ProblemCodes.RateLimited,
                $"This call weighs {weight}; in {CapTable.WindowSeconds} s one client may make calls of weight "
                + $"{caps.Of(client).Weight}.");
        }
        if (call.Caller is not { } caller)
            return new Refusal(ProblemCodes.AuthenticationRequired, "Sign the connection in before it takes orders.");
        // The connection ends with its session, too, but not before somebody has looked.
        if (call.Session.IsOver) return SocketEnd.Over(caller).Refusal!;
        if (ApiKeyScopes.WhyNotCall(caller, call.Method) is { } beyond) return beyond;
        var asked = await door.EnterAsync(
            kind, GateCalls.Of(caps, client, weight, caller.Key, offer: null, call.Bytes),
            kind == GateKind.Orders ? GateCalls.OrdersBeyond(instruments) : 0, gone);
        if (asked.State == CallState.Refused) return GateCalls.RefusalOf(asked);
        try
        {
            if (call.Session.HasEnded(caller) is { } ended) return ended;
            var sent = Send(call, caller.Key, run);
            return sent.Refusal ?? await sent.Value;
        }
        catch (Exception e) when (!gone.IsCancellationRequested)
        {
            return call.Session.WhyOf(e);
        }
        finally
        {
            door.Leave(kind, asked);
        }
    }

    // What is wrong with arguments is met before anything is sent.
    private static Result<Task<Result<T>>> Send<T>(OrderCall call, string key, Func<OrderCall, string, Task<Result<T>>> run)
    {
        try
        {
            return run(call, key);
        }
        catch (JsonException e)
        {
            return new Refusal(ProblemCodes.MalformedRequest, JsonWords.Of(e));
        }
    }

    private static (GateKind Kind, int Weight) CostOf(EndpointDataSource endpoints, string operation) =>
        GateMark.Of(endpoints, operation) is ({ } kind, var weight)
            ? (kind, weight)
            : throw new InvalidOperationException($"{operation} is no operation that waits for a place.");
}
