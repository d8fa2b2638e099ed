using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>What the parent, the mainchain and the clock ask of a share.</summary>
public static class ShareContextChecks
{
    /// <summary>
    /// Rules 1, 2 and 5, and of 6 and 7 what needs no coins: what the parent, the mainchain and the clock ask.
    /// </summary>
    /// <param name="block">The block; rules 1 to 5 and 7 hold as far as it alone tells.</param>
    /// <param name="parent">The parent.</param>
    /// <param name="parentMedianTime">Median time past of the parent, Unix seconds.</param>
    /// <param name="profile">The chain's profile.</param>
    /// <param name="mainchain">The mainchain as this node sees it.</param>
    /// <param name="now">The local clock, Unix seconds.</param>
    /// <param name="info">What to keep of the block; null where refused.</param>
    public static ShareVerdict Check(
        ShareBlock block,
        ShareInfo parent,
        uint parentMedianTime,
        SharechainProfile profile,
        IMainchainView mainchain,
        long now,
        out ShareInfo? info)
    {
        info = null;
        var header = block.Header;
        var verdict = CheckHeader(header, block.Proof, parent, parentMedianTime, profile, mainchain, out var main);
        if (!verdict.IsValid)
        {
            return verdict;
        }

        var body = BlockChecks.CheckInContext(
            block.Transactions,
            new BlockContext((int)header.Height, parentMedianTime, block.BaseSize),
            profile.Rules(NoScripts.Instance));
        if (!body.IsOk)
        {
            return ShareRefusals.From(body);
        }

        if (header.Time > now + profile.MaxFutureSeconds)
        {
            return ShareRefusal.TimeTooFarAhead;
        }

        info = parent.Child(block.Id, header, main!.Height, profile);
        return ShareVerdict.Valid;
    }

    /// <summary>Rules 1, 2 and 5, and of 6 what needs no state, of a header and its proof: of a block, or of one that is named.
    /// </summary>
    /// <param name="header">The header.</param>
    /// <param name="proof">Its work.</param>
    /// <param name="parent">The parent.</param>
    /// <param name="parentMedianTime">Median time past of the parent, Unix seconds.</param>
    /// <param name="profile">The chain's profile.</param>
    /// <param name="mainchain">The mainchain as this node sees it.</param>
    /// <param name="main">The mainchain block that the proof builds on; null where it is not known.</param>
    internal static ShareVerdict CheckHeader(
        ShareHeader header, WorkProof proof, ShareInfo parent, uint parentMedianTime, SharechainProfile profile,
        IMainchainView mainchain, out MainchainPoint? main)
    {
        main = null;
        if (header.Height != parent.Header.Height + 1)
        {
            return ShareRefusal.Height;
        }

        if (header.Time <= parentMedianTime)
        {
            return ShareRefusal.TimeTooOld;
        }

        if (header.Bits != parent.NextBits(profile))
        {
            return ShareRefusal.Bits;
        }

        main = mainchain.Find(proof.MainHeader.Previous);
        if (main is null)
        {
            return ShareRefusal.MainPreviousUnknown;
        }

        var refusal = CheckMain(proof, parent, profile, main);
        return refusal != ShareRefusal.None
            ? refusal
            : PayoutRule.CheckSum(proof.MainCoinbase, mainchain.Subsidy(main.Height + 1), profile.Payout);
    }

    private static ShareRefusal CheckMain(
        WorkProof proof, ShareInfo parent, SharechainProfile profile, MainchainPoint main)
    {
        if (main.Height < parent.HighestMainHeight - profile.MainLag)
        {
            return ShareRefusal.MainPreviousTooOld;
        }

        if (proof.MainHeader.Bits != main.NextBits)
        {
            return ShareRefusal.MainBits;
        }

        if (proof.MainHeader.Time <= main.MedianTimePast)
        {
            return ShareRefusal.MainTimeTooOld;
        }

        if (!proof.MainCoinbase.Inputs[0].ScriptSig.Span.StartsWith(CoinbaseHeight.Push(main.Height + 1)))
        {
            return ShareRefusal.MainCoinbase;
        }

        return Locks.IsFinal(proof.MainCoinbase, main.Height + 1, main.MedianTimePast)
            ? ShareRefusal.None
            : ShareRefusal.MainCoinbaseNotFinal;
    }
}
