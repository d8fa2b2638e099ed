namespace Market.Bitcoin.Ledger;

/// <summary>Whether a block commits to its witnesses in the coinbase.</summary>
public enum WitnessCommitmentRule
{
    /// <summary>As BIP141 writes it, in an output of the coinbase.</summary>
    InCoinbase,

    /// <summary>Elsewhere (the sharechain's header names a witness root): the ledger does not look.</summary>
    Elsewhere,
}

/// <summary>What a chain asks of its transactions and blocks. Immutable.</summary>
/// <param name="CoinbaseMaturity">A coinbase of height h may be spent at height h + this and after.</param>
/// <param name="MaxWeight">Weight units a block may have (BIP141).</param>
/// <param name="MaxSigOpCost">Signature operations a block may have, four for each outside a witness (BIP141).</param>
/// <param name="Issuance">New coins at a height.</param>
/// <param name="ExactIssuance">True where the coinbase pays exactly issuance and fees, false where at most.</param>
/// <param name="WitnessCommitment">Where a block commits to its witnesses.</param>
/// <param name="Scripts">Verifies scripts and counts signature operations.</param>
public sealed record LedgerRules(
    int CoinbaseMaturity,
    int MaxWeight,
    int MaxSigOpCost,
    IssuanceSchedule Issuance,
    bool ExactIssuance,
    WitnessCommitmentRule WitnessCommitment,
    IScriptRules Scripts)
{
    /// <summary>Weight units that a block of Bitcoin may have.</summary>
    public const int BitcoinMaxWeight = 4_000_000;

    /// <summary>What signature operations of a block of Bitcoin may cost.</summary>
    public const int BitcoinMaxSigOpCost = 80_000;

    /// <summary>
    /// What every output that can be spent is worth, those that cannot being worth nothing; null where any amount is allowed, as on
    /// Bitcoin.
    /// </summary>
    public Amount? OutputAmount { get; init; }

    /// <summary>
    /// What every output of a transaction that is no coinbase is worth at least, where it can be spent; nought where any amount is
    /// allowed, as on Bitcoin. What a coinbase may pay is left to the chain.
    /// </summary>
    public Amount LeastOutput { get; init; }

    /// <summary>False where an output is of another amount than the chain allows.</summary>
    public bool AllowsAmounts(Transaction transaction)
    {
        if (OutputAmount is not { } whole)
        {
            return transaction.IsCoinbase || LeastOutput == Amount.Zero
                || IsNowhereBelow(transaction.Outputs.AsSpan(), LeastOutput);
        }

        foreach (ref readonly var output in transaction.Outputs.AsSpan())
        {
            if (output.Value != (BlockConnector.IsSpendable(output.ScriptPubKey) ? whole : Amount.Zero))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>False where an output that can be spent is worth less than an amount.</summary>
    public static bool IsNowhereBelow(ReadOnlySpan<TxOut> outputs, Amount least)
    {
        foreach (ref readonly var output in outputs)
        {
            if (output.Value < least && BlockConnector.IsSpendable(output.ScriptPubKey))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Bitcoin's own, every soft fork up to taproot active from genesis.</summary>
    /// <param name="scripts">Verifies scripts.</param>
    public static LedgerRules Bitcoin(IScriptRules scripts) => new(
        100, BitcoinMaxWeight, BitcoinMaxSigOpCost, IssuanceSchedule.Bitcoin, false, WitnessCommitmentRule.InCoinbase, scripts);
}

/// <summary>A subsidy that halves.</summary>
/// <param name="Initial">Base units a block at first.</param>
/// <param name="HalvingInterval">Blocks until each halving.</param>
public readonly record struct IssuanceSchedule(Amount Initial, int HalvingInterval)
{
    /// <summary>50 coins, halving every 210,000 blocks.</summary>
    public static IssuanceSchedule Bitcoin => new(new Amount(50 * Amount.Coin), 210_000);

    /// <summary>New base units at a height.</summary>
    public Amount At(int height)
    {
        var halvings = height / HalvingInterval;
        return halvings >= 63 ? Amount.Zero : new Amount(Initial.Sats >> halvings);
    }

    /// <summary>Sum of what the blocks from height 1 up to and with a height bring; genesis is not counted.</summary>
    public Amount TotalThrough(int height)
    {
        long total = 0;
        for (var from = 1; from <= height;)
        {
            var next = (int)Math.Min((long)(from / HalvingInterval + 1) * HalvingInterval, (long)height + 1);
            total = checked(total + At(from).Sats * (next - from));
            if (At(from).Sats == 0)
            {
                break;
            }

            from = next;
        }

        return new Amount(total);
    }
}

/// <summary>What a block's checks need to know of the chain below it.</summary>
/// <param name="Height">The block's own height.</param>
/// <param name="PreviousMedianTime">Median time past of its parent, Unix seconds: what lock times compare with.</param>
/// <param name="BaseSize">Bytes of the block that are no transactions: header, counts, proofs.</param>
public readonly record struct BlockContext(int Height, uint PreviousMedianTime, int BaseSize = BlockHeader.Length + 1);

/// <summary>What the ledger asks of a script interpreter.</summary>
public interface IScriptRules
{
    /// <summary>Verifies every input's script and witness.</summary>
    /// <param name="transactions">The transactions, no coinbase among them, with the outputs they spend.</param>
    /// <returns>The first input, in order, that does not verify; null where all do.</returns>
    FailedInput? Verify(IReadOnlyList<PrecomputedTransaction> transactions);

    /// <summary>Signature operations at their cost (BIP141).</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="spent">The outputs its inputs spend, in order; empty for a coinbase.</param>
    int SigOpCost(Transaction transaction, ReadOnlySpan<TxOut> spent);

    /// <summary>The same rules, and proposed soft forks active besides.</summary>
    /// <param name="proposals">Some of <see cref="ScriptFlags.Proposed"/>.</param>
    /// <exception cref="NotSupportedException">An interpreter that knows no proposals leaves none out in silence.</exception>
    IScriptRules With(ScriptFlags proposals) =>
        throw new NotSupportedException($"{GetType().Name} knows no proposed rules of scripts.");
}
