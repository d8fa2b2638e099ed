using System.Net;
using System.Net.Sockets;

namespace Market.Chains.Stratum;

/// <summary>Counts connections by address: so many at once, and so many new ones a second. Of IPv6 an address is a network of 64
/// bits, which is what a household has. Safe for several threads.</summary>
internal sealed class StratumDoor(StratumOptions options)
{
    private const int NetworkBytes = 8;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, Visitor> _visitors = [];
    private int _all;

    /// <summary>Lets one in.</summary>
    /// <returns>Null where it may come in; else why not.</returns>
    public string? Enter(IPAddress from, DateTimeOffset now)
    {
        var key = KeyOf(from);
        var second = now.ToUnixTimeSeconds();
        lock (_lock)
        {
            var visitor = _visitors.GetValueOrDefault(key);
            var came = visitor.Second == second ? visitor.Came : 0;
            var why = _all >= options.MostConnections ? "there are as many connections as this server takes"
                : visitor.Inside >= options.MostOfAddress ? "its address has as many connections as it may"
                : came >= options.MostASecond ? "its address opens too many connections a second"
                : null;
            if (why is null)
            {
                _all++;
                _visitors[key] = new Visitor(visitor.Inside + 1, second, came + 1);
            }

            return why;
        }
    }

    /// <summary>One has gone.</summary>
    public void Leave(IPAddress from)
    {
        var key = KeyOf(from);
        lock (_lock)
        {
            _all--;
            var visitor = _visitors[key];
            _visitors[key] = visitor with { Inside = visitor.Inside - 1 };
        }
    }

    /// <summary>Forgets those who left before this second.</summary>
    public void Sweep(DateTimeOffset now)
    {
        lock (_lock)
        {
            foreach (var (key, visitor) in _visitors.ToList())
            {
                if (visitor.Inside == 0 && visitor.Second < now.ToUnixTimeSeconds())
                {
                    _visitors.Remove(key);
                }
            }
        }
    }

    private static IPAddress KeyOf(IPAddress from)
    {
        if (from.IsIPv4MappedToIPv6)
        {
            return from.MapToIPv4();
        }

        return from.AddressFamily == AddressFamily.InterNetworkV6
            ? new IPAddress([.. from.GetAddressBytes().AsSpan(0, NetworkBytes), .. new byte[NetworkBytes]])
            : from;
    }

    private readonly record struct Visitor(int Inside, long Second, int Came);
}
