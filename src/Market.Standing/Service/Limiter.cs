using System.Collections.Immutable;

namespace Market.Standing;

/// <summary>
/// All gates of a service, with the rates of who asks, from which prices follow. The whole of what decides who is served first: no
/// lock, no clock. Whoever owns it asks one thing after another and tells the time.
/// </summary>
/// <param name="rules">The bounds of each gate, in the order of <see cref="GateKind"/>.</param>
/// <param name="credits">Who pays.</param>
/// <param name="tierOf">A key's tier.</param>
/// <param name="rates">The rates; new ones where null.</param>
public sealed class Limiter(
    IReadOnlyList<GateRules> rules, ICreditStore credits, Func<string, Tier> tierOf, RateBoard? rates = null)
{
    private const int Thousand = 1_000;

    private readonly RateBoard _rates = rates ?? new RateBoard();

    /// <summary>The gates, in the order of <see cref="GateKind"/>.</summary>
    public ImmutableArray<Gate> Gates { get; } = [.. rules.Select(each => new Gate(each, credits))];

    /// <summary>Who is counted as one where it has no key: an address.</summary>
    public static string NameOf(string address) => $"at {address}";

    /// <summary>A call asks for a place.</summary>
    /// <param name="kind">Of work.</param>
    /// <param name="call">The call.</param>
    /// <param name="beyond">What waits behind the gate, in thousandths of what may.</param>
    /// <param name="now">Milliseconds, never less than the last time.</param>
    /// <param name="refused">Calls that had to go to make room for it.</param>
    public AskedCall Enter(GateKind kind, in Call call, long beyond, long now, out IReadOnlyList<AskedCall> refused)
    {
        var gate = Gates[(int)kind];
        gate.Measure(beyond, now);
        var tier = call.Key is { } key ? TierTable.Of(tierOf(key)) : TierTable.Of(Tier.Newcomer);
        var own = call.Key is null ? 0 : _rates.Add(call.Key, call.Weight, now);
        var address = call.Address is null ? 0 : _rates.Add(NameOf(call.Address), call.Weight, now);
        // A key's price follows from the key's own rate; those who pay nothing are told apart by whatever is worse of them.
        var rate = call.Key is null ? address : own;
        var unpaid = Math.Max(PartOf(own, tier.Quota), PartOf(address, TierTable.Of(Tier.Newcomer).Quota));
        // Anonymous reads cost their sender nothing: a flood of them must not spend what others have earned.
        var asked = kind == GateKind.Reads && call.Offer is null ? call with { Offer = 0 } : call;
        return gate.Enter(
            asked, CallPrice.Of(call.Weight, gate.Load.Factor, rate, tier.Quota), unpaid, tier.HeadStartSeconds * Thousand, now,
            out refused);
    }

    /// <summary>Gives a place back, or gives up waiting.</summary>
    /// <returns>The call that has a place now; null where none.</returns>
    public AskedCall? Leave(GateKind kind, AskedCall call) => Gates[(int)kind].Leave(call);

    /// <summary>Refuses the calls that have waited as long as a call may.</summary>
    public IReadOnlyList<AskedCall> Expire(long now) => [.. Gates.SelectMany(gate => gate.Expire(now))];

    /// <summary>What a call would cost now, were others waiting: it is not counted.</summary>
    /// <param name="kind">Of work.</param>
    /// <param name="weight">Of the call.</param>
    /// <param name="key">Who would ask.</param>
    /// <param name="now">Milliseconds.</param>
    public long PriceOf(GateKind kind, int weight, string key, long now) => CallPrice.Of(
        weight, Gates[(int)kind].Load.Factor, _rates.RateOf(key, now) + weight, TierTable.Of(tierOf(key)).Quota);

    /// <summary>The weight of a key's calls in the last ten seconds.</summary>
    public long RateOf(string key, long now) => _rates.RateOf(key, now);

    private static long PartOf(long rate, int quota) => rate * Thousand / quota;
}
