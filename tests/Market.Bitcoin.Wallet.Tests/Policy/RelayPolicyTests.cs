namespace Market.Bitcoin.Wallet.Tests.Policy;

public sealed class RelayPolicyTests
{
    private static readonly PrivateKey Key = Spender.Key(1);
    private static readonly Script Own = Script.P2wpkh(Key.PublicKey);

    [Fact]
    public void A_payment_of_the_builder_is_relayed() => Assert.Equal(RelayError.None, Check(Payment()));

    [Fact]
    public void Each_rule_refuses_with_its_own_error()
    {
        Assert.Equal(RelayError.Version, Check(Payment(version: 4)));
        Assert.Equal(RelayError.Version, Check(Payment(version: 0)));
        Assert.Equal(RelayError.Dust, Check(Payment(Out(293, Own))));
        Assert.Equal(RelayError.ScriptPubKey, Check(Payment(Out(1000, Script.FromHex("51ac51ac51ac51ac51ac")))));
        Assert.Equal(RelayError.FeeTooLow, Check(Payment(Out(99_990, Own))));
        Assert.Equal(RelayError.NegativeFee, Check(Payment(Out(100_001, Own))));
        Assert.Equal(RelayError.DataTooLong, Check(Payment(Out(0, Script.OpReturn(new byte[82])))));
        Assert.Equal(RelayError.None, Check(Payment(Out(0, Script.OpReturn(new byte[80])))));
        Assert.Equal(
            RelayError.SeveralDataOutputs,
            Check(Payment(Out(0, Script.OpReturn(new byte[40])), Out(0, Script.OpReturn(new byte[40])))));
        Assert.Equal(RelayError.TooSmall, Check(Payment(Out(0, Script.OpReturn([])))));
        Assert.Equal(
            RelayError.TooHeavy,
            Check(Payment([.. Enumerable.Range(0, 3300).Select(_ => Out(330, Own))])));
        Assert.Equal(
            RelayError.ScriptPubKey,
            Check(Payment(Out(1000, Script.Multisig(1, [.. Enumerable.Repeat(Key.PublicKey, 4)])))));
    }

    [Fact]
    public void Bitcoin_Core_30_takes_more_data_and_lower_fees()
    {
        Assert.Equal(RelayError.None, Check30(Payment(Out(0, Script.OpReturn(new byte[10_000])))));
        Assert.Equal(
            RelayError.None, Check30(Payment(Out(0, Script.OpReturn(new byte[40])), Out(0, Script.OpReturn(new byte[40])))));
        Assert.Equal(RelayError.None, Check30(Payment(Out(99_985, Own))));
        Assert.Equal(RelayError.FeeTooLow, Check30(Payment(Out(99_990, Own))));
        Assert.Equal(RelayError.Dust, Check30(Payment(Out(293, Own))));
        var halves = RelayPolicy.Default with { MaxDataOutputs = 2 };
        Assert.Equal(
            RelayError.DataTooLong,
            halves.Check(Payment(Out(0, Script.OpReturn(new byte[40])), Out(0, Script.OpReturn(new byte[40])))));
    }

    [Fact]
    public void A_transaction_of_version_3_is_a_small_one()
    {
        var outputs = Enumerable.Range(0, 330).Select(_ => Out(294, Own)).ToArray();
        Assert.Equal(RelayError.TooLargeForVersion3, Check30(Payment(3, outputs)));
        Assert.Equal(RelayError.FeeTooLow, Check(Payment(2, outputs)));
        Assert.Equal(RelayError.None, Check30(Payment(2, outputs)));
    }

    [Fact]
    public void Inputs_are_held_to_their_rules()
    {
        var good = Payment();
        Assert.Equal(RelayError.Script, Check(WithInput(good, input => input with { Sequence = 1 })));
        Assert.Equal(
            RelayError.ScriptSigNotPushOnly,
            Check(WithInput(good, input => input with { ScriptSig = Script.FromHex("61") })));
        Assert.Equal(
            RelayError.ScriptSigSize,
            Check(WithInput(good, input => input with { ScriptSig = new Script(new byte[1651]) })));
        var unknown = new PrecomputedTransaction(
            good.Transaction, [new TxOut(new Amount(100_000), Script.WitnessProgram(2, new byte[32]))]);
        Assert.Equal(RelayError.NonStandardInput, Check(unknown));
    }

    [Fact]
    public void A_witness_with_an_annex_or_a_large_item_is_not_relayed()
    {
        var taproot = new TxOut(new Amount(100_000), Taproot.ToScript(Key.PublicKey.XOnly));
        var annexed = WithInput(Payment(), input => input with { Witness = Stack(new byte[64], Script.FromHex("50")) });
        Assert.Equal(
            RelayError.NonStandardWitness,
            Check(new PrecomputedTransaction(annexed.Transaction, [taproot])));
        var large = WithInput(Payment(), input => input with { Witness = Stack(new byte[81], Script.FromHex("51")) });
        var script = new TxOut(new Amount(100_000), Script.P2wsh(Script.FromHex("51")));
        Assert.Equal(
            RelayError.NonStandardWitness, Check(new PrecomputedTransaction(large.Transaction, [script])));
    }

    private static RelayError Check(PrecomputedTransaction transaction) => RelayPolicy.Default.Check(transaction);

    private static RelayError Check30(PrecomputedTransaction transaction) => RelayPolicy.Core30.Check(transaction);

    private static Witness Stack(byte[] below, Script top) => new(below, top.ToArray());

    private static TxOut Out(long sats, Script script) => new(new Amount(sats), script);

    private static PrecomputedTransaction Payment(params TxOut[] outputs) => Payment(2, outputs);

    private static PrecomputedTransaction Payment(int version, params TxOut[] outputs)
    {
        var unsigned = Spender.Spend(Own).Transaction;
        unsigned = new Transaction(
            version, unsigned.Inputs, outputs.Length > 0 ? [.. outputs] : unsigned.Outputs, unsigned.LockTime);
        TxOut[] spent = [new(new Amount(100_000), Own)];
        return new PrecomputedTransaction(
            TransactionSigner.Sign(unsigned, [.. spent], _ => Spender.Key(1)), [.. spent]);
    }

    private static PrecomputedTransaction WithInput(PrecomputedTransaction from, Func<TxIn, TxIn> change) => new(
        new Transaction(
            from.Transaction.Version,
            from.Transaction.Inputs.SetItem(0, change(from.Transaction.Inputs[0])),
            from.Transaction.Outputs,
            from.Transaction.LockTime),
        from.SpentOutputs);
}
