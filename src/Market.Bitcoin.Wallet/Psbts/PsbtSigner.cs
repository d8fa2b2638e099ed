namespace Market.Bitcoin.Wallet;

/// <summary>The signer's role (BIP174).</summary>
/// <param name="psbt">What is signed.</param>
/// <param name="key">The key; for taproot key paths the internal one.</param>
/// <param name="auxiliaryEntropy">32 bytes for BIP340; null for zeros.</param>
/// <param name="allowAnySighash">False signs only what covers all inputs and outputs.</param>
internal sealed class PsbtSigner(Psbt psbt, PrivateKey key, byte[]? auxiliaryEntropy, bool allowAnySighash)
{
    private readonly PrivateKey _key = key ?? throw new ArgumentNullException(nameof(key));
    private readonly byte[] _entropy = auxiliaryEntropy ?? new byte[32];

    /// <summary>Adds every signature that the key can make.</summary>
    /// <returns>How many were added.</returns>
    public int Sign()
    {
        var count = 0;
        var precomputed = new PrecomputedTransaction(psbt.UnsignedTransaction, psbt.SpentOutputs(out var isKnown));
        var allKnown = !isKnown.Contains(false);
        for (var i = 0; i < psbt.Inputs.Length; i++)
        {
            if (psbt.IsFinal(i) || !isKnown[i])
            {
                continue;
            }

            var asked = Psbt.Number(psbt.Inputs[i], PsbtInputType.SighashType);
            if (!IsSighash(asked ?? 0)
                || (!allowAnySighash && asked is not (null or (uint)SighashType.Default or (uint)SighashType.All)))
            {
                continue;
            }

            var spent = precomputed.SpentOutputs[i].ScriptPubKey;
            var signing = new Signing(psbt, i, precomputed, _key, _entropy, asked);
            var added = spent.IsP2tr && allKnown ? signing.SignTaproot(spent) : signing.SignEcdsa(spent);
            if (added > 0)
            {
                Bind(asked ?? 0);
            }

            count += added;
        }

        return count;
    }

    private static bool IsSighash(uint type) => type is <= (uint)SighashType.Single
        or >= (uint)(SighashType.All | SighashType.AnyoneCanPay) and <= (uint)(SighashType.Single | SighashType.AnyoneCanPay);

    // BIP370, "Signer": what a signature covers may no longer be changed, and the PSBT says so.
    private void Bind(uint type)
    {
        if (psbt.Version != 2)
        {
            return;
        }

        var flags = psbt.Modifiable;
        flags &= (type & (uint)SighashType.AnyoneCanPay) == 0 ? ~PsbtModifiable.Inputs : flags;
        var outputs = (SighashType)(type & (uint)SighashType.Single);
        flags &= outputs != SighashType.None ? ~PsbtModifiable.Outputs : flags;
        flags |= outputs == SighashType.Single ? PsbtModifiable.HasSingle : 0;
        psbt.Modifiable = flags;
    }

    private readonly struct Signing(
        Psbt psbt, int input, PrecomputedTransaction precomputed, PrivateKey key, byte[] entropy, uint? asked)
    {
        private PsbtMap Map => psbt.Inputs[input];

        public int SignEcdsa(Script spent)
        {
            var type = (SighashType)(byte)(asked is null or 0 ? (uint)SighashType.All : asked.Value);
            if (psbt.ScriptOf(input, spent, out var script, out var isWitness) != PsbtError.None
                || (!isWitness && !Map.Has(PsbtInputType.PreviousTransaction)) || !Names(script, key.PublicKey.Span))
            {
                return 0;
            }

            var hash = isWitness
                ? precomputed.WitnessV0Sighash(input, script.Span, (uint)type)
                : precomputed.LegacySighash(input, script.Span, (uint)type);
            if (HasValid(hash))
            {
                return 0;
            }

            Map.Set(
                PsbtInputType.PartialSignature, key.PublicKey.Span.ToArray(), key.SignEcdsa(hash).ToScriptItem(type));
            return 1;
        }

        // A right signature stays, be it made in another way; a wrong one must not keep a right one out.
        private bool HasValid(Hash256 hash) =>
            Map.Find(PsbtInputType.PartialSignature, key.PublicKey.Span) is { Length: > 1 } present
            && EcdsaSignature.TryParseDer(present.Span[..^1], out var signature)
            && key.PublicKey.Verify(hash, signature);

        public int SignTaproot(Script spent)
        {
            var type = (SighashType)(byte)(asked ?? (uint)SighashType.Default);
            return SignKeyPath(spent, type) + SignLeaves(spent, type);
        }

        private int SignKeyPath(Script spent, SighashType type)
        {
            var internalKey = Map[PsbtInputType.TapInternalKey];
            if (internalKey is { } named && !named.Span.SequenceEqual(key.PublicKey.XOnly.Span))
            {
                return 0;
            }

            Hash256? root = Map[PsbtInputType.TapMerkleRoot] is { } bytes ? new Hash256(bytes.Span) : null;
            using var output = Taproot.OutputPrivateKey(key, root);
            var signer = spent == Script.P2tr(output.PublicKey.XOnly) ? output
                : spent == Script.P2tr(key.PublicKey.XOnly) ? key : null;
            if (signer is null || !precomputed.TryTaprootSighash(input, type, TaprootSpend.KeyPath, out var hash))
            {
                return 0;
            }

            Map.Set(PsbtInputType.TapKeySignature, signer.SignSchnorr(hash, entropy).ToWitnessItem(type));
            return 1;
        }

        private int SignLeaves(Script spent, SighashType type)
        {
            var count = 0;
            var xOnly = key.PublicKey.XOnly;
            foreach (var field in Map.Of(PsbtInputType.TapLeafScript).ToList())
            {
                var script = new Script(field.Value[..^1]);
                var leaf = Taproot.LeafHash(script, field.Value.Span[^1]);
                if (field.Value.Span[^1] != Taproot.TapscriptLeafVersion || !Names(script, xOnly.Span)
                    || !Taproot.IsCommitted(spent.Span[2..], field.KeyData.Span, leaf)
                    || !precomputed.TryTaprootSighash(input, type, TaprootSpend.ScriptPath(leaf), out var hash))
                {
                    continue;
                }

                Map.Set(
                    PsbtInputType.TapScriptSignature,
                    (byte[])[.. xOnly.Span, .. leaf.ToArray()],
                    key.SignSchnorr(hash, entropy).ToWitnessItem(type));
                count++;
            }

            return count;
        }

        // Whether a script pushes a key or its hash.
        private static bool Names(Script script, ReadOnlySpan<byte> key)
        {
            Span<byte> hash = stackalloc byte[Hash160.Length];
            Hashes.Hash160(key, hash);
            var reader = new ScriptReader(script.Span);
            while (reader.TryRead(out _, out var data))
            {
                if (data.SequenceEqual(key) || data.SequenceEqual(hash))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
