using System.Collections.Immutable;
using Market.Bitcoin.Wallet;
using Market.Testing;

namespace Market.Bitcoin.Tests.Verification;

/// <summary>Verifying, once warm, takes nothing from the heap: no operation, no kind of output, no sighash.</summary>
public sealed class AllocationTests
{
    public static TheoryData<string> Kinds => ["pkh", "wpkh", "tr", "wsh", "sh"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_signed_input_of_any_kind_is_verified_without_allocating(string kind)
    {
        var script = new ScriptBuilder().PushBytes(Spender.Key(1).PublicKey.Span).Op(Opcode.OP_CHECKSIG).Build();
        using var taproot = Taproot.OutputPrivateKey(Spender.Key(1), null);
        var spent = new TxOut(new Amount(1000), kind switch
        {
            "pkh" => Script.P2pkh(Spender.Key(1).PublicKey),
            "wpkh" => Script.P2wpkh(Spender.Key(1).PublicKey),
            "tr" => Script.P2tr(taproot.PublicKey.XOnly),
            "wsh" => Script.P2wsh(script),
            _ => Script.P2sh(script),
        });
        var previous = new Transaction(2, [new TxIn(OutPoint.Null, Script.Empty, 0)], [spent], 0);
        var psbt = Psbt.Create(new Transaction(2, [new TxIn(new OutPoint(previous.Id, 0), Script.Empty, 0)], [spent], 0));
        psbt.Inputs[0].Set(PsbtInputType.PreviousTransaction, previous.ToArray());
        psbt.Inputs[0].Set(kind == "wsh" ? PsbtInputType.WitnessScript : PsbtInputType.RedeemScript, script.Memory);
        Assert.Equal(1, psbt.Sign(Spender.Key(1)));
        Assert.Equal(PsbtError.None, psbt.FinalizeAll());
        Assert.True(psbt.TryExtract(out var signed, out _));
        var spend = new PrecomputedTransaction(signed, [spent]);

        VerifiesWithoutAllocating(spend);
    }

    [Fact]
    public void Operations_on_numbers_stack_and_hashes_allocate_nothing()
    {
        var script = new ScriptBuilder();
        for (var i = 0; i < 100; i++)
        {
            script.Op(Opcode.OP_1).Op(Opcode.OP_DUP).Op(Opcode.OP_ADD).Op(Opcode.OP_TOALTSTACK).Op(Opcode.OP_FROMALTSTACK)
                .Op(Opcode.OP_SIZE).Op(Opcode.OP_SWAP).Op(Opcode.OP_TUCK).Op(Opcode.OP_2DROP).Op(Opcode.OP_SHA256)
                .Op(Opcode.OP_RIPEMD160).Op(Opcode.OP_SHA1).Op(Opcode.OP_HASH160).Op(Opcode.OP_HASH256).Op(Opcode.OP_DROP);
        }

        var leaf = script.Op(Opcode.OP_1).Build();
        var tree = TapTree.Leaf(leaf);
        var spend = Spender.Spend(
            Taproot.ToScript(XOnlyPublicKey.Nums, tree.Hash),
            witness: new Witness(leaf.ToArray(), tree.Leaves[0].ControlBlock(XOnlyPublicKey.Nums)));

        VerifiesWithoutAllocating(spend);
    }

    // All but OP_CAT, which makes what it pushes.
    [Fact]
    public void Proposed_operations_and_keys_allocate_nothing()
    {
        const SighashType Type = SighashType.All | SighashType.AnyPrevoutAnyScript;
        var (key, message) = (Spender.Key(1), new byte[40]);
        var template = Spender.Spend(Script.Empty).Templates.CheckTemplateVerify(0).ToArray();
        var script = new ScriptBuilder().Number(1).Op(Opcode.OP_CHECKSIGVERIFY).Op(Opcode.OP_3DUP).Op(Opcode.OP_CHECKSIGFROMSTACK)
            .Op(Opcode.OP_VERIFY);
        for (var i = 0; i < 50; i++)
        {
            script.Op(Opcode.OP_INTERNALKEY).Op(Opcode.OP_TEMPLATEHASH).Op(Opcode.OP_2DROP)
                .PushBytes(template).Op(Opcode.OP_CHECKTEMPLATEVERIFY).Op(Opcode.OP_DROP);
        }

        var tree = TapTree.Leaf(script.Op(Opcode.OP_CHECKSIGFROMSTACK).Build());
        var output = Taproot.ToScript(key.PublicKey.XOnly, tree.Hash);
        var path = TaprootSpend.ScriptPath(tree.Hash) with { KeyVersion = TaprootSpend.AnyPrevoutKey };
        Assert.True(Spender.Spend(output).TryTaprootSighash(0, Type, path, out var hash));
        var spend = Spender.Spend(output, witness: new Witness(
            key.SignSchnorr(message, new byte[32]).Span.ToArray(), message, key.PublicKey.XOnly.Span.ToArray(),
            key.SignSchnorr(hash, new byte[32]).ToWitnessItem(Type), tree.Leaves[0].Script.ToArray(),
            tree.Leaves[0].ControlBlock(key.PublicKey.XOnly)));

        VerifiesWithoutAllocating(spend, ScriptFlags.Standard | ScriptFlags.Proposed);
    }

    [Fact]
    public void A_sighash_allocates_nothing()
    {
        ImmutableArray<TxOut> spent = [.. Enumerable.Repeat(new TxOut(new Amount(5), Script.Empty), 50)];
        var spend = new PrecomputedTransaction(
            new Transaction(
                2,
                [.. Enumerable.Range(0, 50).Select(i => new TxIn(new OutPoint(default, (uint)i), Script.Empty, 0))],
                [new TxOut(new Amount(1), Script.Empty)],
                0),
            spent);
        byte[] code = [(byte)Opcode.OP_CODESEPARATOR, (byte)Opcode.OP_1];
        foreach (var type in new uint[] { 1, 2, 3, 0x81, 0x83 })
        {
            Allocations.None(() => spend.LegacySighash(0, code, type));
            Allocations.None(() => spend.WitnessV0Sighash(0, code, type));
            Allocations.None(() => spend.TryTaprootSighash(0, (SighashType)type, TaprootSpend.KeyPath, out _));
        }
    }

    private static void VerifiesWithoutAllocating(PrecomputedTransaction spend, ScriptFlags flags = ScriptFlags.Standard)
    {
        var result = ScriptError.UNKNOWN_ERROR;
        Allocations.None(() => result = ScriptVerifier.Verify(spend, 0, flags));
        Assert.Equal(ScriptError.OK, result);
    }
}
