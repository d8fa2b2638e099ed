using System.Globalization;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Contracts;
using Market.Standing;

namespace Market.Api.Doors.Clients;

/// <summary>How a call stands before a gate, whatever it comes by: a request, or a connection's.</summary>
public static class GateCalls
{
    /// <summary>A call as the gates see it.</summary>
    /// <param name="caps">What clients may take.</param>
    /// <param name="client">Where it comes from.</param>
    /// <param name="weight">What it weighs.</param>
    /// <param name="key">Hex of the x-only key that asks; null where none has proved itself.</param>
    /// <param name="offer">The most that it pays; null where it did not say.</param>
    /// <param name="body">Bytes that came with it.</param>
    public static Call Of(CapTable caps, ClientAddress client, int weight, string? key, long? offer, long body)
    {
        ArgumentNullException.ThrowIfNull(caps);
        // Whoever may take everything of an address is one house, and its bots are not told apart by it.
        var address = client.IsLoopback && !caps.LimitLoopback ? null : client.ToString();
        var bytes = ServiceGates.BytesOfOne + (int)Math.Clamp(body, 0, ServerLimits.MaxBlockBytes);
        return new Call(weight, key, address, offer, bytes);
    }

    /// <summary>What waits behind the gate of orders, in thousandths of what may: what waits for the sequencers is load of theirs.
    /// </summary>
    public static long OrdersBeyond(InstrumentSet instruments)
    {
        ArgumentNullException.ThrowIfNull(instruments);
        return instruments.All.Select(host => host.Sequencer.OrdersWaiting).DefaultIfEmpty().Max();
    }

    /// <summary>Why a call was not served.</summary>
    public static Refusal RefusalOf(AskedCall asked)
    {
        ArgumentNullException.ThrowIfNull(asked);
        var what = asked.Refusal switch
        {
            CallRefusal.TooManyOfOne => "As many calls of this caller wait as may",
            CallRefusal.WaitedTooLong => $"This call waited {GateRules.LongestWait / 1_000} s and others went first",
            _ => "More waits than can be served, and all of it goes first",
        };
        var pays = asked.Asked.Key is null
            ? "Credits are a key's: sign the request to offer some"
            : $"It costs {asked.Price.ToString(CultureInfo.InvariantCulture)} credits now; {CreditHeaders.Offer} offers them";
        return new Refusal(ProblemCodes.Busy,
            $"{what}. {pays}. They come from work, mined shares or another key: {Routes.Standing} says how many there are.")
        {
            Price = asked.Price,
        };
    }
}
