using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin;

/// <content>The combiner's, finalizer's and extractor's roles.</content>
public sealed partial class Psbt
{
    private const int MaxScriptSigPush = 520;

    /// <summary>Takes over what another PSBT of the same transaction knows more (BIP174's combiner).</summary>
    /// <returns><see cref="PsbtError.DifferentTransactions"/> where it is of another.</returns>
    public PsbtError Merge(Psbt other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Version != other.Version || Inputs.Length != other.Inputs.Length || Outputs.Length != other.Outputs.Length
            || UnsignedTransaction.Id != other.UnsignedTransaction.Id)
        {
            return PsbtError.DifferentTransactions;
        }

        Global.MergeFrom(other.Global);
        for (var i = 0; i < Inputs.Length; i++)
        {
            Inputs[i].MergeFrom(other.Inputs[i]);
        }

        for (var i = 0; i < Outputs.Length; i++)
        {
            Outputs[i].MergeFrom(other.Outputs[i]);
        }

        return PsbtError.None;
    }

    /// <summary>Finishes every input; see <see cref="FinalizeInput"/>.</summary>
    /// <returns>The first error; inputs that could be finished are.</returns>
    public PsbtError FinalizeAll()
    {
        var first = PsbtError.None;
        for (var i = 0; i < Inputs.Length; i++)
        {
            var error = FinalizeInput(i);
            first = first == PsbtError.None ? error : first;
        }

        return first;
    }

    /// <summary>
    /// Makes an input's scriptSig and witness out of its signatures, preimages and scripts, the smallest that nobody
    /// else
    /// can change, and checks it with the interpreter. What was needed for it is then removed.
    /// </summary>
    public PsbtError FinalizeInput(int input)
    {
        var map = Inputs[input];
        if (map.Has(PsbtInputType.FinalScriptSig) || map.Has(PsbtInputType.FinalWitness))
        {
            return PsbtError.None;
        }

        if (!TryGetSpentOutput(input, out var spent))
        {
            return PsbtError.UnknownSpentOutput;
        }

        var scriptSig = Script.Empty;
        var error = spent.ScriptPubKey.IsP2tr
            ? FinishTaproot(input, spent.ScriptPubKey, out var witness)
            : FinishEcdsa(input, spent.ScriptPubKey, out scriptSig, out witness);
        if (error != PsbtError.None)
        {
            return error;
        }

        if (!Verifies(input, scriptSig, witness))
        {
            return PsbtError.NotSatisfied;
        }

        map.RemoveAll(field => field.Type is PsbtInputType.PartialSignature or PsbtInputType.SighashType
            or PsbtInputType.RedeemScript or PsbtInputType.WitnessScript or PsbtInputType.Origin
            or (>= PsbtInputType.Ripemd160Preimage and <= PsbtInputType.Hash256Preimage)
            or (>= PsbtInputType.TapKeySignature and <= PsbtInputType.MuSigPartialSignature));
        if (!scriptSig.IsEmpty)
        {
            map.Set(PsbtInputType.FinalScriptSig, scriptSig.Memory);
        }

        if (!witness.IsEmpty)
        {
            map.Set(PsbtInputType.FinalWitness, WriteWitness(witness));
        }

        return PsbtError.None;
    }

    /// <summary>The signed transaction of a PSBT whose inputs are all final.</summary>
    public bool TryExtract([NotNullWhen(true)] out Transaction? transaction, out PsbtError error)
    {
        (transaction, error) = (null, PsbtError.None);
        var unsigned = UnsignedTransaction;
        var inputs = ImmutableArray.CreateBuilder<TxIn>(Inputs.Length);
        for (var i = 0; i < Inputs.Length; i++)
        {
            var scriptSig = Inputs[i][PsbtInputType.FinalScriptSig];
            var witness = Witness.Empty;
            if (Inputs[i][PsbtInputType.FinalWitness] is { } bytes)
            {
                PsbtRules.TryReadWitness(bytes, out witness);
            }
            else if (scriptSig is null)
            {
                error = PsbtError.NotFinal;
                return false;
            }

            inputs.Add(unsigned.Inputs[i] with
            {
                ScriptSig = new Script(scriptSig.GetValueOrDefault()),
                Witness = witness,
            });
        }

        transaction = new Transaction(unsigned.Version, inputs.MoveToImmutable(), unsigned.Outputs, unsigned.LockTime);
        return true;
    }

    private PsbtError FinishEcdsa(int input, Script spent, out Script scriptSig, out Witness witness)
    {
        (scriptSig, witness) = (default, default);
        var error = ScriptOf(input, spent, out var script, out var isWitness);
        if (error != PsbtError.None)
        {
            return error;
        }

        if (!Miniscript.TryDecode(script, tapscript: false, out var miniscript)
            || !miniscript.TrySatisfy(Assets(input, default), out var items))
        {
            return PsbtError.NotSatisfied;
        }

        var redeem = spent.IsP2sh ? Inputs[input][PsbtInputType.RedeemScript] : null;
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

    private PsbtError FinishTaproot(int input, Script spent, out Witness witness)
    {
        var map = Inputs[input];
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
                || !miniscript.TrySatisfy(Assets(input, leaf), out var items))
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

    private MiniscriptAssets Assets(int input, Hash256? leaf)
    {
        var map = Inputs[input];
        var unsigned = UnsignedTransaction;
        var locks = new SignatureChecker(
            new PrecomputedTransaction(unsigned, [.. new TxOut[unsigned.Inputs.Length]]), input);
        return new MiniscriptAssets
        {
            Signature = key => leaf is { } hash
                ? map.Find(PsbtInputType.TapScriptSignature, [.. key.Bytes.Span, .. hash.ToArray()])
                : map.Of(PsbtInputType.PartialSignature)
                    .Where(field => Hash160.Of(field.KeyData.Span) == key.Hash)
                    .Select(field => (ReadOnlyMemory<byte>?)field.Value).FirstOrDefault(),
            KeyOf = hash => map.Of(PsbtInputType.PartialSignature).Concat(map.Of(PsbtInputType.Origin))
                .Where(field => Hash160.Of(field.KeyData.Span) == hash)
                .Select(field => (ReadOnlyMemory<byte>?)field.KeyData).FirstOrDefault(),
            Preimage = (fragment, hash) =>
            {
                // The result's type matters: a bare null would become empty memory, a preimage that is there.
                var preimage = map.Find(PreimageType(fragment), hash.Span);
                return preimage is { Length: 32 } ? preimage : default;
            },
            After = lockTime => locks.CheckLockTime(lockTime),
            Older = sequence => locks.CheckSequence(sequence),
        };
    }

    private bool Verifies(int input, Script scriptSig, Witness witness)
    {
        var unsigned = UnsignedTransaction;
        var signed = new Transaction(
            unsigned.Version,
            unsigned.Inputs.SetItem(
                input, unsigned.Inputs[input] with { ScriptSig = scriptSig, Witness = witness }),
            unsigned.Outputs,
            unsigned.LockTime);
        return ScriptVerifier.Verify(signed, input, SpentOutputs(out _), ScriptFlags.Standard) == ScriptError.OK;
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

    private static ulong PreimageType(MiniscriptFragment fragment) => fragment switch
    {
        MiniscriptFragment.Ripemd160 => PsbtInputType.Ripemd160Preimage,
        MiniscriptFragment.Hash160 => PsbtInputType.Hash160Preimage,
        MiniscriptFragment.Hash256 => PsbtInputType.Hash256Preimage,
        _ => PsbtInputType.Sha256Preimage,
    };

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
