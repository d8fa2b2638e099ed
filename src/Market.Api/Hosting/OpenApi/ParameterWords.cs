using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Features.Chains;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Hosting.OpenApi;

/// <summary>What parameters mean; a name means the same on every route.</summary>
internal static class ParameterWords
{
    private static readonly Dictionary<string, string> Words = new()
    {
        ["instrument"] =
            $"The instrument's id, such as {Examples.InstrumentId}; where it may be left out, the only one that is traded.",
        ["id"] = "The id, as the market's answers name it.",
        ["limit"] = $"Items on a page, at least 1, at most {ServerLimits.MaxPageSize}; of blocks {GetBlocksValidator.MaxBlocks}.",
        ["cursor"] = "nextCursor of the page before; left out for the first page.",
        ["depth"] = $"Levels of each side, 1 to {ServerLimits.MaxBookDepth}.",
        ["interval"] = $"{WireEnum.Names<CandleInterval>()}.",
        ["from"] = "The earliest beginning of a candle, RFC 3339.",
        ["to"] = "Candles begin before this, RFC 3339.",
        ["rate"] = "Continuous yearly rate, 0 to 10: 0.05 is 5 %.",
        ["years"] = "The horizon, 0.01 to 100.",
        ["status"] = $"Only orders of this status: {WireEnum.Names<OrderStatus>()}.",
        ["outcome"] = $"Only swaps of this outcome: {WireEnum.Names<SwapOutcome>()}.",
        ["mine"] = "true: only those of the asking key.",
        ["channels"] = $"1 to {StreamClient.MaxChannels} channels, joined by commas.",
        ["chain"] = "mainchain, or a sharechain's name, such as p2share-devnet; where one is followed, sharechain does.",
        ["block"] = "A height, or a block's id: 64 lower case hex digits.",
        ["key"] = "Only refusals of this account: 64 lower case hex digits.",
        ["code"] = "Only refusals with this problem code.",
    };

    /// <summary>What a parameter of this name means; null where nobody said.</summary>
    public static string? Of(string? name) => Words.GetValueOrDefault(name ?? "");
}
