using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>What the state at the parent asks of a share.</summary>
internal static class StateChecks
{
    /// <summary>Rules 6 to 8 of a block on top of a state.</summary>
    /// <param name="state">The state at the block's parent; nothing changes in it.</param>
    /// <param name="block">The block; rules 1 to 5 and its own form are checked.</param>
    /// <param name="previousMedianTime">Median time past of its parent, Unix seconds.</param>
    /// <param name="mainSubsidy">The mainchain's subsidy at its candidate block's height.</param>
    public static ShareVerdict Check(
        SharechainState state, ShareBlock block, uint previousMedianTime, Amount mainSubsidy)
    {
        var payees = PayoutRule.Of(state.Payees, block.Transactions[0]);
        var payout = PayoutRule.Check(payees, block.Proof.MainCoinbase, mainSubsidy);
        if (!payout.IsValid)
        {
            return payout;
        }

        foreach (var share in block.Named)
        {
            var named = CheckNamed(state, share);
            if (!named.IsValid)
            {
                return named;
            }
        }

        if (state.Redeem is not null && SpendsFrozen(state, block) is var place and >= 0)
        {
            return new ShareVerdict(ShareRefusal.Frozen, place);
        }

        var minted = Minting.Of(state.Profile, block).Sum;
        if (minted.Sats > Amount.MaxMoney - state.Supply.Sats)
        {
            return ShareRefusal.SupplyExceeded;
        }

        var context = new BlockContext((int)block.Header.Height, previousMedianTime, block.BaseSize);
        var rules = state.Rules with { Issuance = SharechainProfile.Due(minted) };
        return ShareRefusals.From(BlockConnector.Check(state, block.Transactions, context, rules, out _));
    }

    /// <summary>Whether a share may be named by the next block: not twice, and it paid whom it had to. The rest is checked.
    /// </summary>
    public static ShareVerdict CheckNamed(SharechainState state, NamedShare share)
    {
        if (state.Recent!.IsNamed(share.Id))
        {
            return ShareRefusal.NamedTwice;
        }

        if (state.Recent.At((int)share.Header.Height - 1) is not { } under)
        {
            return ShareRefusal.NamedTooDeep;
        }

        // Of the sum all is known without the state.
        var payees = PayoutRule.Of(under.Payees, share.Sharebase);
        var payout = PayoutRule.Check(payees, share.Proof.MainCoinbase, Amount.Zero);
        return payout.IsValid ? payout : NamedChecks.Invalid(payout);
    }

    // The place of a transaction that spends what is frozen, or what is drawn for this very block; -1 for none.
    private static int SpendsFrozen(SharechainState state, ShareBlock block)
    {
        var drawn = state.DrawnToRedeem;
        for (var i = 1; i < block.Transactions.Length; i++)
        {
            foreach (var input in block.Transactions[i].Inputs)
            {
                if (input.PreviousOutput == drawn || state.IsFrozen(input.PreviousOutput))
                {
                    return i;
                }
            }
        }

        return -1;
    }
}
