namespace Market.Bitcoin.Wallet.Tests.Miniscripts;

/// <summary>The contract of a swap as a descriptor, spent through PSBTs as an ordinary wallet would.</summary>
public sealed class HtlcMiniscript
{
    private const uint Expiry = 1_700_000_000;

    private static string Claim(bool xOnly) => Name(1, xOnly);

    private static string Refund(bool xOnly) => Name(2, xOnly);

    [Fact]
    public void The_claim_and_the_refund_are_as_small_as_their_scripts_allow()
    {
        var descriptor = Wsh();

        // 555 and 523 weight units with a signature of 71 bytes; a quarter of signatures are shorter by one or more.
        Assert.InRange(Finish(descriptor, claim: true).Weight, 550, 555);
        Assert.InRange(Finish(descriptor, claim: false).Weight, 518, 523);
    }

    [Fact]
    public void The_taproot_claim_is_143_virtual_bytes_and_the_refund_126()
    {
        var descriptor = Tr();

        Assert.Equal(143, Finish(descriptor, claim: true).VirtualSize);
        Assert.Equal(126, Finish(descriptor, claim: false).VirtualSize);
    }

    [Fact]
    public void Nobody_finishes_without_preimage_or_before_the_time()
    {
        foreach (var descriptor in new[] { Wsh(), Tr() })
        {
            Assert.Equal(PsbtError.NotSatisfied, Signed(descriptor, 1, Expiry, preimage: false).FinalizeAll());
            Assert.Equal(PsbtError.NotSatisfied, Signed(descriptor, 2, Expiry - 1, preimage: false).FinalizeAll());
            Assert.Equal(PsbtError.NotSatisfied, Signed(descriptor, 2, 0, preimage: true).FinalizeAll());
            Assert.Equal(PsbtError.NotSatisfied, Signed(descriptor, 3, Expiry, preimage: true).FinalizeAll());
        }
    }

    [Fact]
    public void Its_script_is_the_one_of_the_contract()
    {
        var script = Wsh().WitnessScript()!.Value;
        var expected = ScriptAssembler.Assemble(
            $"0x21 0x{Claim(false)} CHECKSIG NOTIF 0x21 0x{Refund(false)} CHECKSIGVERIFY {Expiry} CHECKLOCKTIMEVERIFY "
            + $"ELSE SIZE 32 EQUALVERIFY SHA256 0x20 0x{Spender.Sha256Of(5)} EQUAL ENDIF");

        Assert.Equal(expected, script);
    }

    [Fact]
    public void A_preimage_of_another_length_satisfies_nothing()
    {
        var psbt = Signed(Wsh(), 1, 0, preimage: false);
        psbt.Inputs[0].Set(PsbtInputType.Sha256Preimage, Convert.FromHexString(Spender.Sha256Of(5)), new byte[31]);

        Assert.Equal(PsbtError.NotSatisfied, psbt.FinalizeAll());
    }

    private static Descriptor Wsh() => Descriptor.Parse(
        $"wsh(andor(pk({Claim(false)}),sha256({Spender.Sha256Of(5)}),and_v(v:pk({Refund(false)}),after({Expiry}))))",
        Network.Regtest);

    private static Descriptor Tr() => Descriptor.Parse(
        $"tr({XOnlyPublicKey.Nums},{{and_v(v:pk({Claim(true)}),sha256({Spender.Sha256Of(5)})),"
        + $"and_v(v:pk({Refund(true)}),after({Expiry}))}})",
        Network.Regtest);

    private static Transaction Finish(Descriptor descriptor, bool claim)
    {
        var psbt = Signed(descriptor, claim ? 1 : 2, claim ? 0 : Expiry, preimage: claim);
        Assert.Equal(PsbtError.None, psbt.FinalizeAll());
        Assert.True(psbt.TryExtract(out var transaction, out _));
        var spend = new PrecomputedTransaction(transaction, [new TxOut(new Amount(100_000), descriptor.ToScript())]);
        Assert.Equal(RelayError.None, RelayPolicy.Default.Check(spend));
        return transaction;
    }

    private static Psbt Signed(Descriptor descriptor, int key, uint lockTime, bool preimage)
    {
        var spend = Spender.Spend(descriptor.ToScript(), lockTime);
        foreach (var psbt in new[] { Psbt.Create(spend.Transaction), Psbt.CreateVersion2(spend.Transaction) })
        {
            psbt.Inputs[0].Set(
                PsbtInputType.SpentOutput,
                new Encoding.ByteWriter().Int64(100_000).VarBytes(descriptor.ToScript().Span).ToArray());
            descriptor.UpdateInput(psbt.Inputs[0]);
            if (preimage)
            {
                psbt.Inputs[0].Set(
                    PsbtInputType.Sha256Preimage, Convert.FromHexString(Spender.Sha256Of(5)), Spender.Preimage(5));
            }

            Assert.True(Psbt.TryParse(psbt.ToArray(), out var read, out var error), error.ToString());
            using var secret = Spender.Key(key);
            Assert.Equal(key == 3 ? 0 : 1, read.Sign(secret));
            if (psbt.Version == 2)
            {
                return read;
            }
        }

        throw new InvalidOperationException("One of the two is of version 2.");
    }

    private static string Name(int number, bool xOnly)
    {
        using var key = Spender.Key(number);
        return xOnly ? key.PublicKey.XOnly.ToString() : key.PublicKey.ToString();
    }
}
