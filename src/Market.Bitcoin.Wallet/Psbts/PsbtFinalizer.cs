using System.Collections.Immutable;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet;

/// <summary>The finalizer's role (BIP174).</summary>
/// <param name="psbt">What is finished.</param>
internal sealed class PsbtFinalizer(Psbt psbt)
{
    private const int MaxScriptSigPush = 520;

    /// <summary>Finishes some inputs, and checks them with the interpreter.</summary>
    /// <param name="from">The first.</param>
    /// <param name="count">How many.</param>
    /// <returns>The first error; inputs that could be finished are.</returns>
    public PsbtError Finish(int from, int count)
    {
        // What inputs share is worked out once, and one signed transaction is checked: there may be 100,000 inputs.
        var unsigned = psbt.UnsignedTransaction;
        var spent = psbt.SpentOutputs(out var isKnown);
        var bare = new PrecomputedTransaction(unsigned, spent);
        var errors = new PsbtError[count];
        var inputs = unsigned.Inputs.ToBuilder();
        for (var i = from; i < from + count; i++)
        {
            errors[i - from] = isKnown[i] ? Make(i, bare, inputs) : psbt.IsFinal(i) ? PsbtError.None : PsbtError.UnknownSpentOutput;
        }

        var signed = new PrecomputedTransaction(
            new Transaction(unsigned.Version, inputs.MoveToImmutable(), unsigned.Outputs, unsigned.LockTime), spent);
        for (var i = from; i < from + count; i++)
        {
            if (errors[i - from] == PsbtError.None && !psbt.IsFinal(i))
            {
                errors[i - from] = Keep(i, signed);
            }
        }

        return Array.Find(errors, error => error != PsbtError.None);
    }

    private PsbtError Make(int input, PrecomputedTransaction bare, ImmutableArray<TxIn>.Builder inputs)
    {
        if (psbt.IsFinal(input))
        {
            return PsbtError.None;
        }

        var spent = bare.SpentOutputs[input].ScriptPubKey;
        var error = CheckSighash(psbt.Inputs[input], spent.IsP2tr);
        if (error != PsbtError.None)
        {
            return error;
        }

        var assets = new SpendingAssets(psbt.Inputs[input], new InputLocks(bare.Transaction, input));
        var scriptSig = Script.Empty;
        error = spent.IsP2tr
            ? FinishTaproot(input, spent, assets, out var witness)
            : FinishEcdsa(input, spent, assets, out scriptSig, out witness);
        inputs[input] = inputs[input] with { ScriptSig = scriptSig, Witness = witness };
        return error;
    }

    private PsbtError Keep(int input, PrecomputedTransaction signed)
    {
        if (ScriptVerifier.Verify(signed, input, ScriptFlags.Standard) != ScriptError.OK)
        {
            return PsbtError.NotSatisfied;
        }

        var map = psbt.Inputs[input];
        var finished = signed.Transaction.Inputs[input];
        map.RemoveAll(field => field.Type is PsbtInputType.PartialSignature or PsbtInputType.SighashType
            or PsbtInputType.RedeemScript or PsbtInputType.WitnessScript or PsbtInputType.Origin
            or (>= PsbtInputType.Ripemd160Preimage and <= PsbtInputType.Hash256Preimage)
            or (>= PsbtInputType.TapKeySignature and <= PsbtInputType.MuSigPartialSignature));
        if (!finished.ScriptSig.IsEmpty)
        {
            map.Set(PsbtInputType.FinalScriptSig, finished.ScriptSig.Memory);
        }

        if (!finished.Witness.IsEmpty)
        {
            map.Set(PsbtInputType.FinalWitness, WriteWitness(finished.Witness));
        }

        return PsbtError.None;
    }

    // BIP174: signatures must be of the type that the input asks for, where it does.
    private static PsbtError CheckSighash(PsbtMap map, bool isTaproot)
    {
        if (Psbt.Number(map, PsbtInputType.SighashType) is not { } asked)
        {
            return PsbtError.None;
        }

        var signatures = isTaproot
            ? map.Of(PsbtInputType.TapKeySignature).Concat(map.Of(PsbtInputType.TapScriptSignature))
            : map.Of(PsbtInputType.PartialSignature);
        return signatures.All(field => isTaproot ? IsSchnorrOf(field.Value.Span) : field.Value.Span[^1] == Ecdsa())
            ? PsbtError.None
            : PsbtError.WrongSighash;

        bool IsSchnorrOf(ReadOnlySpan<byte> signature) => asked == (uint)SighashType.Default
            ? signature.Length == SchnorrSignature.Length
            : signature.Length > SchnorrSignature.Length && signature[^1] == asked;

        uint Ecdsa() => asked == (uint)SighashType.Default ? (uint)SighashType.All : asked;
    }

    private PsbtError FinishEcdsa(
        int input, Script spent, SpendingAssets assets, out Script scriptSig, out Witness witness)
    {
        (scriptSig, witness) = (default, default);
        var error = psbt.ScriptOf(input, spent, out var script, out var isWitness);
        if (error != PsbtError.None)
        {
            return error;
        }

        if (!Miniscript.TryDecode(script, tapscript: false, out var miniscript)
            || !miniscript.TrySatisfy(assets.Of(null), out var items))
        {
            return PsbtError.NotSatisfied;
        }

        var redeem = spent.IsP2sh ? psbt.Inputs[input][PsbtInputType.RedeemScript] : null;
        var builder = new ScriptBuilder();
        if (isWitness)
        {
            var inner = redeem is { } nested ? new Script(nested) : spent;
            witness = new Witness(inner.IsP2wsh ? items.Add(script.Memory) : items);
        }
        else if (!TryPush(builder, items))
        {
            return PsbtError.NotSatisfied;
        }

        if (redeem is { } push)
        {
            builder.PushBytes(push.Span);
        }

        scriptSig = builder.Build();
        return PsbtError.None;
    }

    private PsbtError FinishTaproot(int input, Script spent, SpendingAssets assets, out Witness witness)
    {
        var map = psbt.Inputs[input];
        witness = default;
        if (map[PsbtInputType.TapKeySignature] is { } signature)
        {
            witness = new Witness([signature]);
            return PsbtError.None;
        }

        var smallest = int.MaxValue;
        foreach (var field in map.Of(PsbtInputType.TapLeafScript))
        {
            var script = new Script(field.Value[..^1]);
            var leaf = Taproot.LeafHash(script, field.Value.Span[^1]);
            if (field.Value.Span[^1] != Taproot.TapscriptLeafVersion
                || !Taproot.IsCommitted(spent.Span[2..], field.KeyData.Span, leaf)
                || !Miniscript.TryDecode(script, tapscript: true, out var miniscript)
                || !miniscript.TrySatisfy(assets.Of(leaf), out var items))
            {
                continue;
            }

            var candidate = new Witness(items.Add(script.Memory).Add(field.KeyData));
            var size = WriteWitness(candidate).Length;
            if (size < smallest)
            {
                (smallest, witness) = (size, candidate);
            }
        }

        return smallest == int.MaxValue ? PsbtError.NotSatisfied : PsbtError.None;
    }

    private static bool TryPush(ScriptBuilder builder, ImmutableArray<ReadOnlyMemory<byte>> items)
    {
        foreach (var item in items)
        {
            if (item.Length > MaxScriptSigPush)
            {
                return false;
            }

            builder.Push(item.Span);
        }

        return true;
    }

    private static byte[] WriteWitness(Witness witness)
    {
        var writer = new ByteWriter();
        writer.CompactSize((ulong)witness.Count);
        foreach (var item in witness.Items)
        {
            writer.VarBytes(item.Span);
        }

        return writer.ToArray();
    }
}
