using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>The rules that need neither coins nor parent: what a share's bytes say by themselves.</summary>
public static class ShareChecks
{
    /// <summary>Bytes that a mainchain coinbase may have, without witness.</summary>
    public const int MostMainCoinbaseBytes = 20_000;

    /// <summary>Seconds that a mainchain header may be ahead of its share.</summary>
    public const int MostMainSecondsAhead = 7_200;

    private const int LeastMainVersion = 4;

    // Of this length it could be read as an inner node of the merkle tree, and hide another coinbase (CVE-2017-12842).
    internal const int InnerNodeBytes = 64;

    /// <summary>Rules 1 to 5 and 7 as far as the block alone tells.</summary>
    /// <param name="block">The block.</param>
    /// <param name="profile">The chain's profile.</param>
    public static ShareVerdict CheckAlone(ShareBlock block, SharechainProfile profile)
    {
        var fault = CheckIdentity(block, profile);
        return fault != ShareRefusal.None ? fault : ShareBodyChecks.Check(block, profile);
    }

    /// <summary>
    /// Whether there is work, and the bytes are those that the id commits to. What passes here and breaks another rule
    /// breaks it whoever sends it: its id may be remembered as refused.
    /// </summary>
    public static ShareRefusal CheckIdentity(ShareBlock block, SharechainProfile profile)
    {
        var fault = CheckWork(block.Header, block.Proof, profile);
        fault = fault != ShareRefusal.None ? fault : ShareBodyChecks.CheckRoots(block);
        return fault != ShareRefusal.None ? fault : NamedChecks.CheckIdentity(block, profile);
    }

    /// <summary>Whether a share's work is that of a weak one, and its bytes are those that its id commits to.</summary>
    public static ShareRefusal CheckWeak(ShareBlock block, SharechainProfile profile)
    {
        // Its work first: without it nobody has its transactions hashed.
        var fault = NamedChecks.CheckWeakWork(block.Header, block.Proof, profile);
        fault = fault != ShareRefusal.None ? fault : ShareBodyChecks.CheckRoots(block);
        return fault != ShareRefusal.None ? fault : NamedChecks.CheckSharebase(NamedShare.Of(block));
    }

    /// <summary>Whether what travels of a weak share has its work and its sharebase.</summary>
    public static ShareRefusal CheckWeak(NamedShare share, SharechainProfile profile)
    {
        ArgumentNullException.ThrowIfNull(share);
        return NamedChecks.CheckAlone(share, profile);
    }

    /// <summary>Rules 1 to 5 as far as a header and its proof tell without the parent.</summary>
    public static ShareRefusal CheckWork(ShareHeader header, WorkProof proof, SharechainProfile profile)
    {
        var fault = CheckHeaderForm(header, profile);
        return fault != ShareRefusal.None ? fault : CheckProof(header, proof, header.Bits);
    }

    /// <summary>Rules 1 and 2 as far as the header alone tells.</summary>
    public static ShareRefusal CheckHeaderForm(ShareHeader header, SharechainProfile profile)
    {
        if (header.Version != profile.HeaderVersion)
        {
            return ShareRefusal.Version;
        }

        // Rule 2 as far as it goes without the parent: an easier target would let shares without work wait for one.
        if (header.Bits.TryExpand(out var target) && profile.EasiestBits.TryExpand(out var easiest) && target > easiest)
        {
            return ShareRefusal.Bits;
        }

        if (profile.Weak is { } weak && !NamedChecks.IsWeakTarget(header.WeakBits, header.Bits, weak))
        {
            return ShareRefusal.WeakBits;
        }

        if (header.Uncles.Length > (profile.Uncles?.Most ?? 0))
        {
            return ShareRefusal.TooManyUncles;
        }

        for (var i = 1; i < header.Uncles.Length; i++)
        {
            if (header.Uncles[i].CompareTo(header.Uncles[i - 1]) <= 0)
            {
                return ShareRefusal.UncleOrder;
            }
        }

        return ShareRefusal.None;
    }

    /// <summary>
    /// Rules 3 and 4, and 5 as far as it goes without the mainchain: the work is enough, it is for this header, and it
    /// could be a Bitcoin block.
    /// </summary>
    /// <param name="header">The header.</param>
    /// <param name="proof">Its work.</param>
    /// <param name="bits">The target to be met: the header's own; of a weak share the one that its miner chose.</param>
    public static ShareRefusal CheckProof(ShareHeader header, WorkProof proof, CompactTarget bits)
    {
        if (!bits.IsMetBy(proof.MainHeader.Id.Value))
        {
            return ShareRefusal.WorkTooLow;
        }

        if (!proof.IsInMerkleRoot)
        {
            return ShareRefusal.MainMerkleRoot;
        }

        var coinbase = proof.MainCoinbase;
        if (!coinbase.IsCoinbase || TransactionChecks.Check(coinbase) != LedgerError.None
            || coinbase.StrippedSize == InnerNodeBytes)
        {
            return ShareRefusal.MainCoinbase;
        }

        var commitment = ShareCommitment.Check(coinbase, header.Commitment);
        return commitment != ShareRefusal.None ? commitment : CheckMainAlone(header, proof);
    }

    private static ShareRefusal CheckMainAlone(ShareHeader header, WorkProof proof)
    {
        if (proof.MainCoinbase.StrippedSize > MostMainCoinbaseBytes)
        {
            return ShareRefusal.MainCoinbaseSize;
        }

        if (proof.MainHeader.Version < LeastMainVersion)
        {
            return ShareRefusal.MainVersion;
        }

        return proof.MainHeader.Time > (long)header.Time + MostMainSecondsAhead
            ? ShareRefusal.MainTimeTooFarAhead
            : ShareRefusal.None;
    }
}
