using Market.Chains;
using Market.Chains.Http;

namespace Market.Api.Features.Chains;

/// <summary>The node's payloads by example.</summary>
internal static class NodeExamples
{
    private const string Id = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b";
    private const string Script = "0014751e76e8199196d454941c45d1b3a323f1433bd6";

    public static TipPayload Tip { get; } = new("p2share-devnet", Id, 51_204, 1_772_366_400, 1_772_366_390, "dshr");

    public static TipChangedPayload TipChanged { get; } = new(Tip, [], [Id]);

    public static TransactionPayload Transaction { get; } = new(Id, "0200000000010100", Id, 51_202, 3);

    public static CoinPayload Coin { get; } = new($"{Id}:1", 245_300, Script, 51_202, false, 3);

    public static FeePayload Fee { get; } = new(1_000);

    public static BroadcastPayload Broadcast { get; } = new(Id, BroadcastCode.Accepted, "");

    public static SubmitPayload SubmittedBlock { get; } = new(Id, SubmitCode.Accepted, null, "", null);

    public static SubmitPayload SubmittedShare { get; } =
        new(Id, SubmitCode.Refused, "share-work-too-low", "The hash is above the target.", null);

    public static LateStandingPayload CarriedLate { get; } = new(Id, null, 9_300, 9_310, false, true);

    public static PayoutPayload Payout { get; } =
        new(Id, 51_205, 249_500_000_000, [new DrawPayload(0, 17_000_000_123, $"{Id}:0", 5_000_000_000, Script)], []);

    public static HoldersPayload Holders { get; } =
        new(Id, 51_204, 249_500_000_000, 1, [new HolderPayload(Script, 249_500_000_000)]);

    public static DirectoryPayload Directory { get; } = new(
        Id, 51_204, 9_310,
        [
            new MarketPayload(
                "https://market.example", Id, "0.1 % a fill", Id, 1, 9_700, 51_190, [new LateWorkPayload(Id, 9_240)], "6a4cdb"),
        ]);

    public static FiguresPayload Figures { get; } = new(250_000_000_000, 249_500_000_000, 120, "1e3fffc0", 9_310);

    public static TemplatePayload Template { get; } = new(
        Id, 9_311, 536_870_912, "207fffff", 1_772_366_400, 1_772_366_391, 5_000_000_000, 5_000_100_000, ["0200000000010100"],
        "6a24aa21a9ed" + Id);

    public static ShareTemplatePayload ShareTemplate { get; } = new(
        Id, 51_205, "1e3fffc0", "207fffff", "00000020" + Id + Id + "c0a8a169ffff7f2000000000", "01000000" + Id, [Script]);
}
