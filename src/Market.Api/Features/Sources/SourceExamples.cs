using Market.Api.Doors.OpenApi;
using Market.Contracts;

namespace Market.Api.Features.Sources;

/// <summary>What a pool tells, by example.</summary>
internal static class SourceExamples
{
    private const string Id = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b";

    private static readonly DateTimeOffset Then = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static PoolSource P2Pool { get; } = new()
    {
        State = SourceState.Live,
        Since = Then.AddHours(-3),
        Unchecked = SourceFigures.Unchecked,
        ReadAt = Then,
        Version = SourceVersion.SinceV014,
        Chain = new SourceChain
        {
            Height = 412_903,
            Tip = Id,
            Time = Then.AddSeconds(-7),
            Genesis = Id,
            TotalWork = 4.1e22,
            Candidate = 412_904,
            MainHeight = 938_201,
            MainWork = 6.2e23,
            IsOurBitcoin = false,
            Reward = new Sats(314_200_000),
            Fee = 0.005,
        },
        Window = new SourceWindow
        {
            Shares = 60_400,
            Uncles = 610,
            Read = 6.1e21,
            Hashes = 1.22e22,
            Coverage = 0.5,
            IsWhole = false,
            Filled = 1,
            LifeSeconds = 1_209_600,
            Holders = 204,
            Owners = 211,
            Largest = 0.18,
            Largest20 = 0.71,
            EvenHolders = 17.4,
            Items =
            [
                new SourceHolder
                {
                    Rank = 1,
                    Address = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
                    Part = 0.18,
                    Error = 0.0011,
                    Least = 0.09,
                    Most = 0.59,
                },
            ],
        },
        Value = new SourceValue
        {
            ShareWork = 1.0e17,
            Hashrate = 1.01e16,
            Uncertainty = 0.0913,
            FppsWorth = 50.7,
            FaceValue = 50.7,
            PresentValue = 50.5,
            Rate = 0.05,
            DTime = 0.9972,
            Fee = 0.995,
            Variance = 0.43,
            Blocks = 0.0197,
            ChanceOfNone = 0.9805,
            ModelPrice = 21.6,
            ModelLeast = 19.8,
            ModelMost = 24.1,
            ModelOverFpps = 0.426,
        },
        Forks = new SourceForks { Heights = 50, OnChain = 50, Beside = 2 },
        Miners = new SourceMiners { Results = 100, Work = 4.2e15, Newest = Then.AddSeconds(-2) },
        Own =
        [
            new OwnFigures
            {
                Instrument = Examples.InstrumentId,
                Sharechain = "p2share-devnet",
                Rule = "1 drawn owner",
                Hashrate = 120_000,
                Uncertainty = 0.0913,
                Holders = 41,
                Largest = 0.22,
                Largest20 = 0.97,
                ModelOverFpps = 1.23,
                PriceOverFpps = 1.2,
                D = 0.942,
                DError = 0.0863,
            },
        ],
    };
}
