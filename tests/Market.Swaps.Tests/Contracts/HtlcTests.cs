using Market.Bitcoin;
using Market.Swaps.Tests.Machine;

namespace Market.Swaps.Tests.Contracts;

public sealed class HtlcTests
{
    private static readonly Amount Locked = new(4_900_000);
    private static readonly OutPoint Funding = new(new TxId(Hash256.DoubleSha256([1, 2, 3])), 0);
    private static readonly Script Destination = Script.P2wpkh(Bench.Key(50));

    private readonly PrivateKey _claimKey = PrivateKey.Create(Bench.Bytes(1));
    private readonly PrivateKey _refundKey = PrivateKey.Create(Bench.Bytes(2));
    private readonly RevealedPreimage _preimage = Preimage.Create(Bench.Bytes(7)).Reveal();
    private readonly Htlc _htlc;

    public HtlcTests() => _htlc = new Htlc(
        _claimKey.PublicKey, _refundKey.PublicKey, _preimage.Hash, Locktime.At(1_800_000_000));

    [Fact]
    public void The_script_is_what_the_miniscript_compiles_to()
    {
        var expected = "21" + _claimKey.PublicKey + "ac64" + "21" + _refundKey.PublicKey + "ad" + "0400d2496bb1"
            + "6782012088a820" + _preimage.Hash + "8768";

        Assert.Equal(expected, _htlc.WitnessScript.ToString());
        Assert.Equal(Htlc.ScriptLength, _htlc.WitnessScript.Length);
        Assert.True(_htlc.ScriptPubKey.IsP2wsh);
        Assert.StartsWith("bcrt1q", _htlc.AddressOn(Network.Regtest).ToString());
    }

    [Fact]
    public void A_script_reads_back_and_another_does_not()
    {
        Assert.True(Htlc.TryParse(_htlc.WitnessScript, out var read));
        Assert.Equal(_htlc, read);
        for (var i = 0; i < Htlc.ScriptLength; i++)
        {
            var bytes = _htlc.WitnessScript.ToArray();
            bytes[i] ^= 0x40;
            if (Htlc.TryParse(new Script(bytes), out var other))
            {
                Assert.NotEqual(_htlc, other);
            }
        }

        Assert.False(Htlc.TryParse(new Script(_htlc.WitnessScript.ToArray()[1..]), out _));
    }

    [Fact]
    public void A_claim_with_key_and_preimage_is_valid_and_standard()
    {
        var claim = _htlc.Claim(Funding, Locked, _claimKey, _preimage, Destination, FeeRate.PerVByte(2))!;

        Assert.Null(Failure(claim));
        Assert.InRange(claim.VirtualSize, SwapFees.ClaimVirtualSize - 1, SwapFees.ClaimVirtualSize);
        Assert.Equal(Locked.Sats - 2 * SwapFees.ClaimVirtualSize, claim.Outputs[0].Value.Sats);
        Assert.True(_htlc.TryReadSpend(claim.Inputs[0], out var kind, out var shown));
        Assert.Equal((SpendKind.Claim, _preimage), (kind, shown));
    }

    [Fact]
    public void A_refund_after_the_locktime_is_valid_and_standard()
    {
        var refund = _htlc.Refund(Funding, Locked, _refundKey, Destination, FeeRate.PerVByte(1))!;

        Assert.Null(Failure(refund));
        Assert.Equal(1_800_000_000u, refund.LockTime);
        Assert.InRange(refund.VirtualSize, SwapFees.RefundVirtualSize - 1, SwapFees.RefundVirtualSize);
        Assert.True(_htlc.TryReadSpend(refund.Inputs[0], out var kind, out var shown));
        Assert.Equal(SpendKind.Refund, kind);
        Assert.Null(shown);
    }

    // Who relays it can put any signature that fails in the place of the empty one: a block may hold that, a relay not (BIP146).
    [Fact]
    public void A_refund_with_a_failing_signature_in_place_of_the_empty_one_is_a_refund()
    {
        var refund = _htlc.Refund(Funding, Locked, _refundKey, Destination, FeeRate.PerVByte(1))!;
        var items = refund.Inputs[0].Witness.Items;
        var witness = new Witness(items[0].ToArray(), items[0].ToArray(), items[2].ToArray());
        var changed = new Transaction(2, [refund.Inputs[0] with { Witness = witness }], refund.Outputs, refund.LockTime);
        var spent = new PrecomputedTransaction(changed, [_htlc.FundingOutput(Locked)]);

        Assert.Equal(ScriptError.OK, ScriptVerifier.Verify(spent, 0, ScriptFlags.Consensus));
        Assert.NotEqual(ScriptError.OK, ScriptVerifier.Verify(spent, 0, ScriptFlags.Standard));
        Assert.True(_htlc.TryReadSpend(changed.Inputs[0], out var kind, out var shown));
        Assert.Equal(SpendKind.Refund, kind);
        Assert.Null(shown);
    }

    [Fact]
    public void A_refund_before_the_locktime_is_refused_by_the_script()
    {
        var early = new Htlc(_htlc.ClaimKey, _htlc.RefundKey, _htlc.Hash, Locktime.At(1_799_999_999));
        var refund = early.Refund(Funding, Locked, _refundKey, Destination, FeeRate.PerVByte(1))!;

        Assert.Contains("LOCKTIME", Failure(Resigned(refund)));
    }

    [Theory]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(0)]
    public void A_preimage_of_another_length_is_refused_by_the_script(int length)
    {
        // The other chain might not take it, so neither does this one.
        var odd = new byte[length];
        var htlc = _htlc with { Hash = PaymentHash.Of(odd) };
        Assert.NotNull(Failure(Claiming(htlc, odd, _claimKey), htlc));
    }

    [Fact]
    public void A_wrong_preimage_or_key_is_refused_by_the_script()
    {
        Assert.NotNull(Failure(Claiming(_htlc, Bench.Bytes(8), _claimKey)));
        Assert.NotNull(Failure(Claiming(_htlc, Bench.Bytes(7), _refundKey)));
        Assert.Null(Failure(Claiming(_htlc, Bench.Bytes(7), _claimKey)));
    }

    [Fact]
    public void What_would_be_dust_is_not_built() =>
        Assert.Null(_htlc.Claim(Funding, new Amount(500), _claimKey, _preimage, Destination, FeeRate.PerVByte(2)));

    [Fact]
    public void Another_key_than_the_contracts_is_a_bug() => Assert.Throws<ArgumentException>(() =>
        _htlc.Refund(Funding, Locked, _claimKey, Destination, FeeRate.PerVByte(2)));

    [Fact]
    public void A_payout_annotation_reads_back()
    {
        var output = PayoutAnnotation.For(0, Destination);

        Assert.Equal("6a19706f00" + Destination, output.ScriptPubKey.ToString());
        Assert.True(PayoutAnnotation.TryRead(output, out var index, out var script));
        Assert.Equal((0, Destination), (index, script.Value));
        Assert.False(PayoutAnnotation.TryRead(output with { Value = new Amount(1) }, out _, out _));
    }

    [Fact]
    public void Locktimes_are_times_never_heights()
    {
        Assert.False(Locktime.TryCreate(499_999_999, out _));
        Assert.False(Locktime.TryCreate((long)int.MaxValue + 1, out _));
        Assert.True(Locktime.TryCreate(500_000_000, out var least));
        Assert.False(least.IsPassed(500_000_000));
        Assert.True(least.IsPassed(500_000_001));
    }

    [Fact]
    public void Fees_rise_with_each_try_up_to_all_of_what_is_at_stake_less_dust()
    {
        var before = FeeRate.MinimumRelay.SatsPerKvB;
        for (var i = 1; i < 10; i++)
        {
            var rate = SwapFees.Raised(FeeRate.MinimumRelay.SatsPerKvB, i);
            Assert.True(rate >= before + FeeRate.MinimumRelay.SatsPerKvB);
            before = rate;
        }

        var most = SwapFees.MostRate(Locked, SwapFees.ClaimVirtualSize);
        Assert.True(most.FeeFor(SwapFees.ClaimVirtualSize).Sats <= Locked.Sats - SwapFees.DustSats + 1);
    }

    private string? Failure(Transaction transaction, Htlc? htlc = null) =>
        InterpreterRules.Standard.Verify([new PrecomputedTransaction(transaction, [(htlc ?? _htlc).FundingOutput(Locked)])])
            ?.Error.ToString();

    private static Transaction Claiming(Htlc htlc, byte[] preimage, PrivateKey key)
    {
        var input = new TxIn(Funding, Script.Empty, TxIn.ReplaceableSequence);
        var output = new TxOut(new Amount(4_800_000), Destination);
        var unsigned = new Transaction(2, [input], [output], 0);
        var hash = new PrecomputedTransaction(unsigned, [htlc.FundingOutput(Locked)])
            .WitnessV0Sighash(0, htlc.WitnessScript.Span, (uint)SighashType.All);
        var witness = new Witness(preimage, key.SignEcdsa(hash).ToScriptItem(), htlc.WitnessScript.ToArray());
        return new Transaction(2, [input with { Witness = witness }], [output], 0);
    }

    /// <summary>The same transaction, signed for the contract of the later locktime.</summary>
    private Transaction Resigned(Transaction transaction)
    {
        var input = transaction.Inputs[0] with { Witness = Witness.Empty };
        var unsigned = new Transaction(2, [input], transaction.Outputs, transaction.LockTime);
        var hash = new PrecomputedTransaction(unsigned, [_htlc.FundingOutput(Locked)])
            .WitnessV0Sighash(0, _htlc.WitnessScript.Span, (uint)SighashType.All);
        var witness = _htlc.RefundWitness(_refundKey.SignEcdsa(hash).ToScriptItem());
        return new Transaction(2, [input with { Witness = witness }], transaction.Outputs, transaction.LockTime);
    }
}
