using FsCheck;
using FsCheck.Fluent;
using Market.Bitcoin;
using Market.Swaps.Tests.Machine;

namespace Market.Swaps.Tests.Contracts;

public sealed class SwapAnnotationTests
{
    private static readonly Locktime Short = Locktime.At(1_800_000_000);
    private static readonly Locktime Long = Locktime.At(1_800_043_200);
    private static readonly AgreedTerms Terms = new(Bench.Seller().Hash!.Value, Bench.Seller(), Bench.Buyer(), Short, Long);

    private const string Vector =
        "6a4cb873773101031b84c5567b126440995d3ed5aaba0565d71e1834604819ff9c17f5e9d5dd078f024d4b6cd1361032ca9bd2aeb9d900"
        + "aa4d45d9ead80ac9423374c451a7254d076602552c630b64b54bf50210c9e253d38bd4949c72e22873500f6285c2bede312a84030f0fb9"
        + "a244ad31a369ee02b7abfbbb0bfa3812b9a39ed93346d03d67d412d1774bb06f8e4e3a7715d201d573d0aa423762e55dabd61a2c02278f"
        + "a56cc6d294e000d2496bc07a4a6ba0c44a0000000000";

    [Fact]
    public void It_is_written_byte_for_byte_as_the_format_says()
    {
        var output = SwapAnnotation.Build(1, Terms, Bench.Sats);

        Assert.Equal(Vector, output.ScriptPubKey.ToString());
        Assert.Equal(
            "6a4cb8" + "737731" + "01" + Bench.Key(1) + Bench.Key(2) + Bench.Key(11) + Bench.Key(12)
                + PaymentHash.Of(Bench.Bytes(7)) + "00d2496b" + "c07a4a6b" + "a0c44a0000000000",
            output.ScriptPubKey.ToString());
        Assert.Equal((SwapAnnotation.ScriptLength, Amount.Zero), (output.ScriptPubKey.Length, output.Value));
    }

    [Fact]
    public void It_reads_back_as_the_terms_that_were_agreed()
    {
        Assert.True(SwapAnnotation.TryParse(SwapAnnotation.Build(1, Terms, Bench.Sats), out var read));

        Assert.Equal(Terms, read.ToTerms(Bench.Seller().PayoutScript));
        Assert.Equal((1, Bench.Sats), (read.Index, read.ParticipantAmount));
    }

    [Fact]
    public void What_is_read_writes_the_same_bytes_again_whatever_was_changed()
    {
        var good = SwapAnnotation.Build(1, Terms, Bench.Sats).ScriptPubKey.ToArray();
        var changes =
            from at in Gen.Choose(0, good.Length - 1)
            from value in Gen.Choose(0, 255)
            select (at, (byte)value);
        Prop.ForAll(changes.ArrayOf(3).ToArbitrary(), changed =>
        {
            var bytes = good.ToArray();
            foreach (var (at, value) in changed)
            {
                bytes[at] = value;
            }

            var output = new TxOut(Amount.Zero, new Script(bytes));
            return !SwapAnnotation.TryParse(output, out var read) || read.ToOutput() == output;
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(0, 0x6b)] // OP_RETURN
    [InlineData(1, 0x4d)] // another push
    [InlineData(3, 0x74)] // "sw1"
    [InlineData(7, 0x05)] // a key that is no point
    [InlineData(174, 0x00)] // T_short is a height
    [InlineData(174, 0x7f)] // T_long is not after T_short
    [InlineData(186, 0x01)] // more sats than there are
    [InlineData(186, 0xff)] // fewer than none
    public void What_is_malformed_is_none(int at, byte value)
    {
        var bytes = SwapAnnotation.Build(1, Terms, Bench.Sats).ScriptPubKey.ToArray();
        bytes[at] = value;

        Assert.False(SwapAnnotation.TryParse(new TxOut(Amount.Zero, new Script(bytes)), out _));
    }

    [Fact]
    public void Nor_is_one_that_is_longer_shorter_pays_or_states_no_amount()
    {
        var output = SwapAnnotation.Build(1, Terms, Bench.Sats);
        var bytes = output.ScriptPubKey.ToArray();

        Assert.False(SwapAnnotation.TryParse(output with { ScriptPubKey = new Script((byte[])[.. bytes, 0]) }, out _));
        Assert.False(SwapAnnotation.TryParse(output with { ScriptPubKey = new Script(bytes[..^1]) }, out _));
        Assert.False(SwapAnnotation.TryParse(output with { Value = new Amount(1) }, out _));
        Assert.False(SwapAnnotation.TryParse(SwapAnnotation.Build(1, Terms, Amount.Zero), out _));
        Assert.True(SwapAnnotation.TryParse(SwapAnnotation.Build(1, Terms, new Amount(Amount.MaxMoney)), out _));
    }

    [Fact]
    public void A_locks_annotation_is_the_one_that_names_the_contract_that_is_paid()
    {
        var htlc = Terms.ContractOf(Role.Initiator).FundingOutput(Bench.Shares);
        var other = new TxOut(Bench.Shares, Script.P2wpkh(Bench.Key(50)));
        var good = SwapAnnotation.Build(0, Terms, Bench.Sats);

        Assert.Equal(Terms.Hash, SwapAnnotation.OfLock(Lock(htlc, other, good))?.Hash);
        Assert.Null(SwapAnnotation.OfLock(Lock(other, htlc, good)));
        Assert.Null(SwapAnnotation.OfLock(Lock(htlc, SwapAnnotation.Build(9, Terms, Bench.Sats))));
        Assert.Null(SwapAnnotation.OfLock(Lock(htlc, SwapAnnotation.Build(0,
            Terms with { Long = Locktime.At(1_800_043_201) }, Bench.Sats))));
        Assert.Equal<int?>(0, SwapAnnotation.OfLock(Lock(htlc, SwapAnnotation.Build(9, Terms, Bench.Sats), good))?.Index);
    }

    private static Transaction Lock(params TxOut[] outputs) => new(
        2, [new TxIn(new OutPoint(new TxId(Hash256.DoubleSha256([1])), 0), Script.Empty, TxIn.ReplaceableSequence)],
            [.. outputs], 0);
}
