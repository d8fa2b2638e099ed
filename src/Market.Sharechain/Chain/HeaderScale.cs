using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>
/// Weighs a branch by its headers alone: what each must be after those before it, and how much work they are together.
/// Keeps the last eleven times and little of the headers, so that a flood of them fills no memory. Uncles weigh as much as they
/// can: one's bits are those of the branch's own share of its height, and its work is seen with the blocks. (Were they not
/// weighed, a branch that is the heavier one by its uncles would never be asked for.)
/// </summary>
public sealed class HeaderScale
{
    private readonly SharechainProfile _profile;
    private readonly Queue<uint> _times;

    // Of the newest shares as many as an uncle may stand below its nephew; in rows without uncles none.
    private readonly Queue<ShareHeader> _siblings;
    private ShareInfo _last;

    internal HeaderScale(BlockNode<ShareId, ShareInfo> fork, SharechainProfile profile)
    {
        _profile = profile;
        _last = fork.Item;
        ChainWork = fork.ChainWork;
        var siblings = new List<ShareHeader>();
        for (var at = fork; at.Parent is not null && siblings.Count < (profile.Uncles?.Depth ?? 0); at = at.Parent)
        {
            siblings.Add(at.Item.Header);
        }

        siblings.Reverse();
        _siblings = new Queue<ShareHeader>(siblings);
        var times = new List<uint>(MedianTime.Span);
        for (var at = fork; at is not null && times.Count < MedianTime.Span; at = at.Parent)
        {
            times.Add(at.Item.Header.Time);
        }

        times.Reverse();
        _times = new Queue<uint>(times);
    }

    /// <summary>Work from genesis up to and with the newest header.</summary>
    public U256 ChainWork { get; private set; }

    /// <summary>The newest header's share; the fork before the first.</summary>
    public ShareId Tip => _last.Id;

    /// <summary>Puts the next header on the scale: rules 1 to 4, and 5 as far as it goes without the mainchain.</summary>
    /// <param name="header">The header.</param>
    /// <param name="proof">Its work.</param>
    /// <param name="now">The local clock, Unix seconds.</param>
    /// <returns>The rule that it breaks; it is not on the scale then.</returns>
    public ShareRefusal Add(ShareHeader header, WorkProof proof, long now)
    {
        var fault = header.Parent != _last.Id ? ShareRefusal.ParentUnknown
            : header.Height != _last.Header.Height + 1 ? ShareRefusal.Height
            : header.Time <= MedianTime.Of([.. _times]) ? ShareRefusal.TimeTooOld
            : header.Bits != _last.NextBits(_profile) ? ShareRefusal.Bits
            : header.Time > now + _profile.MaxFutureSeconds ? ShareRefusal.TimeTooFarAhead
            : header.Uncles.Any(IsNamed) ? ShareRefusal.NamedTwice
            : ShareChecks.CheckWork(header, proof, _profile);
        if (fault != ShareRefusal.None)
        {
            return fault;
        }

        // Of the mainchain nothing is known here, and no target depends on it.
        _last = _last.Child(ShareId.Of(header, proof.MainHeader), header, _last.MainHeight, _profile);
        ChainWork += header.Bits.Work();
        if (_profile.Uncles is { } rule)
        {
            Weigh(header, rule);
        }

        _times.Enqueue(header.Time);
        if (_times.Count > MedianTime.Span)
        {
            _times.Dequeue();
        }

        return ShareRefusal.None;
    }

    private bool IsNamed(ShareId uncle) => _siblings.Any(sibling => sibling.Uncles.Contains(uncle));

    private void Weigh(ShareHeader header, UncleRule rule)
    {
        if (!header.Uncles.IsEmpty)
        {
            // While the chain has no share for them to be beside, there is none to name: the body says so.
            var most = _siblings.Select(sibling => sibling.Bits.Work()).DefaultIfEmpty(header.Bits.Work()).Max();
            foreach (var _ in header.Uncles)
            {
                ChainWork += most;
            }
        }

        _siblings.Enqueue(header);
        if (_siblings.Count > rule.Depth)
        {
            _siblings.Dequeue();
        }
    }
}
