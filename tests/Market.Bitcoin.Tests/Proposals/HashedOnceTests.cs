namespace Market.Bitcoin.Tests.Proposals;

/// <summary>
/// What is as long as a transaction is hashed once for all its inputs and signatures. The transactions here are changed under the
/// library's hands after their first hash, which no caller may do: what is hashed again is seen so.
/// </summary>
public sealed class HashedOnceTests
{
    private readonly byte[] _scriptSig = [1, 7];
    private readonly byte[] _output = [0x6a, 1, 7];
    private readonly PrecomputedTransaction _spend;

    public HashedOnceTests()
    {
        var id = new TxId(Hashes.Sha256([1]));
        _spend = new PrecomputedTransaction(
            new Transaction(
                2,
                [new TxIn(new OutPoint(id, 0), new Script(_scriptSig), 1), new TxIn(new OutPoint(id, 1), Script.Empty, 2)],
                [new TxOut(new Amount(1), new Script(_output)), new TxOut(new Amount(2), Script.Empty)],
                0),
            [new TxOut(new Amount(3), Script.Empty), new TxOut(new Amount(4), Script.Empty)]);
    }

    [Fact]
    public void The_scriptSigs_of_a_template()
    {
        var first = _spend.Templates.CheckTemplateVerify(0);
        _scriptSig[1]++;

        Assert.Equal(first, _spend.Templates.CheckTemplateVerify(0));
        Assert.NotEqual(first, _spend.Templates.CheckTemplateVerify(1));
        Assert.NotEqual(first, new TemplateHashes(_spend.Transaction).CheckTemplateVerify(0));
    }

    [Fact]
    public void The_outputs_of_a_template()
    {
        var (first, second) = (_spend.Templates.CheckTemplateVerify(0), _spend.Templates.TemplateHash(0));
        _output[2]++;

        Assert.Equal(first, _spend.Templates.CheckTemplateVerify(0));
        Assert.Equal(second, _spend.Templates.TemplateHash(0));
        Assert.NotEqual(first, new TemplateHashes(_spend.Transaction).CheckTemplateVerify(0));
        Assert.NotEqual(second, new TemplateHashes(_spend.Transaction).TemplateHash(0));
    }

    // An output may be as long as a block, and signatures of one input many.
    [Theory]
    [InlineData(SighashType.Single, 0)]
    [InlineData(SighashType.Single | SighashType.AnyoneCanPay, 0)]
    [InlineData(SighashType.Single | SighashType.AnyPrevout, 1)]
    [InlineData(SighashType.Single | SighashType.AnyPrevoutAnyScript, 1)]
    [InlineData(SighashType.All | SighashType.AnyPrevout, 1)]
    public void The_outputs_that_a_signature_covers(SighashType type, byte keyVersion)
    {
        var leaf = TaprootSpend.ScriptPath(Hashes.Sha256([2])) with { KeyVersion = keyVersion };
        Assert.True(_spend.TryTaprootSighash(0, type, leaf, out var first));
        _output[2]++;
        Assert.True(_spend.TryTaprootSighash(0, type, leaf with { CodeSeparatorPosition = 1 }, out var other));
        Assert.True(_spend.TryTaprootSighash(0, type, leaf, out var again));
        Assert.True(Fresh().TryTaprootSighash(0, type, leaf, out var changed));

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.NotEqual(first, changed);
    }

    [Fact]
    public void The_one_output_that_a_signature_before_taproot_covers()
    {
        var first = _spend.WitnessV0Sighash(0, [], (uint)SighashType.Single);
        _output[2]++;

        Assert.Equal(first, _spend.WitnessV0Sighash(0, [], (uint)SighashType.Single));
        Assert.NotEqual(first, Fresh().WitnessV0Sighash(0, [], (uint)SighashType.Single));
        Assert.NotEqual(
            Fresh().WitnessV0Sighash(0, [], (uint)SighashType.Single), Fresh().WitnessV0Sighash(1, [], (uint)SighashType.Single));
    }

    private PrecomputedTransaction Fresh() => new(_spend.Transaction, _spend.SpentOutputs);
}
