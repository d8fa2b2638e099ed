using System.Net;
using System.Net.Sockets;

namespace Market.Chains.Stratum;

/// <summary>A place that a connection has at the port, until it leaves or gives way.</summary>
/// <param name="from">Whose.</param>
internal sealed class StratumPlace(IPAddress from)
{
    /// <summary>Whose.</summary>
    public IPAddress From { get; } = from;

    /// <summary>Ends the connection that has it; set by whoever opens that.</summary>
    public Action? GiveWay { get; set; }

    /// <summary>When it had its last result accepted; null before the first.</summary>
    internal DateTimeOffset? Proven { get; set; }

    /// <summary>When it came.</summary>
    internal required DateTimeOffset Came { get; init; }

    /// <summary>What is read of its household.</summary>
    internal required HouseholdBudget Household { get; init; }

    /// <summary>Where it stands among those with a result, or those without; null when it has left.</summary>
    internal LinkedListNode<StratumPlace>? Node { get; set; }
}

/// <summary>
/// Counts connections by address and by site, new ones a second, and all, and has a budget of lines for each address. Of IPv6 an
/// address is a network of 64 bits, which is what a household has, and a site one of 48. Where all places are taken the connection
/// that has been without an accepted result for the longest gives way, unless its last is younger than
/// <see cref="StratumOptions.KeptFor"/>: who only connects keeps no miner out. Safe for several threads.
/// </summary>
internal sealed class StratumDoor(StratumOptions options)
{
    private const int HouseholdBytes = 8;
    private const int SiteBytes = 6;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, Visitor> _visitors = [];
    private readonly Dictionary<IPAddress, int> _sites = [];

    // Those without an accepted result by when they came, those with one by their last: the longest ago first.
    private readonly LinkedList<StratumPlace> _silent = new();
    private readonly LinkedList<StratumPlace> _proven = new();

    /// <summary>Lets one in.</summary>
    /// <param name="from">Whom.</param>
    /// <param name="now">The time.</param>
    /// <param name="worked">When there last was work: before, nobody could have had a result.</param>
    /// <param name="place">Its place; null where it may not come in.</param>
    /// <returns>Why it may not come in; null where it may.</returns>
    public StratumEnd? Enter(IPAddress from, DateTimeOffset now, DateTimeOffset worked, out StratumPlace? place)
    {
        place = null;
        StratumPlace? gone = null;
        lock (_lock)
        {
            if (WhyNot(from, now) is { } why)
            {
                return why;
            }

            if (_silent.Count + _proven.Count >= options.MostConnections)
            {
                gone = FirstToGo(worked);
                if (gone is null)
                {
                    return StratumEnd.Full;
                }

                Free(gone);
            }

            var (key, site) = KeysOf(from);
            var visitor = _visitors.GetValueOrDefault(key);
            var second = now.ToUnixTimeSeconds();
            var household = visitor.Household ?? new HouseholdBudget(now, options.MostLinesOfAddress);
            _visitors[key] = new Visitor(
                visitor.Inside + 1, second, visitor.Second == second ? visitor.Came + 1 : 1, household);
            if (site is not null)
            {
                _sites[site] = _sites.GetValueOrDefault(site) + 1;
            }

            place = new StratumPlace(from) { Came = now, Household = household };
            place.Node = _silent.AddLast(place);
        }

        gone?.GiveWay?.Invoke();
        return null;
    }

    /// <summary>One has a result accepted: it is the last to give way.</summary>
    public void Prove(StratumPlace place, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (place.Node is { } node)
            {
                place.Proven = now;
                node.List!.Remove(node);
                _proven.AddLast(node);
            }
        }
    }

    /// <summary>One has gone; one that gave way already has nothing to leave.</summary>
    public void Leave(StratumPlace place)
    {
        lock (_lock)
        {
            Free(place);
        }
    }

    /// <summary>Forgets those who left before this second, and whose lines are made up for: who comes again begins no other
    /// budget.</summary>
    public void Sweep(DateTimeOffset now)
    {
        lock (_lock)
        {
            foreach (var (key, visitor) in _visitors.ToList())
            {
                if (visitor.Inside == 0 && visitor.Second < now.ToUnixTimeSeconds() && visitor.Household!.IsRested(now))
                {
                    _visitors.Remove(key);
                }
            }
        }
    }

    private StratumEnd? WhyNot(IPAddress from, DateTimeOffset now)
    {
        var (key, site) = KeysOf(from);
        var visitor = _visitors.GetValueOrDefault(key);
        return visitor.Inside >= options.MostOfAddress ? StratumEnd.AddressFull
            : site is not null && _sites.GetValueOrDefault(site) >= options.MostOfSite ? StratumEnd.SiteFull
            : visitor.Second == now.ToUnixTimeSeconds() && visitor.Came >= options.MostASecond ? StratumEnd.TooFast
            : null;
    }

    private StratumPlace? FirstToGo(DateTimeOffset worked)
    {
        var silent = _silent.First?.Value;
        var idle = _proven.First?.Value is { Proven: { } last } place && worked - last >= options.KeptFor ? place : null;
        return silent is null ? idle : idle is null ? silent : idle.Proven < silent.Came ? idle : silent;
    }

    private void Free(StratumPlace place)
    {
        if (place.Node is not { } node)
        {
            return;
        }

        node.List!.Remove(node);
        place.Node = null;
        var (key, site) = KeysOf(place.From);
        var visitor = _visitors[key];
        _visitors[key] = visitor with { Inside = visitor.Inside - 1 };
        if (site is not null && --_sites[site] == 0)
        {
            _sites.Remove(site);
        }
    }

    private static (IPAddress Household, IPAddress? Site) KeysOf(IPAddress from) =>
        from.IsIPv4MappedToIPv6 ? (from.MapToIPv4(), null)
        : from.AddressFamily == AddressFamily.InterNetworkV6 ? (Front(from, HouseholdBytes), Front(from, SiteBytes))
        : (from, null);

    private static IPAddress Front(IPAddress from, int bytes)
    {
        var all = from.GetAddressBytes();
        all.AsSpan(bytes).Clear();
        return new IPAddress(all);
    }

    private readonly record struct Visitor(int Inside, long Second, int Came, HouseholdBudget? Household);
}
