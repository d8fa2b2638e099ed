using System.Collections.Immutable;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Wallet;

namespace Market.Fuzzing;

/// <summary>A transaction with the outputs that it spends, and the keys that may spend them.</summary>
/// <param name="Transaction">Unsigned.</param>
/// <param name="Spent">In order of the inputs.</param>
/// <param name="Keys">In order of the inputs.</param>
public sealed record RandomSpend(
    Transaction Transaction, ImmutableArray<TxOut> Spent, ImmutableArray<PrivateKey> Keys) : IDisposable
{
    public PrecomputedTransaction Precomputed => new(Transaction, Spent);

    public void Dispose()
    {
        foreach (var key in Keys)
        {
            key.Dispose();
        }
    }
}

/// <content>Things to sign.</content>
public sealed partial class RandomValues
{
    /// <summary>An unsigned transaction that spends an output of a single key with every input.</summary>
    /// <param name="kinds">Which kinds of output: P2pkh, P2wpkh, P2tr; P2sh stands for P2SH-P2WPKH.</param>
    public RandomSpend Spend(params ReadOnlySpan<ScriptKind> kinds)
    {
        var keys = Many(4, Key);
        var inputs = keys.Select(_ => new TxIn(OutPoint(), Bitcoin.Script.Empty, OneOf<uint>(Sequences)));
        var spent = ImmutableArray.CreateBuilder<TxOut>(keys.Length);
        foreach (var key in keys)
        {
            spent.Add(new TxOut(new Amount(50_000 + Below(1_000_000)), ScriptOf(OneOf(kinds), key.PublicKey)));
        }

        var transaction = new Transaction(
            OneOf(1, 2), [.. inputs], Many(4, () => new TxOut(new Amount(1_000 + Below(40_000)), AddressScript())),
            OneOf(0u, 650_000u, 1_600_000_000u));
        return new RandomSpend(transaction, spent.MoveToImmutable(), keys);
    }

    /// <summary>A PSBT with what signers need; perhaps signed.</summary>
    public Psbt Psbt(bool version2)
    {
        using var spend = Spend(ScriptKind.P2wpkh, ScriptKind.P2tr, ScriptKind.P2sh);
        var psbt = version2 ? Bitcoin.Wallet.Psbt.CreateVersion2(spend.Transaction) : Bitcoin.Wallet.Psbt.Create(spend.Transaction);
        for (var i = 0; i < psbt.Inputs.Length; i++)
        {
            FillInput(psbt.Inputs[i], spend.Spent[i], spend.Keys[i].PublicKey);
        }

        if (Chance(3))
        {
            psbt.Global.Set(
                PsbtGlobalType.Proprietary,
                new ByteWriter().VarBytes(SomeBytes(20)).CompactSize((ulong)Below(300)).Bytes(SomeBytes(10)).ToArray(),
                SomeBytes(40));
        }

        foreach (var key in spend.Keys.Where(_ => Chance(2)))
        {
            psbt.Sign(key);
        }

        if (Chance(4))
        {
            psbt.FinalizeAll();
        }

        return psbt;
    }

    /// <summary>Sets an input's fields so that the key's owner can sign it.</summary>
    public void FillInput(PsbtMap input, TxOut spent, PublicKey key)
    {
        input.Set(
            PsbtInputType.SpentOutput,
            new ByteWriter().Int64(spent.Value.Sats).VarBytes(spent.ScriptPubKey.Span).ToArray());
        var origin = new KeyOrigin(UInt32(), Path());
        if (spent.ScriptPubKey.Kind == ScriptKind.P2tr)
        {
            input.Set(PsbtInputType.TapInternalKey, key.XOnly.Span.ToArray());
            input.Set(PsbtInputType.TapOrigin, key.XOnly.Span.ToArray(), (byte[])[0, .. origin.ToArray()]);
            return;
        }

        input.Set(PsbtInputType.Origin, key.Span.ToArray(), origin.ToArray());
        if (spent.ScriptPubKey.Kind == ScriptKind.P2sh)
        {
            input.Set(PsbtInputType.RedeemScript, Bitcoin.Script.P2wpkh(key).Memory);
        }
    }

    private static Script ScriptOf(ScriptKind kind, PublicKey key) => kind switch
    {
        ScriptKind.P2pkh => Bitcoin.Script.P2pkh(key),
        ScriptKind.P2wpkh => Bitcoin.Script.P2wpkh(key),
        ScriptKind.P2sh => Bitcoin.Script.P2sh(Bitcoin.Script.P2wpkh(key)),
        ScriptKind.P2tr => Taproot.ToScript(key.XOnly),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a script of a single key."),
    };
}
