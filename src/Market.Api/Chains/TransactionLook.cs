using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;

namespace Market.Api.Chains;

/// <summary>Looks a transaction up, with what it spends and what became of its outputs.</summary>
/// <param name="chains">The chains.</param>
/// <param name="indexes">What their newest blocks hold.</param>
internal sealed class TransactionLook(ChainPair chains, ChainIndexes indexes)
{
    /// <summary>Inputs and outputs that are looked up each.</summary>
    private const int MostLooked = 100;

    private const byte OpReturn = (byte)Opcode.OP_RETURN;

    /// <summary>A transaction of the active chain or the mempool; null where there is none.</summary>
    public async Task<TransactionDetail?> OfAsync(ChainName name, TxId id, bool isWhole, CancellationToken cancel)
    {
        var chain = chains.Of(name);
        if (await chain.FindTransactionAsync(id, cancel) is not { } found) return null;
        var transaction = found.Transaction;
        var block = isWhole && found.Block is { } place ? await indexes.Blocks.GetAsync(chain, place.Id, cancel) : null;
        var inputs = new List<TransactionInput>(transaction.Inputs.Length);
        foreach (var input in transaction.Inputs)
            inputs.Add(await InputAsync(name, input, isWhole && inputs.Count < MostLooked, cancel));
        var outputs = new List<TransactionOutput>(transaction.Outputs.Length);
        for (var i = 0; i < transaction.Outputs.Length; i++)
            outputs.Add(await OutputAsync(name, transaction, i, isWhole && i < MostLooked, cancel));
        var known = inputs.All(input => input.Value is not null);
        return new TransactionDetail
        {
            Chain = name,
            Id = transaction.Id.ToString(),
            Height = found.Block?.Height,
            BlockId = found.Block?.Id.ToString(),
            Time = block is null ? null : DateTimeOffset.FromUnixTimeSeconds(block.Time),
            Confirmations = found.Confirmations,
            Fee = known
                ? new Sats(inputs.Sum(input => input.Value!.Value.Value) - outputs.Sum(output => output.Value.Value))
                : null,
            VirtualSize = transaction.VirtualSize,
            Locktime = transaction.LockTime,
            Hex = transaction.ToHex(),
            Inputs = inputs,
            Outputs = outputs,
        };
    }

    /// <summary>What became of an output of a transaction of the active chain or the mempool.</summary>
    public async Task<(OutputState State, string? Spender)> FateAsync(
        ChainName name, OutPoint outPoint, Script script, CancellationToken cancel)
    {
        if (script.Length > 0 && script.Span[0] == OpReturn) return (OutputState.Data, null);
        var chain = chains.Of(name);
        if (await chain.FindUnspentAsync(outPoint, withMempool: true, cancel) is not null) return (OutputState.Unspent, null);
        foreach (var place in indexes.Of(chain).Spending(outPoint))
        {
            if (await AtAsync(chain, place, cancel) is { } spender && Spends(spender, outPoint))
                return (OutputState.Spent, spender.Id.ToString());
        }
        var waiting = await chain.FindUnconfirmedAsync(MempoolQuery.Spending(outPoint), cancel);
        return waiting.FirstOrDefault(one => Spends(one, outPoint)) is { } unconfirmed
            ? (OutputState.BeingSpent, unconfirmed.Id.ToString())
            : (OutputState.Gone, null);
    }

    /// <summary>The transaction at a place of the active chain; null where that is a block, or there is none any more.</summary>
    public async ValueTask<Transaction?> AtAsync(IChain chain, ChainPlace place, CancellationToken cancel) =>
        await chain.GetBlockIdAsync(place.Height, cancel) is { } id && await indexes.Blocks.GetAsync(chain, id, cancel) is { } block
            ? block.Transactions.ElementAtOrDefault(place.Index)
            : null;

    private static bool Spends(Transaction transaction, OutPoint outPoint) =>
        transaction.Inputs.Any(input => input.PreviousOutput == outPoint);

    private async Task<TransactionInput> InputAsync(ChainName name, TxIn input, bool isLooked, CancellationToken cancel)
    {
        var from = input.PreviousOutput;
        var spent = isLooked && !from.IsNull ? await chains.Of(name).FindTransactionAsync(from.TxId, cancel) : null;
        TxOut? output = spent is not null && from.Index < spent.Transaction.Outputs.Length
            ? spent.Transaction.Outputs[(int)from.Index]
            : null;
        return new TransactionInput
        {
            Outpoint = from.IsNull ? null : from.ToString(),
            Value = output is { Value: var value } ? new Sats(value.Sats) : null,
            Address = output is { ScriptPubKey: var script } ? chains.AddressOf(name, script) : null,
            Sequence = input.Sequence,
            Witness = [.. input.Witness.Items.Select(item => Convert.ToHexStringLower(item.Span))],
        };
    }

    private async Task<TransactionOutput> OutputAsync(
        ChainName name, Transaction transaction, int index, bool isLooked, CancellationToken cancel)
    {
        var output = transaction.Outputs[index];
        var fate = isLooked
            ? await FateAsync(name, new OutPoint(transaction.Id, (uint)index), output.ScriptPubKey, cancel)
            : ((OutputState State, string? Spender)?)null;
        return new TransactionOutput
        {
            Value = new Sats(output.Value.Sats),
            Script = output.ScriptPubKey.ToString(),
            Address = chains.AddressOf(name, output.ScriptPubKey),
            State = fate?.State,
            Spender = fate?.Spender,
        };
    }
}
