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
        ["address"] = "An address, as its chain's wallets write it.",
        ["q"] = "What is typed: a height, an id or at least its first 8 digits, an output, an address, a swap.",
        ["instrument"] =
            $"The instrument's id, such as {Examples.InstrumentId}; where it may be left out, the only one that is traded.",
        ["id"] = "The id, as the market's answers name it; of a list only that one.",
        ["outpoint"] = "A coin, txid:index.",
        ["order"] = "Only those of this order: the market's id, or client: and the client's.",
        ["limit"] = $"Items on a page, at least 1, at most {ServerLimits.MaxPageSize}; of blocks {GetBlocksValidator.MaxBlocks}.",
        ["cursor"] = "nextCursor of the page before, or previousCursor for what came since; left out for the first page.",
        ["depth"] = $"Levels of each side, 1 to {ServerLimits.MaxBookDepth}.",
        ["interval"] = $"{WireEnum.Names<CandleInterval>()}.",
        ["from"] = "The earliest time, of candles their beginning, RFC 3339.",
        ["to"] = "What is told is before this time, of candles their beginning, RFC 3339.",
        ["every"] = "The first reading of each such interval: minute, fiveMinutes, hour or day.",
        ["with"] = "Another instrument's id: the figures are over those of it. It must be given.",
        ["rate"] = "Continuous yearly rate, 0 to 10: 0.05 is 5 %.",
        ["years"] = "The horizon, 0.01 to 100.",
        ["status"] = $"Only those of this status: of orders {WireEnum.Names<OrderStatus>()}; of fills, which have their trade's, "
            + $"{WireEnum.Names<TradeStatus>()}.",
        ["outcome"] = $"Only swaps of this outcome: {WireEnum.Names<SwapOutcome>()}.",
        ["mine"] = "true: only those of the asking key.",
        ["cancelOnDisconnect"] = "Whether all orders of the account are cancelled when the stream ends; it must be signed in.",
        [Streams.LastEventId] = "The id of the last event that was seen: what came after it follows, or snapshots do.",
        ["lastEventId"] = $"The same for who cannot set the header {Streams.LastEventId}, which counts where both are given.",
        ["channels"] = $"1 to {StreamClient.MaxChannels} channels, joined by commas.",
        ["chain"] = "mainchain, or a sharechain's name, such as p2share-devnet; where one is followed, sharechain does.",
        ["block"] = "A height, or a block's id: 64 lower case hex digits.",
        ["kind"] = $"Which puzzle: {WireEnum.Names<TicketKind>()}.",
        ["script"] = "With kind=work, and only then: the script that the sharebase pays, in hex.",
        ["key"] = "A key, 64 lower case hex digits; of refusals only those of this account.",
        ["account"] = "Only those of this key, 64 lower case hex digits.",
        ["operation"] = "The id of an operation, such as placeOrder: what it would cost.",
        ["code"] = "Only refusals with this problem code.",
    };

    /// <summary>What a parameter of this name means; null where nobody said.</summary>
    public static string? Of(string? name) => Words.GetValueOrDefault(name ?? "");
}
