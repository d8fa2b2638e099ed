namespace Market.Bitcoin.Tests;

/// <summary>Every kind of output that wallets make: signed it verifies, changed it does not.</summary>
public sealed class SignedSpends
{
    private static readonly PrivateKey Key = PrivateKey.Create([.. Enumerable.Repeat((byte)7, 32)]);
    private static readonly PrivateKey Other = PrivateKey.Create([.. Enumerable.Repeat((byte)9, 32)]);

    public static TheoryData<SighashType> LegacyTypes => new(
        from type in new[] { SighashType.All, SighashType.None, SighashType.Single }
        from anyone in new[] { SighashType.Default, SighashType.AnyoneCanPay }
        select type | anyone);

    public static TheoryData<SighashType> TaprootTypes => [SighashType.Default, .. LegacyTypes.Select(row => row.Data)];

    [Theory]
    [MemberData(nameof(LegacyTypes))]
    public void P2pkh_verifies_and_a_changed_amount_does_not_matter(SighashType type)
    {
        var spend = Unsigned(Script.P2pkh(Key.PublicKey));
        var hash = spend.LegacySighash(1, spend.SpentOutputs[1].ScriptPubKey.Span, (uint)type);
        var scriptSig = new ScriptBuilder().PushBytes(Key.SignEcdsa(hash).ToScriptItem(type))
            .PushBytes(Key.PublicKey.Span).Build();

        Assert.Equal(ScriptError.OK, Verify(spend, scriptSig, default));
        Assert.Equal(ScriptError.OK, Verify(spend, scriptSig, default, amountDelta: 1));
        Assert.Equal(ScriptError.NULLFAIL, Verify(spend, scriptSig, default, sequenceDelta: 1));
    }

    [Theory]
    [MemberData(nameof(LegacyTypes))]
    public void P2wpkh_verifies_and_a_changed_amount_does_not(SighashType type)
    {
        var spend = Unsigned(Script.P2wpkh(Key.PublicKey));
        var hash = spend.P2wpkhSighash(1, Key.PublicKey.Hash160, type);
        var witness = new Witness(Key.SignEcdsa(hash).ToScriptItem(type), Key.PublicKey.Span.ToArray());

        Assert.Equal(ScriptError.OK, Verify(spend, default, witness));
        Assert.Equal(ScriptError.NULLFAIL, Verify(spend, default, witness, amountDelta: 1));
    }

    [Fact]
    public void Nested_P2wpkh_verifies_only_with_its_exact_push()
    {
        var redeem = Script.P2wpkh(Key.PublicKey);
        var spend = Unsigned(Script.P2sh(redeem));
        var hash = spend.P2wpkhSighash(1, Key.PublicKey.Hash160);
        var witness = new Witness(Key.SignEcdsa(hash).ToScriptItem(), Key.PublicKey.Span.ToArray());
        var push = new ScriptBuilder().PushBytes(redeem.Span);

        Assert.Equal(ScriptError.OK, Verify(spend, push.Build(), witness));
        var longer = new ScriptBuilder().Number(1).PushBytes(redeem.Span).Build();
        Assert.Equal(ScriptError.WITNESS_MALLEATED_P2SH, Verify(spend, longer, witness));
    }

    [Fact]
    public void Multisig_in_P2wsh_takes_signatures_in_the_order_of_keys()
    {
        var script = Script.Multisig(2, Key.PublicKey, Other.PublicKey);
        var spend = Unsigned(Script.P2wsh(script));
        var hash = spend.WitnessV0Sighash(1, script.Span, (uint)SighashType.All);
        var (first, second) = (Key.SignEcdsa(hash).ToScriptItem(), Other.SignEcdsa(hash).ToScriptItem());

        Assert.Equal(ScriptError.OK, Verify(spend, default, new Witness([], first, second, script.ToArray())));
        Assert.Equal(ScriptError.NULLFAIL, Verify(spend, default, new Witness([], second, first, script.ToArray())));
    }

    [Theory]
    [MemberData(nameof(TaprootTypes))]
    public void A_taproot_key_path_verifies(SighashType type)
    {
        var spend = Unsigned(Taproot.ToScript(Key.PublicKey.XOnly));
        using var output = Taproot.OutputPrivateKey(Key, null);
        Assert.True(spend.TryTaprootSighash(1, type, TaprootSpend.KeyPath, out var hash));
        var witness = new Witness(output.SignSchnorr(hash, new byte[32]).ToWitnessItem(type));

        Assert.Equal(ScriptError.OK, Verify(spend, default, witness));
        Assert.Equal(ScriptError.SCHNORR_SIG, Verify(spend, default, witness, amountDelta: 1));
        var annexed = new Witness([.. witness.Items, new byte[] { 0x50 }]);
        Assert.Equal(ScriptError.SCHNORR_SIG, Verify(spend, default, annexed));
    }

    [Theory]
    [MemberData(nameof(TaprootTypes))]
    public void A_taproot_script_path_verifies(SighashType type)
    {
        var script = new ScriptBuilder().Op(Opcode.OP_CODESEPARATOR).PushBytes(Key.PublicKey.XOnly.Span)
            .Op(Opcode.OP_CHECKSIG).Build();
        var tree = TapTree.Branch(TapTree.Leaf(script), TapTree.Leaf(new ScriptBuilder().Number(1).Build()));
        var spend = Unsigned(Taproot.ToScript(XOnlyPublicKey.Nums, tree.Hash));
        var path = TaprootSpend.ScriptPath(tree.Leaves[0].Hash) with { CodeSeparatorPosition = 0 };
        Assert.True(spend.TryTaprootSighash(1, type, path, out var hash));
        var control = tree.Leaves[0].ControlBlock(XOnlyPublicKey.Nums);
        var witness = new Witness(
            Key.SignSchnorr(hash, new byte[32]).ToWitnessItem(type), script.ToArray(), control);

        Assert.Equal(ScriptError.OK, Verify(spend, default, witness));
        Assert.Equal(ScriptError.SCHNORR_SIG, Verify(spend, default, witness, sequenceDelta: 1));
        control[40] ^= 1;
        Assert.Equal(ScriptError.WITNESS_PROGRAM_MISMATCH, Verify(spend, default, witness));
    }

    [Fact]
    public void Single_without_an_output_signs_the_number_one_before_segwit_and_nothing_in_taproot()
    {
        var spend = Unsigned(Script.P2pkh(Key.PublicKey), outputs: 1);
        var hash = spend.LegacySighash(1, spend.SpentOutputs[1].ScriptPubKey.Span, (uint)SighashType.Single);

        Assert.Equal("0000000000000000000000000000000000000000000000000000000000000001", hash.ToString());
        Assert.False(spend.TryTaprootSighash(1, SighashType.Single, TaprootSpend.KeyPath, out _));
        Assert.False(spend.TryTaprootSighash(0, (SighashType)0x80, TaprootSpend.KeyPath, out _));
        Assert.False(spend.TryTaprootSighash(0, (SighashType)4, TaprootSpend.KeyPath, out _));
    }

    private static PrecomputedTransaction Unsigned(Script spent, int outputs = 2)
    {
        var id = new TxId(Hashes.Sha256([1]));
        return new PrecomputedTransaction(
            new Transaction(
                2,
                [new TxIn(new OutPoint(id, 0), default, 5), new TxIn(new OutPoint(id, 1), default, 6)],
                [.. Enumerable.Range(0, outputs)
                    .Select(i => new TxOut(new Amount(1000 + i), Script.P2pkh(Key.PublicKey)))],
                500_000_001),
            [new TxOut(new Amount(5000), Script.P2wpkh(Other.PublicKey)), new TxOut(new Amount(7000), spent)]);
    }

    private static ScriptError Verify(
        PrecomputedTransaction unsigned, Script scriptSig, Witness witness, int amountDelta = 0, uint sequenceDelta = 0)
    {
        var (transaction, spent) = (unsigned.Transaction, unsigned.SpentOutputs);
        var input = transaction.Inputs[1];
        input = input with { ScriptSig = scriptSig, Witness = witness, Sequence = input.Sequence + sequenceDelta };
        var output = spent[1] with { Value = spent[1].Value + new Amount(amountDelta) };
        return ScriptVerifier.Verify(
            new Transaction(
                transaction.Version, transaction.Inputs.SetItem(1, input), transaction.Outputs, transaction.LockTime),
            1,
            spent.SetItem(1, output),
            ScriptFlags.Standard);
    }
}
