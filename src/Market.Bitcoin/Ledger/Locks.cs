namespace Market.Bitcoin.Ledger;

/// <summary>Absolute and relative lock times.</summary>
public static class Locks
{
    /// <summary>A lock time below this is a height, from it on a time in Unix seconds.</summary>
    public const uint TimeThreshold = 500_000_000;

    private const uint DisableFlag = 1u << 31;
    private const uint TypeFlag = 1u << 22;
    private const uint Mask = 0xffff;
    private const int Granularity = 9;

    /// <summary>True where a block may hold the transaction (BIP113).</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="height">The block's height.</param>
    /// <param name="previousMedianTime">Median time past of the block's parent, Unix seconds.</param>
    public static bool IsFinal(Transaction transaction, int height, uint previousMedianTime)
    {
        var limit = transaction.LockTime < TimeThreshold ? (uint)height : previousMedianTime;
        if (transaction.LockTime == 0 || transaction.LockTime < limit)
        {
            return true;
        }

        foreach (ref readonly var input in transaction.Inputs.AsSpan())
        {
            if (input.Sequence != TxIn.FinalSequence)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True where the relative lock of an input has passed (BIP68).</summary>
    /// <param name="version">The transaction's version; below 2 there are no relative locks.</param>
    /// <param name="sequence">The input's sequence.</param>
    /// <param name="coin">What it spends.</param>
    /// <param name="context">The block it would be in.</param>
    public static bool IsPast(int version, uint sequence, in Coin coin, in BlockContext context)
    {
        // Core compares the version unsigned since 2024; a negative one has relative locks.
        if ((uint)version < 2 || (sequence & DisableFlag) != 0)
        {
            return true;
        }

        var value = (long)(sequence & Mask);
        return (sequence & TypeFlag) != 0
            ? coin.PreviousMedianTime + (value << Granularity) <= context.PreviousMedianTime
            : coin.Height + value <= context.Height;
    }
}
