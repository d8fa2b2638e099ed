using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains.Light;

/// <summary>
/// What blocks and what was heard of say together of transactions and coins. What neither knows is an error, not "no".
/// </summary>
internal sealed class LightLookup(LightFollower headers, LightScan scan, LightMempool mempool, LightUnconfirmed unconfirmed)
{
    /// <summary>A transaction, in a block or waiting for one.</summary>
    /// <exception cref="ChainUnavailableException">It is not known here.</exception>
    public ChainTransaction Transaction(TxId id)
    {
        if (scan.Find(id) is { } found)
        {
            // A branch of fewer blocks may just have come.
            var header = headers.HeaderAt(found.Height)
                ?? throw new ChainUnavailableException($"The blocks that hold transaction {id} are being read again.");
            return new ChainTransaction(
                found.Transaction, new BlockRef(header.Header.Id.Value, found.Height), headers.Tip.Height - found.Height + 1);
        }

        return unconfirmed.Find(id) is { } waiting
            ? new ChainTransaction(waiting, null, 0)
            : throw new ChainUnavailableException(
                $"A light client cannot look up transaction {id}: it was not heard of and concerns none of its scripts.");
    }

    /// <summary>An output that is not spent; null where it is.</summary>
    /// <exception cref="ChainUnavailableException">It is not known here.</exception>
    public UnspentOutput? Unspent(OutPoint outPoint, bool withMempool)
    {
        scan.ThrowIfUnread();
        if (withMempool && unconfirmed.IsSpent(outPoint))
        {
            return null;
        }

        if (scan.FindWhole(outPoint, headers.Tip.Height) is { } known)
        {
            return known.IsSpent ? null : known.Coin;
        }

        return withMempool && unconfirmed.Find(outPoint.TxId) is { } waiting && outPoint.Index < waiting.Outputs.Length
            ? new UnspentOutput(outPoint, waiting.Outputs[(int)outPoint.Index], -1, false, 0)
            : throw new ChainUnavailableException(
                $"A light client cannot look up output {outPoint}: it pays none of the scripts that it looks for, or not "
                + "all blocks were looked at for its script yet.");
    }

    /// <summary>The coins of a script that nothing spends, those of blocks first.</summary>
    public async ValueTask<ImmutableArray<UnspentOutput>> CoinsAsync(Script script, CancellationToken cancellation)
    {
        mempool.Watch(script);
        var confirmed = await scan.CoinsAsync(script, cancellation).ConfigureAwait(false);
        var waiting = mempool.Paying(script).Where(coin => unconfirmed.Find(coin.OutPoint.TxId) is not null);
        return [.. confirmed.Concat(waiting).Where(coin => !unconfirmed.IsSpent(coin.OutPoint))];
    }

    /// <summary>
    /// What was heard of that a query is about. What is asked for by script is kept from now on, however much else is heard of;
    /// and its coins are looked for, since only the spends of a coin that is known can be judged.
    /// </summary>
    public async ValueTask<ImmutableArray<Transaction>> UnconfirmedAsync(MempoolQuery query, CancellationToken cancellation)
    {
        foreach (var script in query.Scripts)
        {
            mempool.Watch(script);
            try
            {
                await scan.CoinsAsync(script, cancellation).ConfigureAwait(false);
            }
            catch (ChainUnavailableException)
            {
                // Not all blocks are read yet: until they are its spends are shown unjudged.
            }
        }

        return unconfirmed.Shown(
            query.Filter(mempool.All().Select(entry => entry.Transaction))
                .SelectMany(transaction => mempool.VersionsOf(transaction.Id)),
            query.Scripts);
    }
}
