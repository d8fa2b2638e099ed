namespace Market.Standing;

/// <summary>What a tier gives. All of it holds for one key; what an address may take is bounded beneath it.</summary>
/// <param name="Tier">The tier.</param>
/// <param name="OpenOrders">Open orders, in all instruments together.</param>
/// <param name="LargestNotional">The most that one order may be worth, in satoshi of the mainchain.</param>
/// <param name="TakesAtOnce">Orders that trade at once which it may send without a pause.</param>
/// <param name="SecondsPerTake">Seconds after which it may send one more.</param>
/// <param name="Streams">Streams, hub connections and node feeds that it may hold.</param>
/// <param name="Quota">Weight of calls in ten seconds up to which a call's price does not rise.</param>
/// <param name="HeadStartSeconds">In a queue it stands as if it had come so much earlier.</param>
public sealed record TierLimits(
    Tier Tier, int OpenOrders, long LargestNotional, int TakesAtOnce, int SecondsPerTake, int Streams, int Quota,
    int HeadStartSeconds);
