using Market.Contracts;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Strategies;

/// <summary>What the own transactions of a swap paid to miners, as its agent made them.</summary>
/// <param name="Coins">Satoshis on Bitcoin.</param>
/// <param name="Shares">Base units on the sharechain.</param>
public sealed record SwapCosts(Sats Coins, Quantity Shares)
{
    /// <summary>Reads them off an agent's swap that is over: the newest lock, and the newest claim or refund. Of one that neither
    /// settled nor was refunded, and of a lock whose coins are not known, nothing is counted.</summary>
    /// <param name="swap">The swap.</param>
    /// <param name="outcome">How it ended.</param>
    public static SwapCosts Of(AgentSwap swap, SwapOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(swap);
        var own = swap.Role;
        var other = own == Role.Initiator ? Role.Participant : Role.Initiator;
        var locked = outcome is SwapOutcome.Settled or SwapOutcome.Refunded
            ? Math.Max(0, swap.Newest(OwnTransactionKind.Funding, own)?.Fee.Sats ?? 0)
            : 0;
        var spent = outcome switch
        {
            SwapOutcome.Settled => Spent(OwnTransactionKind.Claim, other),
            SwapOutcome.Refunded => Spent(OwnTransactionKind.Refund, own),
            _ => 0,
        };
        var (coins, shares) = (0L, 0L);
        Add(own, locked);
        Add(outcome == SwapOutcome.Settled ? other : own, spent);
        return new SwapCosts(new Sats(coins), new Quantity(shares));

        long Spent(OwnTransactionKind kind, Role leg) => swap.Newest(kind, leg) is { } made
            ? Math.Max(0, swap.Swap.AmountOf(leg).Sats - made.Transaction.Outputs.Sum(output => output.Value.Sats))
            : 0;

        void Add(Role leg, long fee)
        {
            if (swap.Swap.ChainOf(leg) == SwapChain.Coin)
            {
                coins += fee;
            }
            else
            {
                shares += fee;
            }
        }
    }
}
