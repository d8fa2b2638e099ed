using System.Collections.Immutable;

namespace Market.Bitcoin.Tests.Verification;

/// <summary>A cache of signatures makes verification cheaper and never changes what it finds.</summary>
public sealed class CachedVerdicts
{
    private const int Rounds = 3_000;

    private enum Place
    {
        Legacy,
        P2wsh,
        Tapscript,
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_key_of_32_bytes_in_an_ecdsa_script_has_no_right_signature_with_a_cache_either(bool segwit)
    {
        // A BIP340 signature that is right under that key, written as an ECDSA signature.
        var script = new ScriptBuilder().PushBytes(Spender.Key(5).PublicKey.Span[1..33]).Op(Opcode.OP_CHECKSIG).Build();
        var place = segwit ? Place.P2wsh : Place.Legacy;
        var spend = Spend(place, script, hash => SchnorrAsDer(Spender.Key(5), hash));
        var cache = new SignatureCache(new byte[32]);

        Assert.Equal(ScriptError.EVAL_FALSE, ScriptVerifier.Verify(spend, 0, ScriptFlags.Consensus));
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(ScriptError.EVAL_FALSE, ScriptVerifier.Verify(spend, 0, ScriptFlags.Consensus, cache));
        }

        Assert.Equal(0, cache.Hits);
    }

    [Fact]
    public void A_signature_known_to_be_right_by_one_algorithm_is_not_right_by_the_other()
    {
        var cache = new SignatureCache(new byte[32]);
        var message = Hashes.Sha256([1]).ToArray();
        var key = Spender.Key(5);
        var schnorr = key.SignSchnorr(message, new byte[32]).Span.ToArray();
        var xOnly = key.PublicKey.Span[1..33].ToArray();

        Assert.True(cache.VerifySchnorr(xOnly, message, schnorr));
        Assert.False(cache.VerifyEcdsa(xOnly, message, schnorr));
        Assert.True(cache.VerifySchnorr(xOnly, message, schnorr));
        Assert.Equal(1, cache.Hits);
    }

    // A message on the stack has any length (BIP348); one of 32 bytes may be the hash of another.
    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(40)]
    [InlineData(520)]
    public void A_signature_of_a_message_is_of_no_other(int length)
    {
        var cache = new SignatureCache(new byte[32]);
        var (key, message) = (Spender.Key(5), new byte[length]);
        var signature = key.SignSchnorr(message, new byte[32]).Span.ToArray();
        var xOnly = key.PublicKey.Span[1..33].ToArray();
        byte[] longer = [.. message, 1];
        byte[] padded = length < 32 ? new byte[32] : [.. message[..32]];

        for (var i = 0; i < 2; i++)
        {
            Assert.True(cache.VerifySchnorr(xOnly, message, signature));
            Assert.Equal(i, cache.Hits);
            Assert.False(cache.VerifySchnorr(xOnly, longer, signature));
            Assert.False(cache.VerifySchnorr(xOnly, padded, signature));
            Assert.False(cache.VerifySchnorr(xOnly, Hashes.Sha256(message).ToArray(), signature));
        }
    }

    [Fact]
    public void Random_scripts_of_keys_and_signatures_end_the_same_with_and_without_a_cache()
    {
        var random = new Random(340_143);
        var cache = new SignatureCache(new byte[32], 1024);
        var valid = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var place = (Place)random.Next(3);
            var script = RandomScript(random, place, out var signatures);
            var spend = Spend(place, script, _ => [], signatures);
            var flags = random.Next(2) == 0 ? ScriptFlags.Consensus : ScriptFlags.Standard;
            var expected = ScriptVerifier.Verify(spend, 0, flags);

            Assert.Equal(expected, ScriptVerifier.Verify(spend, 0, flags, cache));
            Assert.Equal(expected, ScriptVerifier.Verify(spend, 0, flags, cache));
            valid += expected == ScriptError.OK ? 1 : 0;
        }

        // Both sides of the verdict are met often, and the cache is used.
        Assert.InRange(valid, Rounds / 20, Rounds * 19 / 20);
        Assert.True(cache.Hits > Rounds / 20);
    }

    // Scripts of up to three checks; each signature is of a random kind, often the right one.
    private static Script RandomScript(
        Random random, Place place, out List<Func<Hash256, byte[]>> signatures)
    {
        var builder = new ScriptBuilder();
        signatures = [];
        var checks = random.Next(1, 4);
        for (var i = 0; i < checks; i++)
        {
            var key = Spender.Key(random.Next(1, 4));
            builder.PushBytes(KeyBytes(random, key, place));
            var last = i == checks - 1;
            builder.Op(last ? Opcode.OP_CHECKSIG : Opcode.OP_CHECKSIGVERIFY);
            signatures.Insert(0, SignatureOf(random, key, place));
        }

        return builder.Build();
    }

    private static byte[] KeyBytes(Random random, PrivateKey key, Place place)
    {
        var compressed = key.PublicKey.Span.ToArray();
        var right = place == Place.Tapscript ? compressed[1..] : compressed;
        return random.Next(8) switch
        {
            0 => compressed[1..],
            1 => compressed,
            2 => [.. compressed, 0],
            3 => [(byte)(compressed[0] ^ 1), .. compressed[1..]],
            _ => right,
        };
    }

    private static Func<Hash256, byte[]> SignatureOf(Random random, PrivateKey key, Place place) =>
        random.Next(8) switch
        {
            0 => _ => [],
            1 => hash => SchnorrAsDer(key, hash),
            2 => hash => key.SignSchnorr(hash, new byte[32]).Span.ToArray(),
            3 => hash => key.SignEcdsa(hash).ToScriptItem(),
            4 => _ => SchnorrAsDer(key, default),
            _ => hash => place == Place.Tapscript
                ? key.SignSchnorr(hash, new byte[32]).Span.ToArray()
                : key.SignEcdsa(hash).ToScriptItem(),
        };

    private static byte[] SchnorrAsDer(PrivateKey key, Hash256 hash)
    {
        var schnorr = key.SignSchnorr(hash, new byte[32]);
        return EcdsaSignature.TryParseCompact(schnorr.Span, out var der) ? der.ToScriptItem() : [];
    }

    private static PrecomputedTransaction Spend(
        Place place, Script script, Func<Hash256, byte[]> only, List<Func<Hash256, byte[]>>? all = null)
    {
        all ??= [only];
        var tree = TapTree.Leaf(script);
        var output = place switch
        {
            Place.P2wsh => Script.P2wsh(script),
            Place.Tapscript => Script.P2tr(Taproot.OutputKey(XOnlyPublicKey.Nums, tree.Hash, out _)),
            _ => script,
        };
        var blank = Spender.Spend(output);
        var hash = place switch
        {
            Place.Legacy => blank.LegacySighash(0, script.Span, 1),
            Place.P2wsh => blank.WitnessV0Sighash(0, script.Span, 1),
            _ => Tap(blank, tree),
        };
        var items = all.Select(make => make(hash)).ToArray();
        if (place == Place.Legacy)
        {
            var scriptSig = new ScriptBuilder();
            foreach (var item in items)
            {
                scriptSig.PushBytes(item);
            }

            var input = blank.Transaction.Inputs[0] with { ScriptSig = scriptSig.Build() };
            return With(blank, input);
        }

        byte[][] tail = place == Place.P2wsh
            ? [script.ToArray()]
            : [script.ToArray(), tree.Leaves[0].ControlBlock(XOnlyPublicKey.Nums)];
        return With(blank, blank.Transaction.Inputs[0] with { Witness = new Witness([.. items, .. tail]) });
    }

    private static Hash256 Tap(PrecomputedTransaction blank, TapTree tree)
    {
        Assert.True(blank.TryTaprootSighash(
            0, SighashType.Default, TaprootSpend.ScriptPath(tree.Leaves[0].Hash), out var hash));
        return hash;
    }

    private static PrecomputedTransaction With(PrecomputedTransaction blank, TxIn input) => new(
        new Transaction(
            blank.Transaction.Version, ImmutableArray.Create(input), blank.Transaction.Outputs,
            blank.Transaction.LockTime),
        blank.SpentOutputs);
}
