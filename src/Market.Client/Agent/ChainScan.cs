using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains;

namespace Market.Client.Agent;

/// <summary>A transaction that pays or spends a watched contract.</summary>
/// <param name="Transaction">The transaction.</param>
/// <param name="Height">Of its block; null in the mempool.</param>
internal sealed record FoundTransaction(Transaction Transaction, int? Height);

/// <summary>
/// What one chain shows of the contracts at stake. Each refresh walks from the tip down to the first block known
/// already, so
/// that a reorganisation of any depth is seen for what it is; nothing depends on having heard every event. Payments
/// are known
/// by their script, spends by the witness script that they must show. Not safe for several threads.
/// </summary>
/// <param name="chain">The chain, as this agent sees it.</param>
internal sealed class ChainScan(IChain chain)
{
    private const int MostTries = 4;

    private readonly Dictionary<Script, (Script Witness, int From)> _watched = [];
    private readonly HashSet<Script> _witnessScripts = [];

    // One line of blocks without a gap: what is below a block of the best chain is of the best chain, too.
    private readonly SortedDictionary<int, ScannedBlock> _blocks = [];
    private ImmutableArray<Transaction> _mempool = [];
    private int _floor = int.MaxValue;

    /// <summary>The chain.</summary>
    public IChain Chain { get; } = chain;

    /// <summary>The tip of the last refresh.</summary>
    public ChainHead? Tip { get; private set; }

    /// <summary>Blocks kept: from the lowest height that is watched up to the tip.</summary>
    public int Kept => _blocks.Count;

    /// <summary>Adds a contract.</summary>
    /// <param name="scriptPubKey">The output's script.</param>
    /// <param name="witnessScript">What a spend shows.</param>
    /// <param name="fromHeight">No block below can hold a payment to it.</param>
    public void Watch(Script scriptPubKey, Script witnessScript, int fromHeight)
    {
        if (!_watched.TryAdd(scriptPubKey, (witnessScript, Math.Max(0, fromHeight))))
        {
            return;
        }

        _witnessScripts.Add(witnessScript);
        _floor = Math.Min(_floor, Math.Max(0, fromHeight));

        // Blocks read without this contract in mind are read again.
        Drop(height => height >= fromHeight);
    }

    /// <summary>Forgets a contract, and the blocks that were kept for it alone.</summary>
    public void Forget(Script scriptPubKey)
    {
        if (_watched.Remove(scriptPubKey, out var forgotten))
        {
            _witnessScripts.Remove(forgotten.Witness);
        }

        _floor = _watched.Values.Select(contract => contract.From).DefaultIfEmpty(int.MaxValue).Min();
        Drop(height => height < _floor);
    }

    /// <summary>Reads tip, new blocks and mempool, consistent with one another.</summary>
    /// <exception cref="ChainUnavailableException">The chain does not answer, or moved all the while.</exception>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            var tip = await Chain.GetTipAsync(cancellation).ConfigureAwait(false);
            if (!await TryReadBlocksAsync(tip, cancellation).ConfigureAwait(false))
            {
                continue;
            }

            var mempool = await Chain.GetMempoolAsync(cancellation).ConfigureAwait(false);
            if ((await Chain.GetTipAsync(cancellation).ConfigureAwait(false)).Id == tip.Id)
            {
                _mempool = [.. mempool.Select(entry => entry.Transaction).Where(IsRelevant)];
                Tip = tip;
                return;
            }
        }

        throw new ChainUnavailableException($"The {Chain.Kind} moves faster than it can be read.");
    }

    /// <summary>Every transaction that pays or spends a contract, in blocks from the lowest up, then in the
    /// mempool.</summary>
    public IEnumerable<FoundTransaction> Find(Script scriptPubKey)
    {
        if (!_watched.TryGetValue(scriptPubKey, out var contract))
        {
            yield break;
        }

        var witnessScript = contract.Witness;

        foreach (var (height, block) in _blocks)
        {
            foreach (var transaction in block.Found)
            {
                if (Touches(transaction, scriptPubKey, witnessScript))
                {
                    yield return new FoundTransaction(transaction, height);
                }
            }
        }

        foreach (var transaction in _mempool)
        {
            if (Touches(transaction, scriptPubKey, witnessScript))
            {
                yield return new FoundTransaction(transaction, null);
            }
        }
    }

    private async Task<bool> TryReadBlocksAsync(ChainHead tip, CancellationToken cancellation)
    {
        // Kept only once the walk has met what is known: where it breaks off, blocks that left the chain would stay below.
        var read = new Dictionary<int, ScannedBlock>();
        var (id, at) = (tip.Id, tip.Height);
        for (; at >= _floor && !(_blocks.TryGetValue(at, out var known) && known.Id == id); at--)
        {
            if (await Chain.GetBlockAsync(id, cancellation).ConfigureAwait(false) is not { } block)
            {
                return false;
            }

            read[at] = new ScannedBlock(id, [.. block.Transactions.Where(IsRelevant)]);
            id = block.Parent;
        }

        Drop(height => height > at);
        foreach (var (height, block) in read)
        {
            _blocks[height] = block;
        }

        return true;
    }

    private void Drop(Func<int, bool> where)
    {
        foreach (var height in _blocks.Keys.Where(where).ToList())
        {
            _blocks.Remove(height);
        }
    }

    private bool IsRelevant(Transaction transaction)
    {
        if (_watched.Count == 0)
        {
            return false;
        }

        foreach (var output in transaction.Outputs)
        {
            if (_watched.ContainsKey(output.ScriptPubKey))
            {
                return true;
            }
        }

        foreach (var input in transaction.Inputs)
        {
            var items = input.Witness.Items;
            if (items.Length > 0 && _witnessScripts.Contains(new Script(items[^1])))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Touches(Transaction transaction, Script scriptPubKey, Script witnessScript) =>
        transaction.Outputs.Any(output => output.ScriptPubKey == scriptPubKey)
        || transaction.Inputs.Any(input => input.Witness.Items is [.., var last]
            && last.Span.SequenceEqual(witnessScript.Span));

    private sealed record ScannedBlock(Hash256 Id, ImmutableArray<Transaction> Found);
}
