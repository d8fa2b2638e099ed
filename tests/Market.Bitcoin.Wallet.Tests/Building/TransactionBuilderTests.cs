namespace Market.Bitcoin.Wallet.Tests.Building;

public sealed class TransactionBuilderTests
{
    private static PrivateKey Key(int number) => PrivateKey.Create([.. new byte[31], (byte)number]);

    [Fact]
    public void A_payment_of_every_kind_of_coin_verifies_and_pays_its_feerate()
    {
        var scripts = new[]
        {
            Script.P2wpkh(Key(1).PublicKey), Taproot.ToScript(Key(1).PublicKey.XOnly), Script.P2pkh(Key(1).PublicKey),
        };
        var coins = scripts.Select((script, i) =>
            new SpendableCoin(new OutPoint(default, (uint)i), new TxOut(new Amount(100_000), script)));
        var rate = FeeRate.PerVByte(7);
        var unsigned = new TransactionBuilder(rate).Pay(Script.P2wpkh(Key(2).PublicKey), new Amount(250_000))
            .LockUntil(500_000_000).Spend([.. coins], scripts[0])!;

        var signed = unsigned.Sign(_ => Key(1));

        Assert.Equal(
            ScriptError.OK,
            ScriptVerifier.VerifyAll(
                new PrecomputedTransaction(signed, unsigned.SpentOutputs), ScriptFlags.Standard, out _));
        Assert.True(unsigned.Fee >= rate.FeeFor(signed.VirtualSize));
        Assert.True(unsigned.Fee <= rate.FeeFor(signed.VirtualSize + 2));
        Assert.Equal(300_000, signed.Outputs.Sum(output => output.Value.Sats) + unsigned.Fee.Sats);
        Assert.Equal(500_000_000u, signed.LockTime);
    }

    [Fact]
    public void Refuses_to_pay_dust() => Assert.Throws<ArgumentException>(() =>
        new TransactionBuilder(FeeRate.MinimumRelay).Pay(Script.P2wpkh(Key(2).PublicKey), new Amount(293)));
}
