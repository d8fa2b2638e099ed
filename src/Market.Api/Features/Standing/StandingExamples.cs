using Market.Contracts;

namespace Market.Api.Features.Standing;

/// <summary>What standing is proved with, by example.</summary>
internal static class StandingExamples
{
    private const string Key = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0";
    private const string Coin = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b:0";

    public static ProveBond ProveBond { get; } = new()
    {
        Chain = "mainchain",
        Coin = Coin,
        Kind = BondKind.Locked,
        Key = "02" + Key,
        Locktime = 1_798_761_600,
        Signature = "smpAkcwRAIgeAJd1fJ5Zz0k5bVn3Fz6WjV5Tt0k=",
    };

    public static TicketTask Task { get; } = new()
    {
        Kind = TicketKind.Memory,
        Host = "market.example",
        Memory = new MemoryTask
        {
            Seed = Key,
            MemoryKiB = 16_384,
            Passes = 1,
            Lanes = 1,
            LeastDifficulty = 16,
            MostDifficulty = 4_096,
            CreditsPerTry = 4,
        },
    };

    public static HandInTicket Solution { get; } = new()
    {
        Kind = TicketKind.Memory,
        Memory = new MemorySolution { Seed = Key, Difficulty = 64, Nonce = "000102030405060708090a0b0c0d0e0f" },
    };

    public static TicketTaken Taken { get; } = new() { Credits = 256, Stored = 1_256 };

    public static Bond Bond { get; } = new()
    {
        Account = Key,
        Chain = "mainnet",
        Coin = Coin,
        Kind = BondKind.Locked,
        Value = "243300",
        Until = DateTimeOffset.FromUnixTimeSeconds(1_798_761_600),
    };
}
