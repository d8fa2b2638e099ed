using Market.Api.Doors.Clients;
using Market.Api.Realtime;
using Market.Contracts;
using Microsoft.AspNetCore.SignalR;

namespace Market.Api.Features.Streams;

/// <summary>Hub calls count in the same window as requests: each for as much as the channels that it names.</summary>
public sealed class HubWeights(CallWindow window) : IHubFilter
{
    /// <inheritdoc/>
    public ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        ArgumentNullException.ThrowIfNull(invocationContext);
        ArgumentNullException.ThrowIfNull(next);
        var client = invocationContext.Context.GetHttpContext() is { } context
            ? ClientAddress.Of(context)
            : ClientAddress.Of((System.Net.IPAddress?)null);
        var weight = invocationContext.HubMethodArguments.OfType<string[]>().Sum(channels => channels.Length);
        return window.TryWeigh(client, Math.Clamp(weight, CallWeight.Least, StreamClient.MaxChannels))
            ? next(invocationContext)
            : throw new HubException($"{ProblemCodes.RateLimited}: ask again in {CapTable.WindowSeconds} s.");
    }
}
