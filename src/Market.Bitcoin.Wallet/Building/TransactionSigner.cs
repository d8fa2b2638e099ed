using System.Collections.Immutable;

namespace Market.Bitcoin.Wallet;

/// <summary>
/// Signs inputs that one key spends: P2WPKH (BIP143), P2TR by its key path (BIP341, BIP86) and P2PKH.
/// </summary>
public static class TransactionSigner
{
    private static readonly byte[] NoEntropy = new byte[32];

    /// <summary>Signs every input with SIGHASH_ALL (taproot: SIGHASH_DEFAULT).</summary>
    /// <param name="unsigned">The transaction; its scripts and witnesses are replaced.</param>
    /// <param name="spent">The outputs that its inputs spend, in order.</param>
    /// <param name="keyOf">Gives the key of an input by its number; disposed after use. For P2TR the key before
    /// tweaking.</param>
    /// <returns>The signed transaction.</returns>
    /// <exception cref="ArgumentException">A key is not the one that the script names.</exception>
    /// <exception cref="NotSupportedException">A script is of another kind.</exception>
    public static Transaction Sign(Transaction unsigned, ImmutableArray<TxOut> spent, Func<int, PrivateKey> keyOf)
    {
        var precomputed = new PrecomputedTransaction(unsigned, spent);
        var inputs = ImmutableArray.CreateBuilder<TxIn>(unsigned.Inputs.Length);
        for (var i = 0; i < unsigned.Inputs.Length; i++)
        {
            using var key = keyOf(i);
            var script = spent[i].ScriptPubKey;
            inputs.Add(script switch
            {
                { IsP2wpkh: true } => P2wpkh(precomputed, i, key),
                { IsP2tr: true } => P2tr(precomputed, i, key),
                { IsP2pkh: true } => P2pkh(precomputed, i, key),
                _ => throw new NotSupportedException("Only P2WPKH, P2TR and P2PKH outputs are spent with one key."),
            });
        }

        return new Transaction(unsigned.Version, inputs.MoveToImmutable(), unsigned.Outputs, unsigned.LockTime);
    }

    private static TxIn P2wpkh(PrecomputedTransaction precomputed, int index, PrivateKey key)
    {
        Require(precomputed, index, Script.P2wpkh(key.PublicKey));
        var signature = key.SignEcdsa(precomputed.P2wpkhSighash(index, key.PublicKey.Hash160));
        return precomputed.Transaction.Inputs[index] with
        {
            ScriptSig = Script.Empty,
            Witness = new Witness(signature.ToScriptItem(), key.PublicKey.Span.ToArray()),
        };
    }

    private static TxIn P2tr(PrecomputedTransaction precomputed, int index, PrivateKey key)
    {
        using var output = Taproot.OutputPrivateKey(key, null);
        Require(precomputed, index, Script.P2tr(output.PublicKey.XOnly));
        if (!precomputed.TryTaprootSighash(index, SighashType.Default, TaprootSpend.KeyPath, out var hash))
        {
            throw new InvalidOperationException("SIGHASH_DEFAULT always has a hash.");
        }

        var signature = output.SignSchnorr(hash, NoEntropy);
        return precomputed.Transaction.Inputs[index] with
        {
            ScriptSig = Script.Empty,
            Witness = new Witness(signature.ToWitnessItem()),
        };
    }

    private static TxIn P2pkh(PrecomputedTransaction precomputed, int index, PrivateKey key)
    {
        var script = Script.P2pkh(key.PublicKey);
        Require(precomputed, index, script);
        var signature = key.SignEcdsa(precomputed.LegacySighash(index, script.Span, (uint)SighashType.All));
        var unlocking = new ScriptBuilder().PushBytes(signature.ToScriptItem()).PushBytes(key.PublicKey.Span).Build();
        return precomputed.Transaction.Inputs[index] with { ScriptSig = unlocking, Witness = Witness.Empty };
    }

    private static void Require(PrecomputedTransaction precomputed, int index, Script script)
    {
        if (precomputed.SpentOutputs[index].ScriptPubKey != script)
        {
            throw new ArgumentException($"The key given for input {index} is not the one that its script names.");
        }
    }
}
