using Market.Bitcoin;

namespace Market.Chains.Engine;

/// <summary>
/// Blocks that may be valid later: their parent, mainchain block or time is not here yet. Bounded; the oldest go first.
/// </summary>
internal sealed class DeferredPool<TBlock>
    where TBlock : class
{
    /// <summary>Blocks kept at most.</summary>
    public const int Limit = 256;

    private readonly LinkedList<(Hash256 Id, TBlock Block)> _order = new();
    private readonly HashSet<Hash256> _ids = [];

    public int Count => _order.Count;

    public List<TBlock> All => [.. _order.Select(entry => entry.Block)];

    public void Add(Hash256 id, TBlock block)
    {
        if (!_ids.Add(id))
        {
            return;
        }

        _order.AddLast((id, block));
        if (_order.Count > Limit)
        {
            _ids.Remove(_order.First!.Value.Id);
            _order.RemoveFirst();
        }
    }

    /// <summary>Takes all of them out, oldest first.</summary>
    public List<TBlock> TakeAll()
    {
        var all = All;
        _order.Clear();
        _ids.Clear();
        return all;
    }
}
