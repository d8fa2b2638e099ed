using Market.Bitcoin.Encoding;
using static Market.Bitcoin.Wallet.Tests.Differential.DifferentialTests;

namespace Market.Bitcoin.Wallet.Tests.Differential;

/// <summary>Keys, signatures, taproot trees, phrases and PSBTs against the same libraries.</summary>
public sealed class SigningDifferentialTests(Peers peers) : IClassFixture<Peers>
{
    private const int Cases = 60;
    private const int PsbtCases = 20;

    [Fact]
    public async Task Signatures_made_there_verify_here_and_are_the_ones_made_here()
    {
        var mine = Many(10, SigningCase.Make, Cases);
        var theirs = await peers.AskAllAsync<Signed>("sign", mine.Select(each => each.Question));
        var exact = 0;
        foreach (var (each, found) in mine.Zip(theirs))
        {
            using var key = each.Key;
            Assert.Equal(key.PublicKey.ToString(), found.PublicKey);
            Assert.Equal(key.PublicKey.Decompress().ToString(), found.LongKey);
            Assert.Equal(key.PublicKey.XOnly.ToString(), found.XOnly);

            foreach (var der in new[] { found.Ecdsa, found.LowR })
            {
                Assert.True(EcdsaSignature.TryParseDer(Hex.Decode(der), out var signature));
                Assert.True(key.PublicKey.Verify(each.Message, signature));
                Assert.False(key.PublicKey.Verify(each.Other, signature));
            }

            // Both sign by RFC 6979. Where its first nonce has a high R, it is ground away in ways that differ.
            Assert.True(EcdsaSignature.TryParseDer(Hex.Decode(found.Ecdsa), out var first));
            if (first.IsLowR)
            {
                Assert.Equal(found.Ecdsa, key.SignEcdsa(each.Message).ToString());
                exact++;
            }

            Assert.Equal(found.Schnorr, key.SignSchnorr(each.Message, each.Auxiliary).ToString());
            Assert.True(SchnorrSignature.TryParse(found.Schnorr, out var schnorr));
            Assert.True(key.PublicKey.XOnly.Verify(each.Message, schnorr));
            using var tweaked = Taproot.OutputPrivateKey(key, each.Root);
            Assert.Equal(found.TweakedKey, Export(tweaked));
            Assert.Equal(found.OutputKey, Taproot.OutputKey(key.PublicKey.XOnly, each.Root, out _).ToString());
        }

        Assert.InRange(exact, Cases / 4, Cases * 3 / 4);
    }

    [Fact]
    public async Task Signatures_made_here_verify_there_and_changed_ones_do_not()
    {
        var mine = Many(11, VerifyingCase.Make, Cases);
        var theirs = await peers.AskAllAsync<Verified>("verify", mine.Select(each => each.Question));
        Assert.All(mine.Zip(theirs), pair =>
        {
            Assert.Equal(pair.First.Good, pair.Second.Ecdsa);
            Assert.Equal(pair.First.Good, pair.Second.Schnorr);
        });
        Assert.Contains(mine, each => each.Good);
        Assert.Contains(mine, each => !each.Good);
    }

    [Fact]
    public async Task Taproot_trees_have_the_same_outputs_and_control_blocks()
    {
        var mine = Many(
            12, values => (Internal: values.PublicKey().XOnly, Tree: RandomTree.Make(values, 3)), Cases);
        var theirs = await peers.AskAllAsync<Tree>(
            "tree", mine.Select(each => new { @internal = each.Internal.ToString(), tree = each.Tree.Question }));
        foreach (var ((key, tree), found) in mine.Zip(theirs))
        {
            Assert.Equal(Taproot.ToScript(key, tree.Tree.Hash).ToString(), found.Output);
            Assert.Equal(found.Output, found.Scure);
            Assert.Equal(tree.Tree.Leaves.Select(leaf => Hex.Encode(leaf.ControlBlock(key))), found.Controls);
        }
    }

    [Fact]
    public async Task Phrases_and_derived_keys_are_the_same()
    {
        var mine = Many(13, WalletCase.Make, 40);
        var theirs = await peers.AskAllAsync<Wallet>("wallet", mine.Select(each => each.Question));
        foreach (var (each, found) in mine.Zip(theirs))
        {
            Assert.Equal(each.Phrase.Reveal(), found.Phrase);
            var seed = each.Phrase.ToSeed(each.Passphrase);
            Assert.Equal(Hex.Encode(seed), found.Seed);
            using var master = ExtendedPrivateKey.FromSeed(seed);
            using var key = master.Derive(each.Path);
            Assert.Equal((key.ToSecretText(each.Network), key.ToPublicText(each.Network)), (found.Secret, found.Open));
            Assert.Equal(key.Fingerprint, found.Fingerprint);
            Assert.Equal(key.ToPublic().Derive(5).ToText(each.Network), found.Child);
            Assert.True(ExtendedPublicKey.TryParse(found.Open, each.Network, out var read));
            Assert.Equal(key.ToPublic(), read);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task PSBTs_made_here_are_signed_there_and_end_as_the_same_transaction(int version)
    {
        var mine = Many(20 + version, values => PsbtCase.Make(values, version), PsbtCases);
        var theirs = await peers.AskAllAsync<SignedPsbt>("psbt", mine.Select(each => each.Question));
        foreach (var (each, found) in mine.Zip(theirs))
        {
            var again = Read(found.Again);

            // btc-signer says of a PSBT of version 2 that says nothing of it that it may still be changed.
            again.Global.RemoveAll(field => field.Type == PsbtGlobalType.Modifiable);
            AssertSame(each.Psbt, again);
            Assert.Equal(each.Psbt.UnsignedTransaction.ToHex(), found.Unsigned);
            var signedThere = Read(found.Signed);
            Assert.Equal(PsbtError.None, signedThere.FinalizeAll());
            Assert.True(signedThere.TryExtract(out var transaction, out _));
            Assert.Equal(found.Extracted, transaction.ToHex());
            Assert.Equal(
                ScriptError.OK,
                ScriptVerifier.VerifyAll(
                    new PrecomputedTransaction(transaction, each.Spend.Spent), ScriptFlags.Standard, out _));
            Assert.True(Read(found.Final).TryExtract(out var final, out _));
            Assert.Equal(found.Extracted, final.ToHex());
            each.Spend.Dispose();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task PSBTs_signed_here_end_there_as_the_same_transaction(int version)
    {
        var mine = Many(30 + version, values => PsbtCase.Make(values, version), PsbtCases);
        foreach (var each in mine)
        {
            foreach (var key in each.Keys)
            {
                each.Psbt.Sign(key);
            }
        }

        var theirs = await peers.AskAllAsync<Finalized>(
            "finalize", mine.Select(each => new { psbt = Hex.Encode(each.Psbt.ToArray()), version }));
        foreach (var (each, found) in mine.Zip(theirs))
        {
            if (version == 0)
            {
                AssertSame(each.Psbt, Read(found.Again!));
            }

            Assert.Equal(PsbtError.None, each.Psbt.FinalizeAll());
            Assert.True(each.Psbt.TryExtract(out var transaction, out _));
            Assert.Equal(transaction.ToHex(), found.Scure);
            Assert.Equal(transaction.ToHex(), found.Bitcoinjs);
            each.Spend.Dispose();
        }
    }

    private static Psbt Read(string hex)
    {
        Assert.True(Psbt.TryParse(Hex.Decode(hex), out var psbt, out var error), $"{error}: {hex}");
        return psbt;
    }

    // Libraries order fields as they like.
    private static void AssertSame(Psbt expected, Psbt found)
    {
        Assert.True(expected.Global.HasSameFields(found.Global), Show(expected.Global, found.Global));
        Assert.Equal((expected.Inputs.Length, expected.Outputs.Length), (found.Inputs.Length, found.Outputs.Length));
        foreach (var (left, right) in expected.Inputs.Zip(found.Inputs).Concat(expected.Outputs.Zip(found.Outputs)))
        {
            Assert.True(left.HasSameFields(right), Show(left, right));
        }
    }

    private static string Show(params PsbtMap[] maps) => string.Join('\n', maps.Select(map => string.Join(' ', map.Fields
        .Select(field => $"{field.Type:x2}:{Convert.ToHexString(field.KeyData.Span)}={Convert.ToHexString(field.Value.Span)}"))));

    internal static string Export(PrivateKey key)
    {
        var bytes = new byte[PrivateKey.Length];
        key.ExportTo(bytes);
        return Hex.Encode(bytes);
    }

    private sealed record Signed(
        string PublicKey, string LongKey, string XOnly, string Ecdsa, string LowR, string Schnorr, string TweakedKey,
        string OutputKey);

    private sealed record Verified(bool Ecdsa, bool Schnorr);

    private sealed record Tree(string Output, string Scure, string[] Controls);

    private sealed record Wallet(string Phrase, string Seed, string Secret, string Open, uint Fingerprint, string Child);

    private sealed record SignedPsbt(string Again, string Unsigned, string Signed, string Final, string Extracted);

    private sealed record Finalized(string Scure, string Bitcoinjs, string? Again);
}
