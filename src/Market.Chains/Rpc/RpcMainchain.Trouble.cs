using System.Globalization;
using System.Text.Json;

namespace Market.Chains.Rpc;

/// <content>What the node says of itself.</content>
public sealed partial class RpcMainchain
{
    private const int MostBehind = 3;

    /// <inheritdoc/>
    public async ValueTask<string?> GetTroubleAsync(CancellationToken cancellation = default) =>
        TroubleIn(await _rpc.CallAsync("getblockchaininfo", cancellation).ConfigureAwait(false))
        ?? (_options.NeedsTransactions && await FindIndexAsync(_rpc, cancellation).ConfigureAwait(false) is { } index
            ? TroubleOf(index)
            : null);

    /// <summary>Bitcoin Core without the index says of every confirmed transaction that there is none.</summary>
    private static async Task RequireTransactionsAsync(RpcConnection rpc, CancellationToken cancellation)
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
    internal static string? TroubleIn(JsonElement info)
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
