using Market.Bitcoin;

namespace Market.Chains.Http;

/// <content>Lists that come in pages: each begins after the last item of the one before.</content>
public sealed partial class NodeHttpService
{
    // Parents before children. Where the cursor left the pool meanwhile, the list begins anew.
    private static async ValueTask<NodeAnswer> MempoolAsync(IChain chain, string? after, CancellationToken cancellation)
    {
        if (!TryAfter<TxId>(after, TxId.TryParse, out var last))
        {
            return BadRequest("A page begins after a transaction's id.");
        }

        var entries = await chain.GetMempoolAsync(cancellation).ConfigureAwait(false);
        var from = 1 + (last is { } id ? entries.ToList().FindIndex(entry => entry.Transaction.Id == id) : -1);
        var items = new List<byte[]>();
        var bytes = 0;
        foreach (var entry in entries.Skip(from).Take(MostMempool))
        {
            var item = entry.Transaction.ToArray();
            if (items.Count > 0 && bytes + item.Length > MostMempoolBytes)
            {
                break;
            }

            items.Add(item);
            bytes += item.Length;
        }

        return NodeAnswer.Bytes(NodeFrames.Join(items));
    }

    // In the order they were made, unconfirmed ones last. Where the cursor was spent meanwhile, the list begins anew.
    private static async ValueTask<NodeAnswer> CoinsAsync(
        IChain chain, string text, string? after, CancellationToken cancellation)
    {
        if (!TryScript(text, out var script) || !TryAfter<OutPoint>(after, OutPoint.TryParse, out var last))
        {
            return BadRequest("A script is hexadecimal, and a page begins after an output, txid:index.");
        }

        var coins = await chain.GetCoinsAsync(script, cancellation).ConfigureAwait(false);
        var from = 1 + (last is { } cursor ? coins.ToList().FindIndex(coin => coin.OutPoint == cursor) : -1);
        return NodeAnswer.Json(coins.Skip(from).Take(MostCoins).Select(CoinPayload.Of).ToArray());
    }

    private delegate bool Parser<T>(string text, out T value);

    private static bool TryAfter<T>(string? text, Parser<T> parse, out T? after)
        where T : struct
    {
        after = null;
        if (text is null)
        {
            return true;
        }

        var ok = parse(text, out var value);
        after = ok ? value : null;
        return ok;
    }
}
