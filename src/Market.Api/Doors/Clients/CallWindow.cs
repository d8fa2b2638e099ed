using System.Threading.RateLimiting;

namespace Market.Api.Doors.Clients;

/// <summary>Weighs the calls of each client within a sliding window: requests and hub calls on one scale. Clients that fall
/// silent are forgotten.</summary>
public sealed class CallWindow : IDisposable
{
    private readonly PartitionedRateLimiter<ClientAddress> _limiter;

    /// <summary>A window by the table.</summary>
    public CallWindow(CapTable caps) => _limiter = PartitionedRateLimiter.Create<ClientAddress, ClientAddress>(
        client => RateLimitPartition.GetSlidingWindowLimiter(client, one => new SlidingWindowRateLimiterOptions
        {
            PermitLimit = caps.Of(one).Weight,
            Window = TimeSpan.FromSeconds(CapTable.WindowSeconds),
            SegmentsPerWindow = CapTable.WindowSeconds,
            QueueLimit = 0,
        }));

    /// <summary>Counts a call. False where the client has no such weight left.</summary>
    public bool TryWeigh(ClientAddress client, int weight)
    {
        using var lease = _limiter.AttemptAcquire(client, weight);
        return lease.IsAcquired;
    }

    /// <summary>What the client has left.</summary>
    public long Left(ClientAddress client) => _limiter.GetStatistics(client)?.CurrentAvailablePermits ?? 0;

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();
}
