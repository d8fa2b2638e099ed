namespace Market.Trading.Internal;

/// <summary>An order that is not done.</summary>
internal struct OrderNode
{
    public ulong Id;
    public ulong Account;
    public long Price;

    /// <summary>Base units to be traded: on the book when <see cref="Level"/> is set.</summary>
    public long Remaining;

    /// <summary>As placed, less what was taken off.</summary>
    public long Quantity;

    /// <summary>In trades that are open.</summary>
    public long InSwap;
    public long Settled;
    public int Level;
    public int AccountSlot;
    public int ClientEntry;
    public int OpenTrades;
    public Side Side;
    public TimeInForce TimeInForce;
    public OrderFlags Flags;
    public SelfTradePrevention SelfTrade;

    /// <summary>Why it must not go back to the book, if so.</summary>
    public Reason Withdrawn;
}

/// <summary>
/// The neighbours of an order in a list, by slot; -1 for none. They stand apart from the orders, many in a line of memory, since
/// who leaves a list changes those beside it.
/// </summary>
internal struct Links
{
    public int Next;
    public int Previous;
}

/// <summary>A trade whose swap has not ended, in a list by number.</summary>
internal struct TradeNode
{
    public ulong Id;
    public long Price;
    public long Quantity;
    public int Maker;
    public int Taker;
    public int Next;
    public int Previous;

    /// <summary>Both legs of its swap are locked.</summary>
    public bool IsLocked;
}

/// <summary>An account with orders that are not done, in a list by number of the order.</summary>
internal struct AccountNode
{
    public ulong Id;
    public int First;
    public int Last;
    public int Count;
    public int NextFree;
}

/// <summary>One price with at least one resting order.</summary>
internal struct LevelNode
{
    public long Key;
    public long Quantity;
    public int Count;
    public int First;
    public int Last;

    // The next worse and next better price; of a free one the next free.
    public int Worse;
    public int Better;

    /// <summary>Its place in the ladder; -1 where it is in the tree.</summary>
    public int Place;
}
