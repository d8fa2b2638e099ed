namespace Market.Bitcoin.Ledger;

/// <summary>
/// Script rules that verify a transaction once: it is remembered by its wtxid, which binds every signature and, through
/// the ids of what it spends, every amount and script. A block that brings what the mempool took costs nothing again.
/// Safe for several threads where the rules under it are.
/// </summary>
/// <param name="under">The rules asked the first time.</param>
/// <param name="memory">Verified transactions to remember; the oldest go first.</param>
public sealed class RememberedScripts(IScriptRules under, int memory = RememberedScripts.DefaultMemory) : IScriptRules
{
    /// <summary>Transactions remembered unless said otherwise.</summary>
    public const int DefaultMemory = 20_000;

    private readonly Lock _lock = new();
    private readonly HashSet<WTxId> _verified = [];
    private readonly Queue<WTxId> _order = [];

    /// <inheritdoc/>
    public bool Verify(Transaction transaction, ReadOnlySpan<TxOut> spent, out int failedInput, out string? error)
    {
        (failedInput, error) = (-1, null);
        if (IsRemembered(transaction.WitnessId))
        {
            return true;
        }

        if (!under.Verify(transaction, spent, out failedInput, out error))
        {
            return false;
        }

        Remember(transaction.WitnessId);
        return true;
    }

    /// <inheritdoc/>
    public int SigOpCost(Transaction transaction, ReadOnlySpan<TxOut> spent) => under.SigOpCost(transaction, spent);

    private bool IsRemembered(WTxId id)
    {
        lock (_lock)
        {
            return _verified.Contains(id);
        }
    }

    private void Remember(WTxId id)
    {
        lock (_lock)
        {
            if (!_verified.Add(id))
            {
                return;
            }

            _order.Enqueue(id);
            if (_order.Count > memory)
            {
                _verified.Remove(_order.Dequeue());
            }
        }
    }
}
