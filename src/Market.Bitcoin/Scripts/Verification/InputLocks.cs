namespace Market.Bitcoin;

/// <summary>What scripts that lock for a time ask of the transaction that spends with one input.</summary>
/// <param name="transaction">The transaction.</param>
/// <param name="inputIndex">The input, counted from 0.</param>
public readonly struct InputLocks(Transaction transaction, int inputIndex)
{
    private const uint LockTimeThreshold = 500_000_000;
    private const uint SequenceDisableFlag = 1u << 31;
    private const uint SequenceTypeFlag = 1u << 22;
    private const uint SequenceMask = 0xffff;

    /// <summary>Whether OP_CHECKLOCKTIMEVERIFY passes (BIP65).</summary>
    /// <param name="lockTime">The script's number: a height, or from 500,000,000 on a time in Unix seconds.</param>
    public bool CheckLockTime(long lockTime)
    {
        var own = transaction.LockTime;
        return (own < LockTimeThreshold) == (lockTime < LockTimeThreshold) && lockTime <= own
            && transaction.Inputs[inputIndex].Sequence != TxIn.FinalSequence;
    }

    /// <summary>Whether OP_CHECKSEQUENCEVERIFY passes (BIP112).</summary>
    /// <param name="sequence">The script's number; one that <see cref="IsSequenceDisabled"/> asks for nothing.</param>
    public bool CheckSequence(long sequence)
    {
        var own = transaction.Inputs[inputIndex].Sequence;
        if ((uint)transaction.Version < 2 || (own & SequenceDisableFlag) != 0)
        {
            return false;
        }

        var wanted = (uint)sequence & (SequenceTypeFlag | SequenceMask);
        own &= SequenceTypeFlag | SequenceMask;
        return (own < SequenceTypeFlag) == (wanted < SequenceTypeFlag) && wanted <= own;
    }

    /// <summary>True where a number in a script switches its relative lock off.</summary>
    /// <param name="sequence">The script's number.</param>
    public static bool IsSequenceDisabled(long sequence) => (sequence & SequenceDisableFlag) != 0;
}
