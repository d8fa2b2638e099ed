using System.Collections.Immutable;
using Market.Swaps.Agent;

namespace Market.Simulation;

/// <summary>A party that lost every file but its seed finds its swap on the chains, by the search that ships.</summary>
internal static class Restoring
{
    /// <summary>The journal that the chains give back; null where they show nothing of the party's.</summary>
    public static AgentSwap? Find(World world, Role role)
    {
        var (shares, coins) = (world.Chain(SwapChain.Share), world.Chain(SwapChain.Coin));
        var search = new SwapSearch(index => SimKeys.PublicOf(role, index), index => SimKeys.HashOf(role, index));
        for (var height = 1; height <= shares.Height; height++)
        {
            var block = shares.BlockAt(height);
            foreach (var held in block.Transactions)
            {
                search.Look(held.Transaction, height, block.MedianTimePast);
            }
        }

        foreach (var waiting in shares.Pool)
        {
            search.Look(waiting.Transaction, null, shares.MedianTimePast);
        }

        foreach (var found in search.Found)
        {
            if (found.Role == role)
            {
                var own = LockOf(role == Role.Initiator ? shares : coins, found, role);
                return SwapAdoption.Adopt(
                    found, world.Scenario.Plan, "SIM", 1, own, new SwapTips(shares.Tip, coins.Tip, world.Now));
            }
        }

        return null;
    }

    private static SeenLock? LockOf(SimChain chain, FoundSwap found, Role role)
    {
        foreach (var paid in chain.PaymentsTo(found.Terms.ContractOf(role)))
        {
            if (chain.TransactionOf(paid.TxId) is not { } made || chain.Know(made) is not { } known
                || (known.Height == 0 && !known.Waits) || chain.OutputOf(made.Inputs[0].PreviousOutput) is not { } spent
                || SimKeys.OwnerOf(spent.ScriptPubKey) != role)
            {
                continue;
            }

            ImmutableArray<SpentCoin> coins = [new SpentCoin(made.Inputs[0].PreviousOutput, spent.Value, spent.ScriptPubKey)];
            return new SeenLock(made, paid, known.Height == 0 ? null : known.Height, coins);
        }

        return null;
    }
}
