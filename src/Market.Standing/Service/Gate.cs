namespace Market.Standing;

/// <summary>
/// A gate before work of one kind: so many calls are worked on at once, the others wait. A free place goes to who offers most,
/// where time waited counts as an offer; and one place of <see cref="GateRules.FloorEvery"/> to somebody who offers nothing, the
/// one whose tier is high and whose own rate is low first, so that no sum of credits shuts anybody out. Who is served ahead of
/// others pays what it takes to be ahead of the next, at least its price and at most its offer; where nobody waits behind,
/// nothing is paid. It has no lock and no clock: whoever owns it asks one thing after another.
/// </summary>
public sealed class Gate
{
    // Thousandths of a credit.
    private const long Scale = 1_000;

    private readonly GateRules _rules;
    private readonly ICreditStore _credits;
    private readonly SortedSet<AskedCall> _paying = new(ByOrder.Instance);
    private readonly SortedSet<AskedCall> _free = new(ByOrder.Instance);
    private readonly SortedSet<AskedCall> _floor = new(ByBack.Instance);
    private readonly LinkedList<AskedCall> _byAge = new();
    private readonly Dictionary<string, int> _ofOne = new(StringComparer.Ordinal);
    private LoadMeter _load;
    private long _payingBytes;
    private long _freeBytes;
    private long _tickets;
    private int _sinceFloor;

    /// <summary>A gate.</summary>
    /// <param name="rules">Its bounds.</param>
    /// <param name="credits">Who pays.</param>
    public Gate(GateRules rules, ICreditStore credits)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(credits);
        (_rules, _credits) = (rules, credits);
    }

    /// <summary>The bounds.</summary>
    public GateRules Rules => _rules;

    /// <summary>Calls that are worked on.</summary>
    public int InUse { get; private set; }

    /// <summary>Calls that wait.</summary>
    public int Waiting => _byAge.Count;

    /// <summary>The smoothed load.</summary>
    public LoadMeter Load => _load;

    /// <summary>Measures the load.</summary>
    /// <param name="beyond">What waits behind the gate, in thousandths of what may: counts where it is more.</param>
    /// <param name="now">Milliseconds.</param>
    public void Measure(long beyond, long now) =>
        _load.Feed(Math.Max(beyond, LoadMeter.LevelOf(InUse + Waiting, _rules.Places)), now);

    /// <summary>Asks for a place.</summary>
    /// <param name="call">The call.</param>
    /// <param name="price">Its price.</param>
    /// <param name="rate">How dear the caller's rate makes it among those who pay nothing, in thousandths of its quota.</param>
    /// <param name="headStart">Milliseconds by which it counts as having come earlier.</param>
    /// <param name="now">Milliseconds.</param>
    /// <param name="refused">Calls that had to go to make room for it; itself is not among them.</param>
    public AskedCall Enter(in Call call, long price, long rate, long headStart, long now, out IReadOnlyList<AskedCall> refused)
    {
        var asked = new AskedCall(call, now, ++_tickets, price, rate);
        refused = [];
        if (InUse < _rules.Places && Waiting == 0)
        {
            InUse++;
            asked.State = CallState.Served;
            return asked;
        }
        Promise(asked);
        if (!asked.Pays && WaitingOf(asked) >= _rules.MostOfOne) return Refuse(asked, CallRefusal.TooManyOfOne);
        // Who pays has paid for its rate by the price.
        asked.Back = (asked.Pays ? 0 : Math.Min(rate * GateRules.PerQuota / Scale, GateRules.LongestWait)) - headStart;
        asked.Order = asked.Offered * Scale - (asked.Back + now) * Scale / GateRules.PerCredit;
        Insert(asked);
        refused = MakeRoom(asked);
        return asked;
    }

    /// <summary>Gives a place back, or gives up waiting.</summary>
    /// <returns>The call that has a place now; null where none waits, or none became free.</returns>
    public AskedCall? Leave(AskedCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var was = call.State;
        if (was == CallState.Waiting)
        {
            Remove(call);
            Settle(call, 0);
        }
        call.State = CallState.Over;
        if (was != CallState.Served) return null;
        InUse--;
        return Next();
    }

    /// <summary>Refuses those that have waited as long as a call may.</summary>
    public IReadOnlyList<AskedCall> Expire(long now)
    {
        List<AskedCall>? gone = null;
        while (_byAge.First is { Value: var oldest } && now - oldest.Entered >= GateRules.LongestWait)
        {
            Remove(oldest);
            (gone ??= []).Add(Refuse(oldest, CallRefusal.WaitedTooLong));
        }
        return gone ?? (IReadOnlyList<AskedCall>)[];
    }

    private void Promise(AskedCall asked)
    {
        if (asked.Asked.Key is not { } key) return;
        var free = _credits.FreeOf(key);
        // Who says nothing offers the price, as long as it has that a few times over.
        var offer = Math.Min(asked.Asked.Offer ?? (asked.Price <= free / GateRules.TimesOver ? asked.Price : 0), free);
        if (offer >= Math.Max(1, asked.Price) && _credits.TryPromise(key, offer)) asked.Offered = offer;
    }

    private AskedCall? Next()
    {
        var first = Best(_paying.Min, _free.Min);
        if (first is null) return null;
        var floor = _floor.Min;
        if (first.Pays && floor is not null && ++_sinceFloor >= GateRules.FloorEvery) first = floor;
        if (!first.Pays) _sinceFloor = 0;
        Remove(first);
        var second = Best(_paying.Min, _free.Min);
        Settle(first, second is null ? 0 : CostAheadOf(first, second));
        first.State = CallState.Served;
        InUse++;
        return first;
    }

    /// <summary>What it takes to be served before the next.</summary>
    private static long CostAheadOf(AskedCall first, AskedCall second)
    {
        if (!first.Pays) return 0;
        var waited = first.Order - first.Offered * Scale;
        var needed = (second.Order - waited + Scale - 1) / Scale;
        return Math.Clamp(needed, first.Price, first.Offered);
    }

    private static AskedCall? Best(AskedCall? one, AskedCall? other) =>
        one is null ? other : other is null || ByOrder.Instance.Compare(one, other) < 0 ? one : other;

    /// <summary>Those that go last must go, until what waits is within the bounds.</summary>
    private List<AskedCall> MakeRoom(AskedCall asked)
    {
        var gone = new List<AskedCall>();
        var (lane, pays) = asked.Pays ? (_paying, true) : (_floor, false);
        while (lane.Count > _rules.MostWaiting / 2 || (pays ? _payingBytes : _freeBytes) > _rules.MostBytes / 2)
        {
            var last = lane.Max!;
            Remove(last);
            Refuse(last, CallRefusal.QueueFull);
            if (last != asked) gone.Add(last);
        }
        return gone;
    }

    private AskedCall Refuse(AskedCall call, CallRefusal why)
    {
        Settle(call, 0);
        (call.State, call.Refusal) = (CallState.Refused, why);
        return call;
    }

    private void Settle(AskedCall call, long used)
    {
        if (!call.Pays) return;
        _credits.Settle(call.Asked.Key!, call.Offered, used);
        call.Paid = used;
    }

    private void Insert(AskedCall call)
    {
        call.Node = _byAge.AddLast(call);
        if (call.Pays)
        {
            _paying.Add(call);
            _payingBytes += call.Asked.Bytes;
            return;
        }
        _free.Add(call);
        _floor.Add(call);
        _freeBytes += call.Asked.Bytes;
        if (WhoOf(call) is { } who) _ofOne[who] = _ofOne.GetValueOrDefault(who) + 1;
    }

    private void Remove(AskedCall call)
    {
        _byAge.Remove(call.Node!);
        if (call.Pays)
        {
            _paying.Remove(call);
            _payingBytes -= call.Asked.Bytes;
            return;
        }
        _free.Remove(call);
        _floor.Remove(call);
        _freeBytes -= call.Asked.Bytes;
        if (WhoOf(call) is not { } who) return;
        if (_ofOne[who] == 1) _ofOne.Remove(who);
        else _ofOne[who]--;
    }

    private int WaitingOf(AskedCall call) => WhoOf(call) is { } who ? _ofOne.GetValueOrDefault(who) : 0;

    private static string? WhoOf(AskedCall call) => call.Asked.Key ?? call.Asked.Address;

    /// <summary>By what is offered and how long it waited, then by coming.</summary>
    private sealed class ByOrder : IComparer<AskedCall>
    {
        public static ByOrder Instance { get; } = new();

        public int Compare(AskedCall? x, AskedCall? y)
        {
            var byOrder = y!.Order.CompareTo(x!.Order);
            return byOrder != 0 ? byOrder : x.Ticket.CompareTo(y.Ticket);
        }
    }

    /// <summary>By how far the caller's own rate puts it back and its tier ahead, then by coming.</summary>
    private sealed class ByBack : IComparer<AskedCall>
    {
        public static ByBack Instance { get; } = new();

        public int Compare(AskedCall? x, AskedCall? y)
        {
            var byBack = x!.Back.CompareTo(y!.Back);
            return byBack != 0 ? byBack : x.Ticket.CompareTo(y.Ticket);
        }
    }
}
