using System.Collections.Immutable;
using System.Numerics;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

using Node = BlockNode<ShareId, ShareInfo>;

/// <summary>
/// What is asked of the shares that a block names, as far as that travels: all but their transactions behind the sharebase. Whom
/// they had to pay is asked of the state (<see cref="SharechainState"/>).
/// </summary>
internal static class NamedChecks
{
    /// <summary>A longer sharebase, in bytes without witness, is not named: one that names 64 weak shares has 3.4 kB.</summary>
    public const int MostSharebaseBytes = 4_000;

    private static readonly BigInteger LargestTarget = (BigInteger.One << 256) - 1;

    /// <summary>
    /// Whether these are the shares that the header names, byte for byte, each with its work. What fails here may be the doing of
    /// another than the miner.
    /// </summary>
    public static ShareRefusal CheckIdentity(ShareBlock block, SharechainProfile profile)
    {
        var named = block.Named;
        var header = block.Header;
        if (profile.Weak is null
            ? !named.Select(share => share.Id).SequenceEqual(header.Uncles)
            : WeakRoot(named) != header.WeakRoot || named.DistinctBy(share => share.Id).Count() < named.Length)
        {
            // One that stands twice may have the root of those without it, as in CVE-2012-2459.
            return ShareRefusal.NamedOthers;
        }

        foreach (var share in named)
        {
            if (CheckAlone(share, profile) != ShareRefusal.None)
            {
                return ShareRefusal.NamedInvalid;
            }
        }

        return ShareRefusal.None;
    }

    /// <summary>Work and sharebase of one, by itself.</summary>
    public static ShareRefusal CheckAlone(NamedShare share, SharechainProfile profile)
    {
        var fault = profile.Weak is null
            ? ShareChecks.CheckWork(share.Header, share.Proof, profile)
            : CheckWeakWork(share.Header, share.Proof, profile);
        return fault != ShareRefusal.None ? fault : CheckSharebase(share);
    }

    /// <summary>The sharebase of one whose work is checked.</summary>
    public static ShareRefusal CheckSharebase(NamedShare share) =>
        !share.Sharebase.IsCoinbase || share.Sharebase.StrippedSize == ShareChecks.InnerNodeBytes || !share.IsInRoot
            || TransactionChecks.Check(share.Sharebase) != LedgerError.None ? ShareRefusal.Sharebase
        : IsAffordable(share) ? ShareRefusal.None : ShareRefusal.NamedTooDear;

    // Whoever names it carries its bytes, and pays its maker in an output of the own sharebase: neither may cost a block.
    private static bool IsAffordable(NamedShare share) =>
        share.Sharebase.StrippedSize <= MostSharebaseBytes && PayoutAnnotation.IsPayable(share.Maker);

    /// <summary>How many are named, and with how much work; that they are the header's is checked.</summary>
    public static ShareRefusal CheckAmount(ShareBlock block, SharechainProfile profile)
    {
        if (profile.Weak is not { } rule || block.Named.IsEmpty)
        {
            return ShareRefusal.None;
        }

        if (block.Named.Length > rule.Most)
        {
            return ShareRefusal.TooManyWeak;
        }

        var stated = BigInteger.Zero;
        foreach (var share in block.Named)
        {
            stated += share.Header.WeakBits.Work().ToBigInteger();
        }

        return stated > rule.MostWork * block.Header.Bits.Work().ToBigInteger()
            ? ShareRefusal.WeakWork
            : ShareRefusal.None;
    }

    /// <summary>A miner's own target: not harder than the share's, and at most so many times as easy as the row says.</summary>
    public static bool IsWeakTarget(CompactTarget weak, CompactTarget bits, WeakRule rule) =>
        weak.TryExpand(out var easy) && bits.TryExpand(out var hard) && easy >= hard
        && easy.ToBigInteger() <= hard.ToBigInteger() * rule.Ease;

    /// <summary>The easiest target that a miner may choose for its weak shares.</summary>
    public static CompactTarget EasiestWeak(CompactTarget bits, WeakRule rule)
    {
        _ = bits.TryExpand(out var target);
        var easy = BigInteger.Min(target.ToBigInteger() * rule.Ease, LargestTarget);
        return CompactTarget.FromTarget(U256.FromBigInteger(easy));
    }

    /// <summary>Merkle root of the ids of the weak shares that a block names; zeros where it names none.</summary>
    public static Hash256 WeakRoot(ImmutableArray<NamedShare> named) => named.IsEmpty
        ? Hash256.Zero
        : MerkleTree.Root([.. named.Select(share => share.Id.Value)]);

    /// <summary>Rules 1 to 3 of a header that is no share for want of work: it meets its weak target, and not its bits.</summary>
    public static ShareRefusal CheckWeakWork(ShareHeader header, WorkProof proof, SharechainProfile profile)
    {
        var fault = ShareChecks.CheckHeaderForm(header, profile);
        return fault != ShareRefusal.None ? fault
            : header.Bits.IsMetBy(proof.MainHeader.Id.Value) ? ShareRefusal.NamedInvalid
            : ShareChecks.CheckProof(header, proof, header.WeakBits);
    }

    /// <summary>Where each stands, and what the parent, the mainchain and the clock ask of it.</summary>
    public static ShareVerdict CheckInContext(
        ShareBlock block, Node parent, SharechainProfile profile, IMainchainView mainchain, long now)
    {
        foreach (var share in block.Named)
        {
            var verdict = CheckInContext(share, parent, profile, mainchain, now);
            if (!verdict.IsValid)
            {
                return verdict;
            }
        }

        return ShareVerdict.Valid;
    }

    /// <summary>As above, of one that a child of a share would name.</summary>
    public static ShareVerdict CheckInContext(
        NamedShare share, Node parent, SharechainProfile profile, IMainchainView mainchain, long now)
    {
        var header = share.Header;
        var (least, most) = profile switch
        {
            { Uncles: { } rule } => (1, rule.Depth),
            { Weak: { } rule } => (0, rule.Depth - 1),
            _ => (1, 0),
        };
        var depth = parent.Height + 1L - header.Height;
        if (depth < least || depth > most || parent.Ancestor((int)header.Height - 1) is not { } under
            || under.Id != header.Parent)
        {
            return ShareRefusal.NamedTooDeep;
        }

        if (parent.Ancestor((int)header.Height)?.Id == share.Id || IsUncleOf(parent, share))
        {
            return ShareRefusal.NamedTwice;
        }

        var verdict = ShareContextChecks.CheckHeader(
            header, share.Proof, under.Item, ShareChain.MedianTimeOf(under), profile, mainchain, out _);
        if (!verdict.IsValid)
        {
            return verdict.IsDeferred ? verdict : Invalid(verdict);
        }

        if (!share.Sharebase.Inputs[0].ScriptSig.Span.StartsWith(CoinbaseHeight.Push((int)header.Height)))
        {
            return Invalid(ShareRefusal.SharebaseHeight);
        }

        return header.Time > now + profile.MaxFutureSeconds ? ShareRefusal.TimeTooFarAhead : ShareVerdict.Valid;
    }

    // Also on a branch that is not connected: an uncle that counts twice would make it the heavier one. Weak shares count nothing.
    private static bool IsUncleOf(Node parent, NamedShare share)
    {
        for (var at = parent; at is not null && at.Height > share.Header.Height; at = at.Parent)
        {
            if (at.Item.Header.Uncles.Contains(share.Id))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What a named share breaks, as its namer's fault.</summary>
    public static ShareVerdict Invalid(ShareVerdict verdict) =>
        new(ShareRefusal.NamedInvalid, Detail: verdict.ToString());
}
