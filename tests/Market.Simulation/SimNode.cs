using Market.Bitcoin.Watching;
using Market.Swaps.Agent;

namespace Market.Simulation;

/// <summary>What one party sees of one chain: through the shipping book of what is watched.</summary>
internal sealed class SimNode(SimChain chain)
{
    private readonly List<WatchEvent> _events = [];
    private readonly List<Transaction> _shown = [];
    private readonly HashSet<TxId> _names = [];
    private WatchBook _book = new();
    private WatchView _view = WatchView.Empty;
    private TipView? _tip;
    private int _revision = -1;
    private int _from = int.MaxValue;

    /// <summary>The chain.</summary>
    public SimChain Chain => chain;

    /// <summary>It shows what waits in the mempool; a light client need not.</summary>
    public bool ShowsMempool { get; set; } = true;

    /// <summary>The tip of the last look.</summary>
    public TipView Tip => _tip ?? chain.Tip;

    /// <summary>What the last look showed.</summary>
    public IWatchView View => _view;

    /// <summary>Forgets all, as a process that starts.</summary>
    public void Restart()
    {
        (_book, _view, _revision, _from) = (new WatchBook(), WatchView.Empty, -1, int.MaxValue);
    }

    /// <summary>Watches what a swap asks for; what lies in blocks passed already is looked at again.</summary>
    public void Watch(WatchList wanted)
    {
        var isNew = false;
        foreach (var script in wanted.Scripts)
        {
            isNew |= _book.Add(script, wanted.FromHeight) == WatchAdded.Added;
        }

        foreach (var coin in wanted.OutPoints)
        {
            isNew |= _book.Add(coin, wanted.FromHeight) == WatchAdded.Added;
        }

        if (!isNew)
        {
            return;
        }

        _revision = -1;
        _from = Math.Min(_from, Math.Max(1, wanted.FromHeight));
        if (_book.Cursor is { } cursor && cursor.Height >= _from)
        {
            _book.Rewind(_from - 1);
        }
    }

    /// <summary>Looks at the chain.</summary>
    public void Look()
    {
        _tip = chain.Tip;
        if (_revision == chain.Revision || _from == int.MaxValue)
        {
            return;
        }

        _revision = chain.Revision;
        while (_book.Cursor is { } cursor && !IsOnChain(cursor))
        {
            _book.Rewind(cursor.Height - 1);
        }

        for (var height = (_book.Cursor?.Height ?? _from - 1) + 1; height <= chain.Height; height++)
        {
            Advance(chain.BlockAt(height));
        }

        ShowPool();
        _events.Clear();
        _view = _book.Snapshot();
    }

    private bool IsOnChain(BlockRef block) => block.Height <= chain.Height && chain.BlockAt(block.Height).Id == block.Id;

    private void Advance(SimBlock block)
    {
        _shown.Clear();
        foreach (var held in block.Transactions)
        {
            _shown.Add(held.Transaction);
        }

        _book.Advance(new BlockRef(block.Id, block.Height), _shown, _events);
    }

    private void ShowPool()
    {
        _shown.Clear();
        _names.Clear();
        if (ShowsMempool)
        {
            foreach (var waiting in chain.Pool)
            {
                _shown.Add(waiting.Transaction);
                _names.Add(waiting.Id);
            }
        }

        _book.Look(_shown, _events);
        _book.Sweep(_names, _events);
    }
}
