using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Engine;

/// <summary>A transaction of a mempool, with its neighbours.</summary>
internal sealed class PoolEntry(AcceptedTransaction accepted, long time, long arrival, IEnumerable<PoolEntry> parents)
{
    public Transaction Transaction { get; } = accepted.Transaction;

    public TxId Id { get; } = accepted.Transaction.Id;

    public Amount Fee { get; } = accepted.Fee;

    public FeeRate FeeRate { get; } = accepted.FeeRate;

    public int VirtualSize { get; } = accepted.PolicySize;

    public long Time { get; } = time;

    public long Arrival { get; } = arrival;

    /// <summary>Feerate of it with all that hangs on it; changed only while it is out of the order by this.</summary>
    public double Worth { get; set; }

    /// <summary>Where it stands among all in order of arrival; null while it is not in a mempool.</summary>
    public LinkedListNode<PoolEntry>? Place { get; set; }

    public HashSet<PoolEntry> Parents { get; } = [.. parents];

    public HashSet<PoolEntry> Children { get; } = [];
}
