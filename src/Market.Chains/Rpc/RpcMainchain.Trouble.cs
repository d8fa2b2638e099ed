using System.Globalization;
using System.Text.Json;

namespace Market.Chains.Rpc;

/// <content>What the node says of itself.</content>
public sealed partial class RpcMainchain
{
    private const int MostBehind = 3;

    /// <inheritdoc/>
    public async ValueTask<string?> GetTroubleAsync(CancellationToken cancellation = default) =>
        TroubleIn(await _rpc.CallAsync("getblockchaininfo", cancellation).ConfigureAwait(false));

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
