using Market.Api.Doors.Auth;
using Microsoft.AspNetCore.SignalR;

namespace Market.Api.Features.Streams;

/// <summary>A connection that an API key signed in calls what the key's scopes give, and nothing that has no scope.
/// Of orders <see cref="OrderDoor"/> asks the same, and answers for it.</summary>
public sealed class HubScopes : IHubFilter
{
    /// <inheritdoc/>
    public ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        ArgumentNullException.ThrowIfNull(invocationContext);
        ArgumentNullException.ThrowIfNull(next);
        return !OrderDoor.Operations.ContainsKey(invocationContext.HubMethodName)
            && MarketHub.CallerOf(invocationContext.Context) is { } caller
            && ApiKeyScopes.WhyNotCall(caller, invocationContext.HubMethodName) is { } refusal
                ? throw new HubException($"{refusal.Code}: {refusal.Detail}")
                : next(invocationContext);
    }
}
