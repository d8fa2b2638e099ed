using System.Text.Json;
using Market.Bitcoin;

namespace Market.Chains.Rpc;

/// <summary>Transactions by their ids: those of the mempool, and confirmed ones where the node keeps an index of them.</summary>
internal sealed class RpcTransactions(RpcConnection rpc, RpcBlocks blocks)
{
    /// <summary>The transaction; null where the node has none on its best chain or in its mempool.</summary>
    public async ValueTask<ChainTransaction?> FindAsync(TxId id, CancellationToken cancellation)
    {
        JsonElement answer;
        try
        {
            answer = await rpc.CallAsync("getrawtransaction", cancellation, id.ToString(), true)
                .ConfigureAwait(false);
        }
        catch (RpcException)
        {
            return null;
        }

        var transaction = answer.Get("hex").Transaction();
        if (answer.Find("blockhash") is not { } block)
        {
            return new ChainTransaction(transaction, null, 0);
        }

        var header = await blocks.GetHeaderAsync(new BlockId(block.Hash()), cancellation).ConfigureAwait(false);
        if (header is not { OnBestChain: true })
        {
            return null;
        }

        var tip = await blocks.GetTipAsync(cancellation).ConfigureAwait(false);
        return new ChainTransaction(
            transaction, new BlockRef(block.Hash(), header.Height), Math.Max(1, tip.Height - header.Height + 1));
    }
}
