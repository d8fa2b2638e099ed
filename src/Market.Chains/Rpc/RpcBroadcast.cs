using Market.Bitcoin;

namespace Market.Chains.Rpc;

/// <summary>Hands transactions to a node, and finds out what it did with them.</summary>
internal sealed class RpcBroadcast(
    RpcConnection rpc, RpcTransactions transactions, RpcUnconfirmed unconfirmed, RpcCoins coins, WakeUp look, TimeProvider clock)
{
    private static readonly TimeSpan BroadcastPause = TimeSpan.FromMilliseconds(50);

    /// <summary>See <see cref="IChain.BroadcastAsync"/>.</summary>
    public async ValueTask<BroadcastResult> SendAsync(
        Transaction transaction, CancellationToken cancellation)
    {
        var id = transaction.Id;
        if (await transactions.FindAsync(id, cancellation).ConfigureAwait(false) is { } known)
        {
            return new BroadcastResult(
                id, known.Block is null ? BroadcastCode.AlreadyInMempool : BroadcastCode.AlreadyConfirmed);
        }

        try
        {
            await rpc.CallAsync("sendrawtransaction", cancellation, transaction.ToHex()).ConfigureAwait(false);
        }
        catch (RpcException refusal)
        {
            return new BroadcastResult(id, RpcRefusals.OfBroadcast(refusal), refusal.Message);
        }

        look.Call();
        return await ConfirmBroadcastAsync(transaction, cancellation).ConfigureAwait(false);
    }

    // Bitcoin Core answers after it has judged; bcoin before, and never says why not. So the mempool is looked at, for longer
    // where nothing else explains why it is not there: a busy node has a queue.
    private async ValueTask<BroadcastResult> ConfirmBroadcastAsync(
        Transaction transaction, CancellationToken cancellation)
    {
        const int rounds = 5;
        const int looks = 20;
        var id = transaction.Id;
        BroadcastResult? reason = null;
        for (var round = 0; round < rounds && reason is null; round++)
        {
            for (var looked = 0; looked < looks; looked++)
            {
                if (await transactions.FindAsync(id, cancellation).ConfigureAwait(false) is not null)
                {
                    return new BroadcastResult(id, BroadcastCode.Accepted);
                }

                await Task.Delay(BroadcastPause, clock, cancellation).ConfigureAwait(false);
            }

            reason = await WhyNotAsync(transaction, cancellation).ConfigureAwait(false);
        }

        // Looked for once more after the reason was found: its own arrival spends its inputs, too.
        return await transactions.FindAsync(id, cancellation).ConfigureAwait(false) is not null
            ? new BroadcastResult(id, BroadcastCode.Accepted)
            : reason ?? new BroadcastResult(id, BroadcastCode.Invalid, "the node did not keep it and did not say why");
    }

    private async ValueTask<BroadcastResult?> WhyNotAsync(Transaction transaction, CancellationToken cancellation)
    {
        await unconfirmed.RefreshAsync(cancellation).ConfigureAwait(false);
        foreach (var input in transaction.Inputs)
        {
            if (unconfirmed.IsSpent(input.PreviousOutput))
            {
                return new BroadcastResult(transaction.Id, BroadcastCode.Conflict, $"{input.PreviousOutput} is spent already");
            }

            if (await coins.FindUnspentAsync(input.PreviousOutput, true, cancellation).ConfigureAwait(false) is null)
            {
                return new BroadcastResult(transaction.Id, BroadcastCode.MissingInputs, $"{input.PreviousOutput} is not there");
            }
        }

        return null;
    }
}
