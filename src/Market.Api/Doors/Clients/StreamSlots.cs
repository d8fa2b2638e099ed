using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Doors.Clients;

/// <summary>Places for what lasts: event streams, hub connections and the feeds of nodes, all counted as one.</summary>
public sealed class StreamSlots(CapTable caps)
{
    private readonly ClientSlots _slots = new(caps.Streams, client => caps.Of(client).Streams);

    /// <summary>What is said to who gets none.</summary>
    public static Refusal Refused { get; } = new(
        ProblemCodes.RateLimited, $"As many streams are open as may be; {Routes.Limits} says how many one client may hold.");

    /// <summary>Takes a place; null where the client or all together have as many as they may. Dispose it to give it back.
    /// </summary>
    public IDisposable? TryTake(HttpContext context) => _slots.TryTake(ClientAddress.Of(context));
}
