namespace Market.Chains.Mining;

/// <summary>Counts how often blocks leave a chain's best branch, from its events.</summary>
internal sealed class RowReorgs
{
    private readonly Lock _lock = new();
    private int _count;
    private int _deepest;

    /// <summary>How often.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>How many left it at once at most; 0 where none did.</summary>
    public int Deepest
    {
        get
        {
            lock (_lock)
            {
                return _deepest;
            }
        }
    }

    /// <summary>Takes notice of what happened.</summary>
    public void Take(ChainEvent happened)
    {
        if (happened is ChainEvent.TipChanged { Disconnected.IsEmpty: false } changed)
        {
            lock (_lock)
            {
                _count++;
                _deepest = Math.Max(_deepest, changed.Disconnected.Length);
            }
        }
    }
}
