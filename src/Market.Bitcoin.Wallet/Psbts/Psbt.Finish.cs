using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet;

/// <content>The combiner's, finalizer's and extractor's roles.</content>
public sealed partial class Psbt
{
    private const int MaxScriptSigPush = 520;

    /// <summary>
    /// Takes over what another PSBT of the same transaction knows more (BIP174's combiner); where both have a field, this
    /// one's value stays. In version 2 sequences may differ (BIP370), and only what both let change may still change.
    /// </summary>
    /// <returns><see cref="PsbtError.DifferentTransactions"/> where it is of another.</returns>
    public PsbtError Merge(Psbt other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Version != other.Version || Inputs.Length != other.Inputs.Length || Outputs.Length != other.Outputs.Length
            || UniqueId() != other.UniqueId())
        {
            return PsbtError.DifferentTransactions;
        }

        var flags = Common(ModifiableFlags, other.ModifiableFlags);
        Global.MergeFrom(other.Global);
        if (Global.Has(PsbtGlobalType.Modifiable))
        {
            ModifiableFlags = flags;
        }

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
    public PsbtError FinalizeAll() => Finish(0, Inputs.Length);

    /// <summary>
    /// Makes an input's scriptSig and witness out of its signatures, preimages and scripts, the smallest that nobody
    /// else can change, and checks it with the interpreter. What was needed for it is then removed.
    /// </summary>
    /// <param name="input">The input; one that is final is left as it is.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such input.</exception>
    public PsbtError FinalizeInput(int input)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)input, (uint)Inputs.Length);
        return Finish(input, 1);
    }

    // What inputs share is worked out once, and one signed transaction is checked: there may be 100,000 inputs.
    private PsbtError Finish(int from, int count)
    {
        var unsigned = UnsignedTransaction;
        var spent = SpentOutputs(out var isKnown);
        var bare = new PrecomputedTransaction(unsigned, spent);
        var errors = new PsbtError[count];
        var inputs = unsigned.Inputs.ToBuilder();
        for (var i = from; i < from + count; i++)
        {
            errors[i - from] = isKnown[i] ? Make(i, bare, inputs) : IsFinal(i) ? PsbtError.None : PsbtError.UnknownSpentOutput;
        }

        var signed = new PrecomputedTransaction(
            new Transaction(unsigned.Version, inputs.MoveToImmutable(), unsigned.Outputs, unsigned.LockTime), spent);
        for (var i = from; i < from + count; i++)
        {
            if (errors[i - from] == PsbtError.None && !IsFinal(i))
            {
                errors[i - from] = Keep(i, signed);
            }
        }

        return Array.Find(errors, error => error != PsbtError.None);
    }

    private bool IsFinal(int input) =>
        Inputs[input].Has(PsbtInputType.FinalScriptSig) || Inputs[input].Has(PsbtInputType.FinalWitness);

    private PsbtError Make(int input, PrecomputedTransaction bare, ImmutableArray<TxIn>.Builder inputs)
    {
        if (IsFinal(input))
        {
            return PsbtError.None;
        }

        var spent = bare.SpentOutputs[input].ScriptPubKey;
        var error = CheckSighash(Inputs[input], spent.IsP2tr);
        if (error != PsbtError.None)
        {
            return error;
        }

        var assets = new SpendingAssets(Inputs[input], new InputLocks(bare.Transaction, input));
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

        var map = Inputs[input];
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
        if (Number(map, PsbtInputType.SighashType) is not { } asked)
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

    private PsbtError FinishEcdsa(
        int input, Script spent, SpendingAssets assets, out Script scriptSig, out Witness witness)
    {
        (scriptSig, witness) = (default, default);
        var error = ScriptOf(input, spent, out var script, out var isWitness);
        if (error != PsbtError.None)
        {
            return error;
        }

        if (!Miniscript.TryDecode(script, tapscript: false, out var miniscript)
            || !miniscript.TrySatisfy(assets.Of(null), out var items))
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

    private PsbtError FinishTaproot(int input, Script spent, SpendingAssets assets, out Witness witness)
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
