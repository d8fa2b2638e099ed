using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Sharechain;

namespace Market.Chains.Http;

/// <summary>Lists that are bounded or come in pages: each page begins after the last item of the one before.</summary>
internal static class NodeLists
{
    private const int LongestScript = 10_000;

    /// <summary>Unconfirmed transactions, parents before children. Where the cursor left the pool meanwhile, the list begins anew.
    /// </summary>
    public static async ValueTask<NodeAnswer> MempoolAsync(IChain chain, string? after, CancellationToken cancellation)
    {
        if (!TryAfter<TxId>(after, TxId.TryParse, out var last))
        {
            return NodeAnswer.BadRequest("A page begins after a transaction's id.");
        }

        var entries = await chain.GetMempoolAsync(cancellation).ConfigureAwait(false);
        var from = 1 + (last is { } id ? entries.ToList().FindIndex(entry => entry.Transaction.Id == id) : -1);
        var items = new List<byte[]>();
        var bytes = 0;
        foreach (var entry in entries.Skip(from).Take(NodeHttpService.MostMempool))
        {
            var item = entry.Transaction.ToArray();
            if (items.Count > 0 && bytes + item.Length > NodeHttpService.MostMempoolBytes)
            {
                break;
            }

            items.Add(item);
            bytes += item.Length;
        }

        return NodeAnswer.Bytes(NodeFrames.Join(items));
    }

    /// <summary>Outputs of a script in the order they were made, unconfirmed ones last. Where the cursor was spent meanwhile, the
    /// list begins anew.</summary>
    public static async ValueTask<NodeAnswer> CoinsAsync(
        IChain chain, string text, string? after, CancellationToken cancellation)
    {
        if (!TryScript(text, out var script) || !TryAfter<OutPoint>(after, OutPoint.TryParse, out var last))
        {
            return NodeAnswer.BadRequest("A script is hexadecimal, and a page begins after an output, txid:index.");
        }

        var coins = await chain.GetCoinsAsync(script, cancellation).ConfigureAwait(false);
        var from = 1 + (last is { } cursor ? coins.ToList().FindIndex(coin => coin.OutPoint == cursor) : -1);
        return NodeAnswer.Json(coins.Skip(from).Take(NodeHttpService.MostCoins).Select(CoinPayload.Of).ToArray());
    }

    /// <summary>Weak shares, the newest first: those are named for longest.</summary>
    public static NodeAnswer Weak(ImmutableArray<NamedShare> shares)
    {
        var items = new List<byte[]>();
        var bytes = 0;
        foreach (var share in shares.Reverse())
        {
            items.Add(share.ToArray());
            bytes += items[^1].Length;
            if (bytes > NodeHttpService.MostWeakBytes)
            {
                items.RemoveAt(items.Count - 1);
                break;
            }
        }

        return NodeAnswer.Bytes(NodeFrames.Join(items));
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

    /// <summary>By id first, then by output, then by script: what anybody can add to at will takes no room from what nobody can.
    /// </summary>
    public static async ValueTask<NodeAnswer> UnconfirmedAsync(
        IChain chain, MempoolQuery asked, CancellationToken cancellation)
    {
        var answered = new Dictionary<TxId, byte[]>();
        var bytes = 0;
        foreach (var part in asked.Split().Reverse())
        {
            foreach (var transaction in await chain.FindUnconfirmedAsync(part, cancellation).ConfigureAwait(false))
            {
                if (answered.Count < NodeHttpService.MostMempool && bytes < NodeHttpService.MostUnconfirmedBytes
                    && answered.TryAdd(transaction.Id, transaction.ToArray()))
                {
                    bytes += answered[transaction.Id].Length;
                }
            }
        }

        return NodeAnswer.Bytes(NodeFrames.Join(answered.Values));
    }

    /// <summary>Reads a script that somebody named: never empty, and of a bounded length.</summary>
    public static bool TryScript(string? text, out Script script)
    {
        var ok = Hex.TryDecode(text, out var bytes) && bytes.Length is > 0 and <= LongestScript;
        script = ok ? new Script(bytes) : Script.Empty;
        return ok;
    }
}
