namespace Market.Bitcoin.Wallet.Tests.Messages;

public sealed class Bip322Tests
{
    private static readonly PrivateKey Key = Spender.Key(1);
    private static readonly Script P2wpkh = Script.P2wpkh(Key.PublicKey);
    private static readonly Script P2tr = Taproot.ToScript(Key.PublicKey.XOnly);
    private static readonly OutPoint Point = new(new TxId(Hashes.Sha256([7])), 3);

    [Fact]
    public void A_signature_is_right_for_its_message_and_script_only()
    {
        foreach (var script in new[] { P2wpkh, P2tr })
        {
            var signature = Bip322.Sign("mine"u8, script, Key);

            Assert.StartsWith("smp", signature, StringComparison.Ordinal);
            Assert.Equal("ok", Bip322.Verify("mine"u8, script, signature).Code);
            Assert.Equal("bip322-script", Bip322.Verify("yours"u8, script, signature).Code);
            Assert.Equal(
                Bip322Error.Script,
                Bip322.Verify("mine"u8, Script.P2wpkh(Spender.Key(2).PublicKey), signature).Error);
        }
    }

    [Fact]
    public void Whoever_signs_for_a_script_that_is_not_the_keys_is_stopped()
    {
        using var other = Spender.Key(2);
        Assert.Throws<ArgumentException>(() => Bip322.Sign("x"u8, P2wpkh, other));
        Assert.Throws<ArgumentException>(() => Bip322.Sign("x"u8, P2tr, other));
        Assert.Throws<ArgumentException>(() => Bip322.Sign("x"u8, Script.P2pkh(Key.PublicKey), Key));
    }

    [Fact]
    public void Scripts_without_a_simple_form_are_refused()
    {
        foreach (var script in new[] { Script.P2pkh(Key.PublicKey), Script.Empty, Script.WitnessProgram(2, new byte[32]) })
        {
            Assert.Equal("bip322-address-kind", Bip322.Verify([], script, "smpAA==").Code);
        }
    }

    [Theory]
    [InlineData(null, Bip322Error.SignatureLength)]
    [InlineData("smp", Bip322Error.WitnessFormat)]
    [InlineData("smpAQ==", Bip322Error.WitnessFormat)]
    [InlineData("smpAAA=", Bip322Error.WitnessFormat)]
    [InlineData("smp AA==", Bip322Error.SignatureFormat)]
    [InlineData("smpAB==", Bip322Error.SignatureFormat)]
    [InlineData("smpAA", Bip322Error.SignatureFormat)]
    [InlineData("SMPAA==", Bip322Error.SignatureFormat)]
    [InlineData("pofAA==", Bip322Error.SignatureFormat)]
    public void Text_that_is_no_witness_is_refused(string? signature, Bip322Error error) =>
        Assert.Equal(error, Bip322.Verify([], P2wpkh, signature).Error);

    [Fact]
    public void Text_that_is_too_long_is_refused_unread()
    {
        var text = "smp" + new string('A', Bip322.MaxSignatureLength);
        Assert.Equal(Bip322Error.SignatureLength, Bip322.Verify([], P2wpkh, text).Error);
    }

    [Theory]
    [InlineData(SighashType.None)]
    [InlineData(SighashType.Single)]
    [InlineData(SighashType.All | SighashType.AnyoneCanPay)]
    public void Signatures_that_do_not_cover_all_are_refused(SighashType type)
    {
        var toSign = Bip322.ToSign("m"u8, P2wpkh);
        var ecdsa = Key.SignEcdsa(toSign.P2wpkhSighash(0, Key.PublicKey.Hash160, type)).ToScriptItem(type);
        var byKey = Bip322.Encode(new Witness(ecdsa, Key.PublicKey.Span.ToArray()));
        Assert.Equal(new Bip322Result(Bip322Error.Script, ScriptError.SIG_HASHTYPE), Bip322.Verify("m"u8, P2wpkh, byKey));

        using var output = Taproot.OutputPrivateKey(Key, null);
        Assert.True(Bip322.ToSign("m"u8, P2tr).TryTaprootSighash(0, type, TaprootSpend.KeyPath, out var hash));
        var schnorr = output.SignSchnorr(hash, new byte[32]).ToWitnessItem(type);
        Assert.Equal(
            new Bip322Result(Bip322Error.Script, ScriptError.SCHNORR_SIG_HASHTYPE),
            Bip322.Verify("m"u8, P2tr, Bip322.Encode(new Witness(schnorr))));
    }

    [Fact]
    public void A_script_signs_with_a_witness_of_its_own()
    {
        // The same with and without OP_CODESEPARATOR, which messages may not use.
        var plain = new ScriptBuilder().PushBytes(Key.PublicKey.Span).Op(Opcode.OP_CHECKSIG).Build();
        var separated = new ScriptBuilder().PushBytes(Key.PublicKey.Span).Op(Opcode.OP_CODESEPARATOR)
            .Op(Opcode.OP_CHECKSIG).Build();

        Assert.True(Signed(plain, plain).IsValid);
        Assert.Equal(
            new Bip322Result(Bip322Error.Script, ScriptError.OP_CODESEPARATOR),
            Signed(separated, new Script(new byte[] { (byte)Opcode.OP_CHECKSIG })));

        static Bip322Result Signed(Script script, Script code)
        {
            var challenge = Script.P2wsh(script);
            var hash = Bip322.ToSign("m"u8, challenge).WitnessV0Sighash(0, code.Span, (uint)SighashType.All);
            var witness = new Witness(Key.SignEcdsa(hash).ToScriptItem(), script.ToArray());
            return Bip322.Verify("m"u8, challenge, Bip322.Encode(witness));
        }
    }

    [Fact]
    public void A_script_with_a_time_lock_has_no_simple_signature()
    {
        var script = new ScriptBuilder().Number(1).Op(Opcode.OP_CHECKLOCKTIMEVERIFY).Build();
        Assert.Equal(
            ScriptError.UNSATISFIED_LOCKTIME,
            Bip322.Verify([], Script.P2wsh(script), Bip322.Encode(new Witness(script.ToArray()))).Script);
    }
}
