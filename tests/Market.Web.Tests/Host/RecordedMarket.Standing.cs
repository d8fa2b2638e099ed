using Market.Contracts;

namespace Market.Web.Tests.Host;

/// <summary>What the pages read of accounts' standing, and of the directory of markets.</summary>
internal sealed partial class RecordedMarket
{
    /// <summary>An account with coins at stake, a late block, and a failure that it waits for.</summary>
    public const string HighKey = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

    /// <summary>The hardest ticket that is offered: nobody solves it by luck.</summary>
    public const int MostDifficulty = 1 << 30;

    /// <summary>The seed of tickets.</summary>
    public string TicketSeed { get; set; } = SwapScript.Hex("seed");

    /// <summary>A memory-hard ticket.</summary>
    public TicketTask Ticket() => new()
    {
        Kind = TicketKind.Memory,
        Host = "market.example",
        Memory = new MemoryTask
        {
            Seed = TicketSeed,
            MemoryKiB = 16_384,
            Passes = 1,
            Lanes = 1,
            LeastDifficulty = 16,
            MostDifficulty = MostDifficulty,
            CreditsPerTry = 4,
        },
    };

    Task<ShownStanding?> IMarketReader.StandingAsync(string key, CancellationToken cancel) =>
        Read<ShownStanding?>(() => new ShownStanding
        {
            MostCredits = 1_000_000,
            Standing = StandingOf(key, isHigh: key == HighKey),
            Costs =
            [
                new CallCost { Operation = "placeOrder", Kind = WorkKind.Orders, Weight = 3, Price = 15 },
                new CallCost { Operation = "getBook", Kind = WorkKind.Reads, Weight = 1, Price = 0 },
            ],
            LeastDifficulty = 16,
            MostDifficulty = MostDifficulty,
            CreditsPerTry = 4,
        });

    private KeyStanding StandingOf(string key, bool isHigh) => new()
    {
        Key = key,
        Time = Now,
        Tier = isHigh ? StandingTier.Trusted : StandingTier.Newcomer,
        EarnedTier = isHigh ? StandingTier.Authority : StandingTier.Newcomer,
        Points = isHigh ? 5_200 : 0,
        BondValue = isHigh ? 300_000 : 0,
        AuthorityUntil = isHigh ? Now.AddDays(40) : null,
        SettledDays = isHigh ? 20 : 0,
        Faults = isHigh ? 1 : 0,
        WaitsUntil = isHigh ? Now.AddMinutes(50) : null,
        NextTierNeeds = isHigh ? null : "swaps that settle on 5 more days of a month, or bonds of value 250000 more",
        Gives = new TierGift
        {
            Tier = isHigh ? StandingTier.Trusted : StandingTier.Newcomer,
            OpenOrders = 250,
            LargestOrder = new Sats(10_000_000_000),
            TakesAtOnce = 100,
            SecondsPerTake = 3,
            Streams = 16,
            Quota = 300,
            HeadStartSeconds = 0,
        },
        Held = isHigh
            ?
            [
                new StandingHeld
                {
                    Source = StandingProof.FidelityBond,
                    ProofId = $"devnet:{SwapScript.Hex("bond")}:0",
                    Value = 300_000,
                    Until = Now.AddDays(200),
                },
                new StandingHeld
                {
                    Source = StandingProof.LateWork, ProofId = SwapScript.Hex("late"), Value = 0, Until = Now.AddDays(40),
                },
            ]
            : [],
        Swaps = [],
    };

    /// <summary>Whether authorities announced markets.</summary>
    public bool HasDirectory { get; set; } = true;

    Task<ShownDirectory> IMarketReader.DirectoryAsync(string instrument, CancellationToken cancel) => Read(() => new ShownDirectory
    {
        Height = 51_204,
        MainHeight = 9_310,
        Markets = HasDirectory ? [ListedAt(7, 4, "no fee; open since 2026 <b>"), ListedAt(8, 1, "")] : [],
    });

    private static ListedMarket ListedAt(int number, int works, string terms) => new()
    {
        Address = $"https://market-{number}.a-rather-long-name-of-a-host.example:8443",
        Key = SwapScript.Hex($"market {number}"),
        Terms = terms,
        Authority = SwapScript.Hex($"authority {number}"),
        Until = 9_310 + (number * 144),
        Height = 51_000 + number,
        Works = [.. Enumerable.Range(0, works).Select(i => new ListedWork(SwapScript.Hex($"late {number} {i}"), 9_300 - i))],
    };
}
