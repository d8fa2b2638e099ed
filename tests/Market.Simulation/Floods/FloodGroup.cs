using System.Globalization;
using Market.Standing;

namespace Market.Simulation.Floods;

/// <summary>Callers of one kind.</summary>
/// <param name="Name">What they are.</param>
/// <param name="IsHonest">Whether they want to be served rather than to be in the way.</param>
/// <param name="Members">How many keys.</param>
/// <param name="Addresses">Over how many addresses they are spread.</param>
/// <param name="CallsPerSecond">Of all of them together.</param>
/// <param name="Facts">What their tier follows from.</param>
/// <param name="Stored">Credits that each has at the start.</param>
/// <param name="Income">Credits that all of them together earn in a second, each in its turn.</param>
/// <param name="SpendsAll">Each call offers all that its key has; else a call offers what a caller does who says nothing.</param>
internal sealed record FloodGroup(
    string Name, bool IsHonest, int Members, int Addresses, double CallsPerSecond, StandingFacts Facts = default, long Stored = 0,
    double Income = 0, bool SpendsAll = false)
{
    private readonly List<long> _waits = [];
    private readonly Dictionary<int, long> _unserved = [];

    /// <summary>What became of its calls.</summary>
    public int Asked { get; private set; }

    public int Served => _waits.Count;

    public long Paid { get; private set; }

    /// <summary>The longest time for which a member that had asked was not served, in milliseconds.</summary>
    public long LongestWithout { get; private set; }

    public string KeyOf(int member) => string.Create(CultureInfo.InvariantCulture, $"{Name} {member}");

    public string AddressOf(int member) => string.Create(CultureInfo.InvariantCulture, $"{Name} at {member % Addresses}");

    public void Ask(int member, long now)
    {
        Asked++;
        _unserved.TryAdd(member, now);
    }

    public void Serve(int member, long now, AskedCall call)
    {
        _waits.Add(now - call.Entered);
        Paid += call.Paid;
        if (_unserved.Remove(member, out var since)) LongestWithout = Math.Max(LongestWithout, now - since);
    }

    public void End(long now)
    {
        foreach (var since in _unserved.Values) LongestWithout = Math.Max(LongestWithout, now - since);
    }

    /// <summary>The wait of the given part of those that were served, in milliseconds; null where none was.</summary>
    public long? Wait(double part)
    {
        if (_waits.Count == 0) return null;
        _waits.Sort();
        return _waits[Math.Min(_waits.Count - 1, (int)(part * _waits.Count))];
    }
}
