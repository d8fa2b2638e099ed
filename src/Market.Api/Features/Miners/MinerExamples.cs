using Market.Api.Doors.OpenApi;
using Market.Contracts;

namespace Market.Api.Features.Miners;

/// <summary>Answers about miners by example.</summary>
internal static class MinerExamples
{
    private static readonly DateTimeOffset Then = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static MinerFigures Figures { get; } = new()
    {
        Accepted = 4_310,
        Stale = 12,
        Rejected = [new RejectedResults { Reason = "duplicate", Words = "Duplicate share", Count = 1 }],
        BestDifficulty = 81_204.5,
        Shares = 17,
        LastResult = Then,
        FiveMinutes = new MinedRate { HashesPerSecond = 1.21e12, RelativeError = 0.18 },
        Hour = new MinedRate { HashesPerSecond = 1.18e12, RelativeError = 0.053 },
        Day = new MinedRate { HashesPerSecond = 1.19e12, RelativeError = 0.015 },
    };

    public static MiningServer Server { get; } = new()
    {
        Stratum = "0.0.0.0:3333",
        Sharechain = "p2share-devnet",
        Connections = 3,
        ShareDifficulty = 3_540.2,
        MainDifficulty = 1_048_576,
        Total = Figures,
        Blocks =
        [
            new MinedBlock
            {
                Time = Then,
                Id = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b",
                Fate = "accepted",
            },
        ],
    };

    public static Miner Miner { get; } = new()
    {
        Instrument = Examples.InstrumentId,
        Sharechain = "p2share-devnet",
        Address = "dshr1qw508d6qejxtdg4y5r3zarvary0c5xw7k7wumaq",
        Stratum = "0.0.0.0:3333",
        Total = Figures,
        Workers = [new MinerWorker { Name = "bitaxe", Agent = "bitaxe/BM1370", Connections = 1, Figures = Figures }],
        WorkersInAll = 1,
        SecondsToShare = 12_566,
        SecondsToBlock = 3_721_000,
        Holdings = new MinerHoldings
        {
            Held = new Quantity(1_250 * Quantity.UnitsPerShare),
            Mature = new Quantity(900 * Quantity.UnitsPerShare),
            Maturing = new Quantity(350 * Quantity.UnitsPerShare),
            Earned = new Quantity(1_450 * Quantity.UnitsPerShare),
            Sold = new Quantity(200 * Quantity.UnitsPerShare),
            From = 46_884,
            Bid = new Price(98_110),
            BidWants = new Quantity(20 * Quantity.UnitsPerShare),
            WorthNow = new Sats(88_299_000),
        },
    };
}
