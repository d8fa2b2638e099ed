using Market.Standing;

namespace Market.Simulation.Floods;

/// <summary>
/// A service under a flood, by a clock set by hand. What decides is the server's own: prices, load, rates, tiers, credits and the
/// gate are the types that ship. Left out are the caps of addresses beneath it, as if every attacker kept just within them.
/// </summary>
internal sealed class FloodWorld
{
    private const GateKind Kind = GateKind.Orders;
    private const int Weight = 3;
    private const int Bytes = 4_096;
    private const long Start = 1_000_000;
    private const long ExpireEvery = 100;
    private const long EarnEvery = 1_000;
    private const long Unix = 1_800_000_000;

    private readonly FloodOptions _options;
    private readonly SimRandom _random;
    private readonly CreditLedger _credits = new();
    private readonly Dictionary<string, Tier> _tiers = new(StringComparer.Ordinal);
    private readonly Limiter _limiter;
    private readonly PriorityQueue<Action, (long Time, long Number)> _future = new();
    private long _number;
    private long _now = Start;

    public FloodWorld(FloodOptions options)
    {
        _options = options;
        _random = new SimRandom(options.Seed);
        Groups = options.Groups();
        var rules = GateRules.Shipped(options.Places);
        _limiter = new Limiter([rules, rules, rules, rules], _credits, key => _tiers[key]);
        foreach (var group in Groups)
        {
            for (var member = 0; member < group.Members; member++)
            {
                _tiers[group.KeyOf(member)] = TierRule.Of(group.Facts, Unix).Tier;
                _credits.Earn(group.KeyOf(member), group.Stored);
            }
        }
    }

    public IReadOnlyList<FloodGroup> Groups { get; }

    /// <summary>Credits that anybody paid before the flood began.</summary>
    public long PaidWhileQuiet { get; private set; }

    /// <summary>The longest that a call waited before the flood began, in milliseconds.</summary>
    public long LongestWaitWhileQuiet { get; private set; }

    /// <summary>Runs it to its end.</summary>
    public void Run()
    {
        var flood = Start + _options.Quiet * 1_000L;
        var end = flood + _options.Seconds * 1_000L;
        foreach (var group in Groups)
        {
            ScheduleCall(group, group.IsHonest ? Start : flood, end);
            if (group.Income > 0) Schedule(Start + EarnEvery, () => Earn(group, 0, 0, end));
        }
        Schedule(flood, () => PaidWhileQuiet = Groups.Sum(group => group.Paid));
        Schedule(flood, () => LongestWaitWhileQuiet = Groups.Max(group => group.Wait(1) ?? 0));
        Schedule(Start, () => Expire(end));
        while (_future.TryDequeue(out var next, out var when))
        {
            _now = when.Time;
            next();
        }
        foreach (var group in Groups) group.End(end);
    }

    private void Schedule(long time, Action action) => _future.Enqueue(action, (time, ++_number));

    private void ScheduleCall(FloodGroup group, long from, long end)
    {
        var at = from + _random.Wait(1_000 / group.CallsPerSecond);
        if (at >= end) return;
        Schedule(at, () =>
        {
            Ask(group, (int)_random.Below(group.Members));
            ScheduleCall(group, _now, end);
        });
    }

    private void Ask(FloodGroup group, int member)
    {
        group.Ask(member, _now);
        var key = group.KeyOf(member);
        var call = new Call(Weight, key, group.AddressOf(member), group.SpendsAll ? _credits.FreeOf(key) : null, Bytes);
        var asked = _limiter.Enter(Kind, call, 0, _now, out _);
        asked.Tag = (group, member);
        if (asked.State == CallState.Served) Serve(asked);
    }

    private void Serve(AskedCall asked)
    {
        var (group, member) = ((FloodGroup, int))asked.Tag!;
        group.Serve(member, _now, asked);
        Schedule(_now + _options.Service, () =>
        {
            if (_limiter.Leave(Kind, asked) is { } next) Serve(next);
        });
    }

    private void Earn(FloodGroup group, int member, double carried, long end)
    {
        // Each member in its turn gets what all of them earned in a second.
        var earned = carried + group.Income;
        _credits.Earn(group.KeyOf(member), (long)earned);
        if (_now + EarnEvery < end)
        {
            Schedule(_now + EarnEvery, () => Earn(group, (member + 1) % group.Members, earned - (long)earned, end));
        }
    }

    private void Expire(long end)
    {
        _limiter.Expire(_now);
        if (_now < end + GateRules.LongestWait) Schedule(_now + ExpireEvery, () => Expire(end));
    }
}
