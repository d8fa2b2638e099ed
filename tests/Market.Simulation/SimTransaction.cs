namespace Market.Simulation;

/// <summary>A transaction with what mempools and miners ask of it again and again.</summary>
internal sealed class SimTransaction(Transaction transaction, long fee, long notBefore)
{
    /// <summary>The transaction.</summary>
    public Transaction Transaction { get; } = transaction;

    /// <summary>Its id.</summary>
    public TxId Id { get; } = transaction.Id;

    /// <summary>Virtual bytes.</summary>
    public int Size { get; } = transaction.VirtualSize;

    /// <summary>What it pays.</summary>
    public long Fee { get; } = fee;

    /// <summary>The locktime of a contract that it takes back; 0 where it is final at once.</summary>
    public long NotBefore { get; } = notBefore;

    /// <summary>Satoshis a thousand virtual bytes.</summary>
    public long Rate { get; } = fee * 1000 / transaction.VirtualSize;

    /// <summary>Blocks that left it out by a miner's whim.</summary>
    public int LeftOut { get; set; }

    /// <summary>The block that holds it; 0 for none.</summary>
    public int Height { get; set; }

    /// <summary>It waits in the mempool.</summary>
    public bool Waits { get; set; }

    /// <summary>True where it spends that output.</summary>
    public bool Spends(OutPoint outPoint)
    {
        foreach (ref readonly var input in Transaction.Inputs.AsSpan())
        {
            if (input.PreviousOutput == outPoint)
            {
                return true;
            }
        }

        return false;
    }
}
