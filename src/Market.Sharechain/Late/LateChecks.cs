using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>Why late work is not registered. A share that carries it is valid all the same: it only registers nothing.</summary>
public enum LateRefusal
{
    /// <summary>Nothing stands against it: it is registered, unless it was before.</summary>
    None,

    /// <summary>
    /// The coinbase is none, does not lead to the header's merkle root, or does not begin with a height (BIP34) near that of the
    /// mainchain block that the share builds on.
    /// </summary>
    Coinbase,

    /// <summary>The coinbase names no key, several, or one that is on no curve: nobody could ever sign with it.</summary>
    Key,

    /// <summary>The share builds on a mainchain block so low that the race may not be over.</summary>
    TooEarly,

    /// <summary>The share builds on a mainchain block so high that it is too late.</summary>
    TooLate,

    /// <summary>Its parent is not the mainchain's block below its height.</summary>
    Parent,

    /// <summary>It is the mainchain's block at its height: it won.</summary>
    Winner,

    /// <summary>Its bits are not what the mainchain requires there.</summary>
    Bits,

    /// <summary>Its hash is above the target.</summary>
    Work,

    /// <summary>The mainchain's blocks at and below its height are not known (yet): the share waits.</summary>
    Unknown,
}

/// <summary>The rules of late work that need the mainchain and no state.</summary>
public static class LateChecks
{
    /// <summary>Whether a share registers late work, as far as the mainchain tells.</summary>
    /// <param name="late">What it carries.</param>
    /// <param name="from">The mainchain block that the share builds on: what is active is seen from there.</param>
    /// <param name="rule">The row's rule.</param>
    /// <param name="mainchain">The mainchain as this node sees it.</param>
    /// <param name="work">What is registered; null where nothing is.</param>
    public static LateRefusal Check(
        LateRegistration late, MainchainPoint from, LateRule rule, IMainchainView mainchain, out LateWork? work)
    {
        work = null;
        var coinbase = late.Coinbase;
        if (!coinbase.IsCoinbase || TransactionChecks.Check(coinbase) != LedgerError.None
            || coinbase.StrippedSize == ShareChecks.InnerNodeBytes
            || LedgerMerkle.FoldFirst(coinbase.Id.Value, late.Branch.AsSpan()) != late.Header.MerkleRoot)
        {
            return LateRefusal.Coinbase;
        }

        if (late.Key is not { } key || !XOnlyPublicKey.TryParse(key.ToArray(), out _))
        {
            return LateRefusal.Key;
        }

        if (HeightOf(late, from, rule) is not { } height)
        {
            return LateRefusal.Coinbase;
        }

        var refusal = from.Height < height + rule.Race ? LateRefusal.TooEarly
            : from.Height > height + rule.Window ? LateRefusal.TooLate
            : CheckPlace(late, from, height, rule, mainchain);
        work = refusal == LateRefusal.None ? new LateWork(late.Header.Id, height, key) : null;
        return refusal;
    }

    /// <summary>The height that its coinbase names; null where that is none near the share's.</summary>
    public static int? HeightOf(LateRegistration late, MainchainPoint from, LateRule rule)
    {
        // Looked for, since a push of a number has one right form only: a little outside of the window too, so as to say why.
        var script = late.Coinbase.Inputs[0].ScriptSig.Span;
        for (var height = Math.Max(1, from.Height - 2 * rule.Window); height <= from.Height + rule.Window; height++)
        {
            if (script.StartsWith(CoinbaseHeight.Push(height)))
            {
                return height;
            }
        }

        return null;
    }

    private static LateRefusal CheckPlace(
        LateRegistration late, MainchainPoint from, int height, LateRule rule, IMainchainView mainchain)
    {
        if (mainchain.Ancestor(from.Id, height) is not { } active || mainchain.Ancestor(from.Id, height - 1) is not { } below)
        {
            return LateRefusal.Unknown;
        }

        if (late.Header.Previous != below)
        {
            return LateRefusal.Parent;
        }

        if (late.Header.Id == active)
        {
            return LateRefusal.Winner;
        }

        if (mainchain.Find(below) is not { } parent)
        {
            return LateRefusal.Unknown;
        }

        if (late.Header.Bits != parent.NextBits || !late.Header.Bits.TryExpand(out var target))
        {
            return LateRefusal.Bits;
        }

        return late.Header.Id.Value.ToU256().ToBigInteger() <= target.ToBigInteger() * rule.Ease
            ? LateRefusal.None
            : LateRefusal.Work;
    }
}
