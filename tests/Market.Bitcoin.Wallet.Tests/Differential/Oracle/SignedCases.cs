using System.Collections.Immutable;
using Market.Fuzzing;

namespace Market.Bitcoin.Wallet.Tests.Differential.Oracle;

/// <summary>Inputs with true signatures, of which some are changed in one place.</summary>
internal static class SignedCases
{
    private static readonly byte[] NoEntropy = new byte[32];
    private static readonly byte[] EcdsaTypes = [1, 2, 3, 0x81, 0x82, 0x83, 1, 1, 0, 4, 0x41, 0xff];
    private static readonly byte[] SchnorrTypes = [0, 1, 2, 3, 0x81, 0x82, 0x83, 0, 0, 4, 0x80, 0xff];

    public static ScriptCase Make(RandomValues values)
    {
        using var key = values.Key();
        var signed = values.Below(6) switch
        {
            0 => Ecdsa(values, key, Script.P2pkh(key.PublicKey), Place.Bare, withKey: true),
            1 => Ecdsa(values, key, Script.P2pkh(key.PublicKey), Place.KeyHash, withKey: true),
            2 => Ecdsa(values, key, Separated(values, key, tapscript: false), values.OneOf(Place.Bare, Place.P2sh, Place.P2wsh)),
            3 => Multisig(values, key),
            4 => KeyPath(values, key),
            _ => ScriptPath(values, key),
        };
        return values.Chance(3) ? signed : Changed(values, signed);
    }

    private enum Place
    {
        Bare,
        P2sh,
        P2wsh,
        KeyHash,
    }

    // With an OP_CODESEPARATOR before the key, or behind it where it must not matter.
    private static Script Separated(RandomValues values, PrivateKey key, bool tapscript)
    {
        var builder = new ScriptBuilder();
        if (values.Chance(3))
        {
            builder.Op(Opcode.OP_CODESEPARATOR);
        }

        builder.PushBytes(tapscript ? key.PublicKey.XOnly.Span : key.PublicKey.Span);
        builder.Op(values.Chance(4) ? Opcode.OP_CHECKSIGVERIFY : Opcode.OP_CHECKSIG);
        if (values.Chance(6))
        {
            builder.Op(Opcode.OP_CODESEPARATOR);
        }

        return builder.Build();
    }

    private static ScriptCase Ecdsa(RandomValues values, PrivateKey key, Script script, Place place, bool withKey = false)
    {
        var type = values.OneOf<byte>(EcdsaTypes);
        var spend = Locked(values, key, script, place);
        var code = script.Span is [(byte)Opcode.OP_CODESEPARATOR, ..] ? new Script(script.Memory[1..]) : script;
        ImmutableArray<byte[]> items = [Sign(spend, key, code, type, place)];
        return Unlock(spend, script, place, withKey ? items.Add(key.PublicKey.Span.ToArray()) : items);
    }

    private static ScriptCase Multisig(RandomValues values, PrivateKey key)
    {
        using var second = values.Key();
        var script = Script.Multisig(1 + values.Below(2), key.PublicKey, second.PublicKey, values.PublicKey(mayBeLong: true));
        var place = values.OneOf(Place.Bare, Place.P2sh, Place.P2wsh);
        var spend = Locked(values, key, script, place);
        var type = values.OneOf<byte>(EcdsaTypes);
        ImmutableArray<byte[]> items = [values.Chance(8) ? [1] : [], Sign(spend, key, script, type, place)];
        items = script.Span[0] == (byte)Opcode.OP_1 ? items : items.Add(Sign(spend, second, script, type, place));
        return Unlock(spend, script, place, values.Chance(8) ? [items[0], .. items.Skip(1).Reverse()] : items);
    }

    private static ScriptCase Locked(RandomValues values, PrivateKey key, Script script, Place place) =>
        ScriptCase.Of(values, place switch
        {
            Place.Bare => script,
            Place.P2sh => Script.P2sh(script),
            Place.P2wsh => Script.P2wsh(script),
            _ => Script.P2wpkh(key.PublicKey),
        });

    private static byte[] Sign(ScriptCase spend, PrivateKey key, Script code, byte type, Place place)
    {
        var precomputed = new PrecomputedTransaction(spend.Transaction, spend.Spent);
        var hash = place is Place.Bare or Place.P2sh
            ? precomputed.LegacySighash(spend.Index, code.Span, type)
            : precomputed.WitnessV0Sighash(spend.Index, code.Span, type);
        return key.SignEcdsa(hash).ToScriptItem((SighashType)type);
    }

    private static ScriptCase Unlock(ScriptCase spend, Script script, Place place, ImmutableArray<byte[]> items)
    {
        var pushes = items.Aggregate(new ScriptBuilder(), (builder, item) => builder.Push(item));
        return place switch
        {
            Place.Bare => spend.Unlocked(pushes.Build(), Witness.Empty),
            Place.P2sh => spend.Unlocked(pushes.PushBytes(script.Span).Build(), Witness.Empty),
            Place.P2wsh => spend.Unlocked(Script.Empty, new Witness([.. items, script.ToArray()])),
            _ => spend.Unlocked(Script.Empty, new Witness([.. items])),
        };
    }

    private static ScriptCase KeyPath(RandomValues values, PrivateKey key)
    {
        var spend = ScriptCase.Of(values, Taproot.ToScript(key.PublicKey.XOnly));
        using var output = Taproot.OutputPrivateKey(key, null);
        var (annex, hashed) = Annex(values);
        var signature = Schnorr(values, spend, output, new TaprootSpend(hashed));
        return spend.Unlocked(Script.Empty, annex is null ? new Witness(signature) : new Witness(signature, annex));
    }

    private static ScriptCase ScriptPath(RandomValues values, PrivateKey key)
    {
        var script = Separated(values, key, tapscript: true);
        var other = TapTree.Leaf(values.Operations());
        var tree = values.Chance(2) ? TapTree.Branch(TapTree.Leaf(script), other) : TapTree.Leaf(script);
        var leaf = tree.Leaves.First(each => each.Script == script);
        var internalKey = values.PublicKey().XOnly;
        var spend = ScriptCase.Of(values, Taproot.ToScript(internalKey, tree.Hash));
        var (annex, hashed) = Annex(values);
        var separator = script.Span[0] == (byte)Opcode.OP_CODESEPARATOR ? 0 : TaprootSpend.NoCodeSeparator;
        var signature = Schnorr(values, spend, key, new TaprootSpend(hashed, leaf.Hash, separator));
        byte[][] items = [signature, script.ToArray(), leaf.ControlBlock(internalKey)];
        return spend.Unlocked(Script.Empty, annex is null ? new Witness(items) : new Witness([.. items, annex]));
    }

    private static (byte[]? Annex, Hash256? Hash) Annex(RandomValues values)
    {
        if (!values.Chance(3))
        {
            return (null, null);
        }

        byte[] annex = [0x50, .. values.SomeBytes(300)];
        return (annex, Hashes.Sha256(new Encoding.ByteWriter().VarBytes(annex).ToArray()));
    }

    private static byte[] Schnorr(RandomValues values, ScriptCase spend, PrivateKey key, TaprootSpend how)
    {
        var type = values.OneOf<byte>(SchnorrTypes);
        var precomputed = new PrecomputedTransaction(spend.Transaction, spend.Spent);
        return precomputed.TryTaprootSighash(spend.Index, (SighashType)type, how, out var hash)
            ? key.SignSchnorr(hash, NoEntropy).ToWitnessItem((SighashType)type)
            : [.. key.SignSchnorr(values.Hash(), NoEntropy).Span, type];
    }

    private static ScriptCase Changed(RandomValues values, ScriptCase spend)
    {
        var (tx, input) = (spend.Transaction, spend.Input);
        return values.Below(8) switch
        {
            0 => spend with { Transaction = new Transaction(tx.Version ^ 1, tx.Inputs, tx.Outputs, tx.LockTime) },
            1 => spend with { Transaction = new Transaction(tx.Version, tx.Inputs, tx.Outputs, tx.LockTime + 1) },
            2 => spend with { Transaction = new Transaction(tx.Version, tx.Inputs, tx.Outputs.RemoveAt(0), tx.LockTime) },
            3 => spend.WithInput(input with { Sequence = input.Sequence ^ 1 }),
            4 => spend with { Spent = [.. spend.Spent.Select(each => each with { Value = new Amount(each.Value.Sats + 1) })] },
            _ => ScriptCases.ChangedInput(values, spend),
        };
    }
}
