using Market.Api.Doors.OpenApi;
using Market.Contracts;

namespace Market.Api.Features.Chains;

/// <summary>Answers of the explorer by example.</summary>
internal static class ChainExamples
{
    private const string Id = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b";
    private const string Owner = "dshr1qw508d6qejxtdg4y5r3zarvary0c5xw7k7wumaq";

    private static HolderChance Chance { get; } = new()
    {
        Weight = new Quantity(90_000_000_000),
        Part = 0.036,
        Chance = 0.036,
    };

    public static AddressDetail Address { get; } = new()
    {
        Chain = ChainName.Sharechain,
        Address = Owner,
        Script = "0014751e76e8199196d454941c45d1b3a323f1433bd6",
        Spendable = new CoinSum { Count = 18, Value = new Sats(90_000_000_000) },
        Maturing = new CoinSum { Count = 7, Value = new Sats(35_000_000_000) },
        Unconfirmed = new CoinSum { Count = 0, Value = new Sats(0) },
        Chance = Chance,
        Minted = new Sats(130_000_000_000),
        From = 46_884,
        Payments =
        [
            new AddressPayment
            {
                Outpoint = Id + ":0",
                Value = new Sats(5_000_000_000),
                Height = 51_202,
                Time = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
                Minted = true,
                State = OutputState.Spent,
                Spender = Id,
            },
        ],
    };

    public static ShareHolderPage Holders { get; } = new()
    {
        Tip = Id,
        Height = 51_204,
        Rule = "1 drawn owner",
        Total = new Quantity(2_500_000_000_000),
        Count = 41,
        Items = [new ShareHolder { Rank = 1, Address = Owner, Chance = Chance }],
        NextCursor = "1",
    };

    public static SearchAnswer Found { get; } = new()
    {
        Hits =
        [
            new SearchHit
            {
                Kind = SearchKind.Block,
                Id = Id,
                Chain = "p2share-devnet",
                Instrument = Examples.InstrumentId,
                Height = 51_204,
            },
        ],
    };
}
