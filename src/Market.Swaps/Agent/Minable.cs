using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Bitcoin.Watching;

namespace Market.Swaps.Agent;

/// <summary>
/// What of the unconfirmed an agent reckons with: what a miner could take into the next block. A source may show anything; a
/// refund whose time has not come outbids nobody, and amounts that are no money pay no fee.
/// </summary>
internal static class Minable
{
    /// <summary>A payment as it counts; null where it does not. One in a block does, whatever spends it.</summary>
    public static WatchedPayment? Of(WatchedPayment payment, TipView tip)
    {
        if (payment.Height is null && !IsMinable(payment.Transaction, tip))
        {
            return null;
        }

        return Of(payment.Spend, payment.Output.Value, tip) is null && payment.Spend is not null
            ? payment with { Spend = null }
            : payment;
    }

    /// <summary>A spend as it counts; null where it does not.</summary>
    /// <param name="spend">What a source shows.</param>
    /// <param name="spent">What the output holds that it spends.</param>
    /// <param name="tip">The chain's tip.</param>
    public static WatchedSpend? Of(WatchedSpend? spend, Amount spent, TipView tip)
    {
        if (spend is null or { Height: not null })
        {
            return spend;
        }

        var isPaid = spend.Spender.Inputs.Length != 1 || Total(spend.Spender) <= spent.Sats;
        return isPaid && IsMinable(spend.Spender, tip) ? spend : null;
    }

    /// <summary>Satoshis of all outputs; more than there can be where one of them is no money.</summary>
    public static long Total(Transaction transaction)
    {
        long total = 0;
        foreach (var output in transaction.Outputs)
        {
            if (!output.Value.IsMoney || total > Amount.MaxMoney)
            {
                return long.MaxValue;
            }

            total += output.Value.Sats;
        }

        return total;
    }

    private static bool IsMinable(Transaction transaction, TipView tip) => Total(transaction) <= Amount.MaxMoney
        && Locks.IsFinal(transaction, tip.Height + 1, (uint)Math.Clamp(tip.MedianTimePast, 0, uint.MaxValue));
}
