using Market.Standing;

namespace Market.Simulation.Floods;

/// <summary>How large a flood is.</summary>
/// <param name="Seed">The same seed gives the same run.</param>
/// <param name="Keys">Fresh keys of one flooder, behind a few addresses.</param>
/// <param name="Bots">Addresses of a botnet, one key each.</param>
/// <param name="Seconds">How long the flood lasts.</param>
/// <param name="BotCredits">Credits that each bot earns in a second by memory-hard work; a laptop that does nothing else earns
/// some 200.</param>
internal sealed record FloodOptions(ulong Seed = 1, int Keys = 10_000, int Bots = 2_000, int Seconds = 120, int BotCredits = 5)
{
    /// <summary>Seconds before it, in which only the honest ask.</summary>
    public int Quiet => Math.Max(5, Seconds / 4);

    /// <summary>Calls that are worked on at once.</summary>
    public int Places => 8;

    /// <summary>Milliseconds that one takes.</summary>
    public long Service => 20;

    /// <summary>Calls a second that can be served.</summary>
    public double Capacity => Places * 1_000.0 / Service;

    /// <summary>Everybody: the honest of each kind first.</summary>
    public IReadOnlyList<FloodGroup> Groups()
    {
        const int Each = 40;
        var bond = new StandingFactsOf();
        return
        [
            new("newcomer, no standing", true, Each, Each, Each / 10.0),
            new("laptop, memory-hard tickets", true, Each, Each, Each / 10.0, Stored: 2_000, Income: Each * 20),
            new("miner, credits of mined shares", true, Each, Each, Each / 10.0, Stored: 20_000, Income: Each * 5),
            new("bond of a known key, no credits", true, Each, Each, Each / 10.0, bond.Known),
            new("bond of a trusted key, credits", true, Each, Each, Each / 10.0, bond.Trusted, Stored: 20_000, Income: Each * 5),
            new("late work, no credits", true, 4, 4, 0.4, bond.Authority),
            new("market maker, trusted, 3 calls a second", true, 4, 4, 12, bond.Trusted, Stored: 200_000, Income: 400),
            new("flood of fresh keys", false, Keys, 50, 5 * Capacity),
            new("one ASIC, recycled tickets", false, 100, 4, Capacity / 2, Income: 1_000, SpendsAll: true),
            new("botnet", false, Bots, Bots, 2.5 * Capacity, Income: (double)Bots * BotCredits),
            new("rich griefer, bonds and credits", false, 10, 10, Capacity / 2, bond.Trusted, Stored: CreditUnits.Most),
        ];
    }

    private sealed class StandingFactsOf
    {
        public StandingFacts Known { get; } = new(300_000, null, 0, 0);

        public StandingFacts Trusted { get; } = new(1_500_000, null, 0, 0);

        public StandingFacts Authority { get; } = new(0, long.MaxValue, 0, 0);
    }
}
