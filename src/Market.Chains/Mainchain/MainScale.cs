using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Mainchain;

/// <summary>Weighs a branch of a mainchain of one difficulty by its headers alone, and keeps none of them.</summary>
internal sealed class MainScale
{
    private readonly CompactTarget _bits;
    private readonly Queue<uint> _times;

    /// <summary>A scale for what follows a block.</summary>
    /// <param name="fork">The block.</param>
    /// <param name="bits">What every header must have.</param>
    public MainScale(BlockNode<Hash256, BlockHeader> fork, CompactTarget bits)
    {
        _bits = bits;
        (Tip, ChainWork) = (fork.Id, fork.ChainWork);
        var times = new List<uint>(MedianTime.Span);
        for (var at = fork; at is not null && times.Count < MedianTime.Span; at = at.Parent)
        {
            times.Add(at.Item.Time);
        }

        times.Reverse();
        _times = new Queue<uint>(times);
    }

    /// <summary>The newest header's id; the fork's before the first.</summary>
    public Hash256 Tip { get; private set; }

    /// <summary>Work from genesis up to and with it.</summary>
    public U256 ChainWork { get; private set; }

    /// <summary>Puts the next header on the scale.</summary>
    /// <param name="header">The header.</param>
    /// <param name="now">Unix seconds.</param>
    /// <returns>False where it does not follow, or breaks a rule.</returns>
    public bool Add(BlockHeader header, long now)
    {
        if (header.Previous.Value != Tip || !header.MeetsOwnTarget
            || HeaderRules.Check(header, MedianTime.Of([.. _times]), _bits, now) != LedgerError.None)
        {
            return false;
        }

        Tip = header.Id.Value;
        ChainWork += _bits.Work();
        _times.Enqueue(header.Time);
        if (_times.Count > MedianTime.Span)
        {
            _times.Dequeue();
        }

        return true;
    }
}
