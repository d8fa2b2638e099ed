using Market.Api.Doors.Clients;
using Market.Contracts;

namespace Market.Api.Features.Dev;

/// <summary>How often each client was paid of late: everybody is to find something in the faucet.</summary>
public sealed class FaucetGrants(TimeProvider clock)
{
    /// <summary>Payments on one chain that a client gets within <see cref="Window"/>.</summary>
    public const int PerClient = 5;

    /// <summary>Clients that are remembered at once; above it nobody new is paid until some are forgotten.</summary>
    public const int Clients = 10_000;

    /// <summary>For how long a payment counts.</summary>
    public static TimeSpan Window { get; } = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<(ClientAddress Client, ChainName Chain), Queue<DateTimeOffset>> _paid = [];

    /// <summary>Notes a payment; or says from when on the next one is, and notes nothing.</summary>
    public DateTimeOffset? Take(ClientAddress client, ChainName chain)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            if (_paid.Count >= Clients) Forget(now);
            if (!_paid.TryGetValue((client, chain), out var times))
            {
                if (_paid.Count >= Clients) return now + Window;
                _paid[(client, chain)] = times = new Queue<DateTimeOffset>(PerClient);
            }
            while (times.TryPeek(out var first) && first + Window <= now) times.Dequeue();
            if (times.Count >= PerClient) return times.Peek() + Window;
            times.Enqueue(now);
            return null;
        }
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var key in _paid.Where(one => one.Value.Last() + Window <= now).Select(one => one.Key).ToList()) _paid.Remove(key);
    }
}
