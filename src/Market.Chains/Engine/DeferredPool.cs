using Market.Bitcoin;

namespace Market.Chains.Engine;

/// <summary>
/// Blocks that may be valid later: their parent, mainchain block or time is not here yet. Bounded by number and by memory; the
/// oldest go first.
/// </summary>
internal sealed class DeferredPool<TBlock>
    where TBlock : class
{
    /// <summary>Blocks kept at most.</summary>
    public const int Limit = 256;

    /// <summary>Bytes of memory that they may take together.</summary>
    public const long MostBytes = 64 * 1024 * 1024;

    private readonly LinkedList<(Hash256 Id, TBlock Block, long Bytes)> _order = new();
    private readonly HashSet<Hash256> _ids = [];
    private long _bytes;

    public int Count => _order.Count;

    public List<TBlock> All => [.. _order.Select(entry => entry.Block)];

    /// <summary>Keeps a block.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="block">The block.</param>
    /// <param name="bytes">What it takes of memory.</param>
    public void Add(Hash256 id, TBlock block, long bytes)
    {
        if (bytes > MostBytes || !_ids.Add(id))
        {
            return;
        }

        _order.AddLast((id, block, bytes));
        _bytes += bytes;
        while (_order.Count > Limit || _bytes > MostBytes)
        {
            var oldest = _order.First!.Value;
            _ids.Remove(oldest.Id);
            _bytes -= oldest.Bytes;
            _order.RemoveFirst();
        }
    }

    /// <summary>Takes all of them out, oldest first.</summary>
    public List<TBlock> TakeAll()
    {
        var all = All;
        _order.Clear();
        _ids.Clear();
        _bytes = 0;
        return all;
    }
}
