using System.Globalization;
using System.Text.Json;

namespace Market.Chains.Rpc;

/// <summary>What a node says of itself.</summary>
internal static class RpcTrouble
{
    private const int MostBehind = 3;

    /// <summary>What keeps the node from being relied on, for people; null where nothing does.</summary>
    public static async ValueTask<string?> FindAsync(
        RpcConnection rpc, bool needsTransactions, CancellationToken cancellation) =>
        TroubleIn(await rpc.CallAsync("getblockchaininfo", cancellation).ConfigureAwait(false))
        ?? (needsTransactions && await FindIndexAsync(rpc, cancellation).ConfigureAwait(false) is { } index
            ? TroubleOf(index)
            : null);

    /// <summary>Bitcoin Core without the index says of every confirmed transaction that there is none.</summary>
    public static async Task RequireTransactionsAsync(RpcConnection rpc, CancellationToken cancellation)
    {
        if (await FindIndexAsync(rpc, cancellation).ConfigureAwait(false) is { ValueKind: JsonValueKind.Undefined })
        {
            throw new ChainUnavailableException(
                "The Bitcoin node keeps no index of transactions. Start it with -txindex (and without -prune).");
        }
    }

    private static string? TroubleOf(JsonElement index) => index.Find("synced") switch
    {
        null => "its node keeps no index of transactions (-txindex)",
        { ValueKind: JsonValueKind.True } => null,
        _ => "its node still builds its index of transactions",
    };

    // Null where the node does not say what it keeps, as bcoin; undefined where it keeps none.
    private static async Task<JsonElement?> FindIndexAsync(RpcConnection rpc, CancellationToken cancellation)
    {
        try
        {
            var answer = await rpc.CallAsync("getindexinfo", cancellation, "txindex").ConfigureAwait(false);
            return answer.Find("txindex") ?? default(JsonElement);
        }
        catch (RpcException missing) when (missing.Code == RpcException.MethodNotFound)
        {
            return null;
        }
    }

    /// <summary>Reads getblockchaininfo. Core says so itself while it catches up; bcoin shows it by its headers only.</summary>
    public static string? TroubleIn(JsonElement info)
    {
        if (info.Find("initialblockdownload") is { ValueKind: JsonValueKind.True })
        {
            return "its node is still in its initial download";
        }

        var behind = info.Get("headers").Int() - info.Get("blocks").Int();
        return behind > MostBehind
            ? string.Create(CultureInfo.InvariantCulture, $"its node lacks {behind} blocks whose headers it knows")
            : null;
    }
}
