using Market.Api.Doors.Clients;
using Market.Api.Realtime;
using Market.Contracts;
using Microsoft.AspNetCore.SignalR;

namespace Market.Api.Features.Streams;

/// <summary>Hub calls count in the same window as requests: a subscription, and a channel that goes on, for as much as the
/// channels weigh that it names (<see cref="StreamReads"/>), another call for as many as it names.
/// What orders weigh <see cref="OrderDoor"/> counts, and answers for.</summary>
public sealed class HubWeights(CallWindow window, StreamReads reads) : IHubFilter
{
    /// <inheritdoc/>
    public ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        ArgumentNullException.ThrowIfNull(invocationContext);
        ArgumentNullException.ThrowIfNull(next);
        if (OrderDoor.Operations.ContainsKey(invocationContext.HubMethodName)) return next(invocationContext);
        var client = invocationContext.Context.GetHttpContext() is { } context
            ? ClientAddress.Of(context)
            : ClientAddress.Of((System.Net.IPAddress?)null);
        var channels = invocationContext.HubMethodArguments.OfType<string[]>().SelectMany(names => names);
        var weight = invocationContext.HubMethodName switch
        {
            Contracts.Streams.SubscribeMethod => reads.WeightOf(channels),
            Contracts.Streams.ResumeMethod => reads.WeightOf(invocationContext.HubMethodArguments[0] as string ?? ""),
            _ => Math.Clamp(channels.Count(), CallWeight.Least, StreamClient.MaxChannels),
        };
        return window.TryWeigh(client, weight)
            ? next(invocationContext)
            : throw new HubException($"{ProblemCodes.RateLimited}: ask again in {CapTable.WindowSeconds} s.");
    }
}
