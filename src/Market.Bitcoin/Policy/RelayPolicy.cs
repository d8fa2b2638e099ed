namespace Market.Bitcoin;

/// <summary>Why nodes do not relay a transaction.</summary>
public enum RelayError
{
    /// <summary>They do.</summary>
    None,

    /// <summary>"version": not 1, 2 or 3.</summary>
    Version,

    /// <summary>"tx-size": heavier than 400,000 weight units.</summary>
    TooHeavy,

    /// <summary>"tx-size-small": shorter than 65 bytes without witness (CVE-2017-12842).</summary>
    TooSmall,

    /// <summary>"scriptsig-size": a scriptSig is longer than 1,650 bytes.</summary>
    ScriptSigSize,

    /// <summary>"scriptsig-not-pushonly": a scriptSig does more than push.</summary>
    ScriptSigNotPushOnly,

    /// <summary>"scriptpubkey": an output's script is of no standard kind.</summary>
    ScriptPubKey,

    /// <summary>"multi-op-return": more than one output of data.</summary>
    SeveralDataOutputs,

    /// <summary>"datacarrier": an output of data is longer than the limit.</summary>
    DataTooLong,

    /// <summary>"dust": an output costs more to spend than it is worth.</summary>
    Dust,

    /// <summary>"bad-txns-nonstandard-inputs": an input spends a script of no standard kind, or a costly
    /// P2SH.</summary>
    NonStandardInput,

    /// <summary>"bad-witness-nonstandard": a witness is larger than limits allow, or has an annex.</summary>
    NonStandardWitness,

    /// <summary>"bad-txns-too-many-sigops": signature operations cost more than 16,000.</summary>
    TooManySigOps,

    /// <summary>"bad-txns-in-belowout": outputs are worth more than inputs.</summary>
    NegativeFee,

    /// <summary>"min relay fee not met".</summary>
    FeeTooLow,

    /// <summary>A script does not verify under the standard flags.</summary>
    Script,
}

/// <summary>
/// Bitcoin Core's relay rules with its defaults (policy.cpp), taken at their strictest across its versions, so that no
/// node refuses what passes here.
/// </summary>
public sealed record RelayPolicy
{
    /// <summary>Weight units a relayed transaction may have (MAX_STANDARD_TX_WEIGHT).</summary>
    public const int MaxWeight = 400_000;

    /// <summary>Signature operations a relayed transaction may cost (MAX_STANDARD_TX_SIGOPS_COST).</summary>
    public const int MaxSigOpCost = 16_000;

    private const int MinStrippedSize = 65;
    private const int MaxScriptSigSize = 1650;
    private const int BytesPerSigOp = 20;

    /// <summary>The defaults.</summary>
    public static RelayPolicy Default { get; } = new();

    /// <summary>The least feerate.</summary>
    public FeeRate MinimumFeeRate { get; init; } = FeeRate.MinimumRelay;

    /// <summary>The feerate that dust is reckoned by.</summary>
    public FeeRate DustFeeRate { get; init; } = Market.Bitcoin.Dust.DefaultRate;

    /// <summary>Longest script of an output of data: 83 until Bitcoin Core 29.</summary>
    public int MaxDataScriptSize { get; init; } = 83;

    /// <summary>Virtual size by which fees are reckoned: signature operations count as 20 bytes each
    /// (BIP141).</summary>
    public static int VirtualSize(Transaction transaction, ReadOnlySpan<TxOut> spentOutputs)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return (Math.Max(transaction.Weight, SigOps.Cost(transaction, spentOutputs) * BytesPerSigOp) + 3) / 4;
    }

    /// <summary>Checks all: shape, inputs, fee, scripts.</summary>
    /// <param name="transaction">The signed transaction and the outputs it spends.</param>
    /// <returns><see cref="RelayError.None"/> where nodes relay it.</returns>
    public RelayError Check(PrecomputedTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        var error = CheckShape(transaction.Transaction);
        if (error == RelayError.None)
        {
            error = CheckInputs(transaction);
        }

        if (error == RelayError.None)
        {
            error = CheckFee(transaction);
        }

        return error == RelayError.None
            && ScriptVerifier.VerifyAll(transaction, ScriptFlags.Standard, out _) != ScriptError.OK
            ? RelayError.Script
            : error;
    }

    /// <summary>Checks what needs no coins (Core's IsStandardTx).</summary>
    public RelayError CheckShape(Transaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        if (transaction.Version is < 1 or > 3)
        {
            return RelayError.Version;
        }

        if (transaction.Weight > MaxWeight)
        {
            return RelayError.TooHeavy;
        }

        if (transaction.StrippedSize < MinStrippedSize)
        {
            return RelayError.TooSmall;
        }

        foreach (ref readonly var input in transaction.Inputs.AsSpan())
        {
            if (input.ScriptSig.Length > MaxScriptSigSize)
            {
                return RelayError.ScriptSigSize;
            }

            if (!input.ScriptSig.IsPushOnly)
            {
                return RelayError.ScriptSigNotPushOnly;
            }
        }

        return CheckOutputs(transaction);
    }

    private RelayError CheckOutputs(Transaction transaction)
    {
        var data = 0;
        foreach (ref readonly var output in transaction.Outputs.AsSpan())
        {
            switch (output.ScriptPubKey.Kind)
            {
                case ScriptKind.NonStandard:
                    return RelayError.ScriptPubKey;
                case ScriptKind.Multisig when !IsStandardMultisig(output.ScriptPubKey):
                    return RelayError.ScriptPubKey;
                case ScriptKind.NullData when output.ScriptPubKey.Length > MaxDataScriptSize:
                    return RelayError.DataTooLong;
                case ScriptKind.NullData when ++data > 1:
                    return RelayError.SeveralDataOutputs;
                default:
                    break;
            }

            if (Market.Bitcoin.Dust.IsDust(output, DustFeeRate))
            {
                return RelayError.Dust;
            }
        }

        return RelayError.None;
    }

    private static RelayError CheckInputs(PrecomputedTransaction transaction)
    {
        var inputs = transaction.Transaction.Inputs.AsSpan();
        for (var i = 0; i < inputs.Length; i++)
        {
            var spent = transaction.SpentOutputs[i].ScriptPubKey;
            if (!StandardInput.IsStandard(inputs[i], spent))
            {
                return RelayError.NonStandardInput;
            }

            if (!StandardInput.HasStandardWitness(inputs[i], spent))
            {
                return RelayError.NonStandardWitness;
            }
        }

        return SigOps.Cost(transaction.Transaction, transaction.SpentOutputs.AsSpan()) > MaxSigOpCost
            ? RelayError.TooManySigOps
            : RelayError.None;
    }

    private RelayError CheckFee(PrecomputedTransaction transaction)
    {
        // Amounts may be anything a caller passes; 128 bits hold every sum.
        Int128 fee = 0;
        foreach (ref readonly var spent in transaction.SpentOutputs.AsSpan())
        {
            fee += spent.Value.Sats;
        }

        foreach (ref readonly var output in transaction.Transaction.Outputs.AsSpan())
        {
            fee -= output.Value.Sats;
        }

        if (fee < 0)
        {
            return RelayError.NegativeFee;
        }

        var size = VirtualSize(transaction.Transaction, transaction.SpentOutputs.AsSpan());
        return fee < MinimumFeeRate.FeeFor(size).Sats ? RelayError.FeeTooLow : RelayError.None;
    }

    private static bool IsStandardMultisig(Script script) => script.TryReadMultisig(out _, out var keys) && keys <= 3;
}
