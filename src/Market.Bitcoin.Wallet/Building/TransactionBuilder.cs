using System.Collections.Immutable;

namespace Market.Bitcoin.Wallet;

/// <summary>A transaction that is not signed yet, and what it spends.</summary>
/// <param name="Transaction">The transaction, scripts and witnesses empty.</param>
/// <param name="SpentOutputs">The outputs its inputs spend, in order.</param>
/// <param name="Fee">What the miners get.</param>
public sealed record UnsignedTransaction(
    Transaction Transaction, ImmutableArray<TxOut> SpentOutputs, Amount Fee)
{
    /// <summary>Signs every input with one key each; see <see cref="TransactionSigner"/>.</summary>
    /// <param name="keyOf">Gives the key of an output that is spent; disposed after use.</param>
    public Transaction Sign(Func<TxOut, PrivateKey> keyOf) =>
        TransactionSigner.Sign(Transaction, SpentOutputs, input => keyOf(SpentOutputs[input]));
}

/// <summary>
/// Puts a payment together: outputs, a feerate, coins to choose from, change. Its inputs are replaceable (BIP125).
/// </summary>
public sealed class TransactionBuilder
{
    private readonly List<TxOut> _outputs = [];
    private readonly FeeRate _rate;
    private uint _lockTime;

    /// <summary>Starts a payment.</summary>
    /// <param name="rate">The feerate; at least <see cref="FeeRate.MinimumRelay"/> or nodes will not relay it.</param>
    public TransactionBuilder(FeeRate rate) => _rate = rate;

    /// <summary>Adds an output.</summary>
    /// <exception cref="ArgumentException">The amount is negative, more than there can be, or dust.</exception>
    public TransactionBuilder Pay(Script script, Amount amount)
    {
        var output = new TxOut(amount, script);
        if (!amount.IsMoney || Dust.IsDust(output))
        {
            throw new ArgumentException($"Nodes do not relay an output of {amount} to this script.", nameof(amount));
        }

        _outputs.Add(output);
        return this;
    }

    /// <summary>Not valid in a block before.</summary>
    /// <param name="lockTime">A height below 500,000,000, else a time in Unix seconds.</param>
    public TransactionBuilder LockUntil(uint lockTime)
    {
        _lockTime = lockTime;
        return this;
    }

    /// <summary>Chooses coins that pay for the outputs and the fee.</summary>
    /// <param name="coins">What may be spent: P2WPKH, P2TR key paths or P2PKH.</param>
    /// <param name="change">Where the rest goes, unless it would be dust.</param>
    /// <returns>Null where the coins do not suffice.</returns>
    public UnsignedTransaction? Fund(IEnumerable<SpendableCoin> coins, Script change) =>
        CoinSelector.Select(coins, _outputs, change, _rate) is { } selection ? Assemble(selection, change) : null;

    /// <summary>Spends exactly these coins.</summary>
    /// <param name="coins">The coins.</param>
    /// <param name="change">Where the rest goes, unless it would be dust.</param>
    /// <returns>Null where the coins do not suffice.</returns>
    public UnsignedTransaction? Spend(ImmutableArray<SpendableCoin> coins, Script change) =>
        CoinSelector.TryFinish(coins, _outputs, change, _rate) is { } selection ? Assemble(selection, change) : null;

    private UnsignedTransaction Assemble(CoinSelection selection, Script change)
    {
        var outputs = selection.Change > Amount.Zero
            ? _outputs.Append(new TxOut(selection.Change, change))
            : _outputs;
        var inputs = selection.Coins.Select(coin => new TxIn(coin.OutPoint, Script.Empty, TxIn.ReplaceableSequence));
        return new UnsignedTransaction(
            new Transaction(2, [.. inputs], [.. outputs], _lockTime),
            [.. selection.Coins.Select(coin => coin.Output)],
            selection.Fee);
    }
}
