using Market.Api.Standing;
using Market.Contracts;
using Market.Standing;

namespace Market.Api.Features.Standing;

/// <summary>Examples of standing, for the API document.</summary>
internal static class KeyStandingExamples
{
    private const string Key = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
    private const string Other = "c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";

    private static readonly DateTimeOffset Then = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public static KeyStanding Of { get; } = new()
    {
        Key = Key,
        Time = Then,
        Tier = StandingTier.Known,
        EarnedTier = StandingTier.Known,
        Points = 1_400,
        BondValue = 300_000,
        SettledDays = 1,
        Faults = 0,
        NextTierNeeds = "settled swaps on 13 more days of a month, or bonds of value 650000 more",
        Gives = ShownTiers.GiftOf(Tier.Known),
        Held =
        [
            new StandingHeld
            {
                Source = StandingProof.FidelityBond,
                ProofId = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b:0",
                Value = 300_000,
                Until = Then.AddDays(200),
            },
        ],
        Swaps =
        [
            new StandingSwap
            {
                Id = "019ca92e5b007c3f8d2a4b6c8e0f1a2b",
                Role = SwapRole.Seller,
                Settled = true,
                MatchedAt = Then.AddHours(-9),
                EndedAt = Then.AddHours(-5),
            },
        ],
    };

    public static OwnStanding Own { get; } = new()
    {
        Public = Of,
        Credits = 2_400,
        FreeCredits = 2_388,
        MostCredits = CreditUnits.Most,
        Rate = 21,
        Load = [new WorkLoad { Kind = WorkKind.Orders, Places = 256, InUse = 256, Waiting = 40, Load = 1_004, Factor = 5 }],
        Cost = new CallCost { Operation = "placeOrder", Kind = WorkKind.Orders, Weight = 3, Price = 15 },
    };

    public static TransferCredits Transfer { get; } = new() { To = Other, Amount = 500, Id = "to-my-other-bot" };

    public static CreditTransfer Transferred { get; } = new()
    {
        From = Key,
        To = Other,
        Amount = 500,
        Id = "to-my-other-bot",
        Time = Then,
    };
}
