namespace Market.Bitcoin.Wallet;

/// <summary>Why nodes do not relay a transaction.</summary>
public enum RelayError
{
    /// <summary>They do.</summary>
    None,

    /// <summary>"version": not 1, 2 or 3.</summary>
    Version,

    /// <summary>"tx-size": heavier than 400,000 weight units.</summary>
    TooHeavy,

    /// <summary>"TRUC-violation": of version 3 and larger than 10,000 virtual bytes (BIP431).</summary>
    TooLargeForVersion3,

    /// <summary>"tx-size-small": shorter than 65 bytes without witness (CVE-2017-12842).</summary>
    TooSmall,

    /// <summary>"scriptsig-size": a scriptSig is longer than 1,650 bytes.</summary>
    ScriptSigSize,

    /// <summary>"scriptsig-not-pushonly": a scriptSig does more than push.</summary>
    ScriptSigNotPushOnly,

    /// <summary>"scriptpubkey": an output's script is of no standard kind.</summary>
    ScriptPubKey,

    /// <summary>"multi-op-return": more outputs of data than one; no rule since Bitcoin Core 30.</summary>
    SeveralDataOutputs,

    /// <summary>"datacarrier": the outputs of data are longer than the limit.</summary>
    DataTooLong,

    /// <summary>"dust": an output costs more to spend than it is worth.</summary>
    Dust,

    /// <summary>"bad-txns-nonstandard-inputs": an input spends a script of no standard kind, or a costly P2SH, or all inputs
    /// run more than 2,500 signature operations outside witnesses (BIP54).</summary>
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
/// Bitcoin Core's relay rules with its defaults (policy.cpp), of one transaction whose inputs are confirmed. What a mempool
/// holds beside it matters to nodes too: replacements, clusters, and version 3 with unconfirmed parents or dust (BIP431).
/// </summary>
public sealed record RelayPolicy
{
    /// <summary>Weight units a relayed transaction may have (MAX_STANDARD_TX_WEIGHT).</summary>
    public const int MaxWeight = 400_000;

    /// <summary>Virtual bytes that a transaction of version 3 may have (TRUC_MAX_VSIZE, BIP431).</summary>
    public const int MaxVersion3Size = 10_000;

    private const int MinStrippedSize = 65;
    private const int MaxScriptSigSize = 1650;

    /// <summary>At their strictest across Bitcoin Core 28 to 31: no node of these refuses what passes here.</summary>
    public static RelayPolicy Default { get; } = new();

    /// <summary>
    /// Those of Bitcoin Core 30 and 31: 0.1 sat/vB are enough, and data may fill any number of outputs.
    /// </summary>
    public static RelayPolicy Core30 { get; } = new()
    {
        MinimumFeeRate = new FeeRate(100),
        MaxDataScriptSize = MaxWeight / 4,
        MaxDataOutputs = int.MaxValue,
    };

    /// <summary>The least feerate.</summary>
    public FeeRate MinimumFeeRate { get; init; } = FeeRate.MinimumRelay;

    /// <summary>The feerate that dust is reckoned by.</summary>
    public FeeRate DustFeeRate { get; init; } = Wallet.Dust.DefaultRate;

    /// <summary>Bytes that the scripts of all outputs of data may have together: 83 until Bitcoin Core 29.</summary>
    public int MaxDataScriptSize { get; init; } = 83;

    /// <summary>How many outputs of data there may be: one until Bitcoin Core 29.</summary>
    public int MaxDataOutputs { get; init; } = 1;

    /// <summary>Virtual size by which fees are reckoned: signature operations count as 20 bytes each
    /// (BIP141).</summary>
    public static int VirtualSize(Transaction transaction, ReadOnlySpan<TxOut> spentOutputs)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return SigOps.VirtualSize(transaction.Weight, SigOps.Cost(transaction, spentOutputs));
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
        var (data, dataSize) = (0, 0L);
        foreach (ref readonly var output in transaction.Outputs.AsSpan())
        {
            switch (output.ScriptPubKey.Kind)
            {
                case ScriptKind.NonStandard:
                    return RelayError.ScriptPubKey;
                case ScriptKind.Multisig when !IsStandardMultisig(output.ScriptPubKey):
                    return RelayError.ScriptPubKey;
                case ScriptKind.NullData when ++data > MaxDataOutputs:
                    return RelayError.SeveralDataOutputs;
                case ScriptKind.NullData when (dataSize += output.ScriptPubKey.Length) > MaxDataScriptSize:
                    return RelayError.DataTooLong;
                default:
                    break;
            }

            if (Wallet.Dust.IsDust(output, DustFeeRate))
            {
                return RelayError.Dust;
            }
        }

        return RelayError.None;
    }

    private static RelayError CheckInputs(PrecomputedTransaction transaction)
    {
        var inputs = transaction.Transaction.Inputs.AsSpan();
        var legacy = 0L;
        for (var i = 0; i < inputs.Length; i++)
        {
            var spent = transaction.SpentOutputs[i].ScriptPubKey;
            legacy += SigOps.LegacyInputCount(inputs[i], spent);
            if (legacy > SigOps.MaxRelayedLegacy)
            {
                return RelayError.NonStandardInput;
            }

            if (!StandardInput.IsStandard(inputs[i], spent))
            {
                return RelayError.NonStandardInput;
            }

            if (!StandardInput.HasStandardWitness(inputs[i], spent))
            {
                return RelayError.NonStandardWitness;
            }
        }

        if (SigOps.Cost(transaction.Transaction, transaction.SpentOutputs.AsSpan()) > SigOps.MaxRelayedCost)
        {
            return RelayError.TooManySigOps;
        }

        return transaction.Transaction.Version == 3
            && VirtualSize(transaction.Transaction, transaction.SpentOutputs.AsSpan()) > MaxVersion3Size
            ? RelayError.TooLargeForVersion3
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
