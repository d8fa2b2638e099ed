using Market.Api.Doors.Clients;
using Market.Contracts;

namespace Market.Api.Features.Standing;

/// <summary>What operations cost keys now.</summary>
public sealed class CallCosts(ServiceDoor door, EndpointDataSource endpoints)
{
    /// <summary>What a call costs a key now; null where there is no such operation.</summary>
    /// <param name="operation">Its id in the API document.</param>
    /// <param name="key">Hex of the account's x-only key.</param>
    public CallCost? Of(string operation, string key) => GateMark.Of(endpoints, operation) is var (kind, weight)
        ? new CallCost
        {
            Operation = operation,
            Kind = (WorkKind?)kind,
            Weight = weight,
            Price = kind is { } gate ? door.PriceOf(gate, weight, key) : 0,
        }
        : null;
}
