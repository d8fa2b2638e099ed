using System.Collections.Immutable;
using System.Text.Json;
using Market.Bitcoin;

namespace Market.Chains.Rpc;

/// <summary>Unspent outputs as a node knows them; see <see cref="IChain"/>.</summary>
internal sealed class RpcCoins(RpcOptions options, RpcConnection rpc, RpcBlocks blocks, RpcUnconfirmed unconfirmed)
{
    private static readonly TimeSpan ScanPause = TimeSpan.FromMilliseconds(200);
    private readonly SemaphoreSlim _scanTurn = new(1, 1);

    public async ValueTask<UnspentOutput?> FindUnspentAsync(
        OutPoint outPoint, bool withMempool, CancellationToken cancellation)
    {
        if (withMempool)
        {
            // bcoin answers with confirmed coins that the mempool spends, so that is looked up here.
            await unconfirmed.RefreshAsync(cancellation).ConfigureAwait(false);
            if (unconfirmed.IsSpent(outPoint))
            {
                return null;
            }
        }

        var answer = await rpc.CallAsync(
            "gettxout", cancellation, outPoint.TxId.ToString(), outPoint.Index, withMempool).ConfigureAwait(false);
        if (answer.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        var confirmations = answer.Get("confirmations").Int();
        var tip = await blocks.GetTipAsync(cancellation).ConfigureAwait(false);
        return new UnspentOutput(
            outPoint,
            new TxOut(answer.Get("value").Coins(), new Script(answer.Get("scriptPubKey").Get("hex").Bytes())),
            confirmations == 0 ? -1 : tip.Height - confirmations + 1,
            answer.Get("coinbase").Bool(),
            confirmations);
    }

    public async ValueTask<ImmutableArray<UnspentOutput>> GetCoinsAsync(
        Script script, CancellationToken cancellation)
    {
        await unconfirmed.RefreshAsync(cancellation).ConfigureAwait(false);
        var tip = await blocks.GetTipAsync(cancellation).ConfigureAwait(false);
        var confirmed = await ScanAsync(script, tip, cancellation).ConfigureAwait(false)
            ?? await ListByAddressAsync(script, tip, cancellation).ConfigureAwait(false);
        var waiting =
            from entry in unconfirmed.InOrder()
            from index in Enumerable.Range(0, entry.Transaction.Outputs.Length)
            let output = entry.Transaction.Outputs[index]
            where output.ScriptPubKey == script
            select new UnspentOutput(new OutPoint(entry.Transaction.Id, (uint)index), output, -1, false, 0);
        return
        [
            .. confirmed.OrderBy(coin => coin.Height).ThenBy(coin => coin.OutPoint)
                .Concat(waiting)
                .Where(coin => !unconfirmed.IsSpent(coin.OutPoint)),
        ];
    }

    // Null where the node has no such method. A node scans for one asker at a time.
    private async ValueTask<List<UnspentOutput>?> ScanAsync(
        Script script, ChainHead tip, CancellationToken cancellation)
    {
        await _scanTurn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var answer = await ScanInTurnAsync($"raw({script})", cancellation).ConfigureAwait(false);
            return
            [
                .. answer.Get("unspents").Items().Select(coin => Coin(
                    coin.Get("txid"), coin.Get("vout"), coin.Get("amount").Coins(), coin.Get("height").Int(),
                    coin.Find("coinbase")?.Bool() ?? false, script, tip)),
            ];
        }
        catch (RpcException missing) when (missing.Code == RpcException.MethodNotFound)
        {
            return null;
        }
        finally
        {
            _scanTurn.Release();
        }
    }

    // Another program may scan, or the node may be at a scan of which nobody waits for the answer any more.
    private async ValueTask<JsonElement> ScanInTurnAsync(string descriptor, CancellationToken cancellation)
    {
        for (var waited = TimeSpan.Zero; ; waited += ScanPause)
        {
            try
            {
                return await rpc.CallAsync(
                    "scantxoutset", cancellation, "start", new[] { descriptor }).ConfigureAwait(false);
            }
            catch (RpcException busy) when (busy.Message.StartsWith("Scan already in progress", StringComparison.Ordinal))
            {
                if (waited >= options.Timeout)
                {
                    throw new ChainUnavailableException("The Bitcoin node is busy with another program's scan for coins.", busy);
                }

                await Task.Delay(ScanPause, options.Clock, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<List<UnspentOutput>> ListByAddressAsync(
        Script script, ChainHead tip, CancellationToken cancellation)
    {
        var decoded = await rpc.CallAsync("decodescript", cancellation, script.ToString()).ConfigureAwait(false);
        if (decoded.Find("addresses") is not { ValueKind: JsonValueKind.Array } addresses
            || addresses.GetArrayLength() != 1)
        {
            return [];
        }

        var answer = await rpc.GetAsync("coin/address/" + addresses[0].Text(), cancellation).ConfigureAwait(false)
            ?? throw new ChainUnavailableException(
                "The Bitcoin node cannot list coins: start bcoin with --index-address=true.");
        return
        [
            .. answer.Items().Where(coin => coin.Get("height").Int() >= 0).Select(coin => Coin(
                coin.Get("hash"), coin.Get("index"), new Amount(coin.Get("value").Long()), coin.Get("height").Int(),
                coin.Get("coinbase").Bool(), script, tip)),
        ];
    }

    private static UnspentOutput Coin(
        JsonElement id, JsonElement index, Amount value, int height, bool coinbase, Script script, ChainHead tip) =>
        new(
            new OutPoint(new TxId(id.Hash()), index.UInt()), new TxOut(value, script), height, coinbase,
            Math.Max(1, tip.Height - height + 1));
}
