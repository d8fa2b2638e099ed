using Market.Bitcoin;

namespace Market.Sharechain.Tests;

/// <summary>Rule 5: the work could be a Bitcoin block as far as can be seen from here.</summary>
public sealed class MainWorkTests
{
    private readonly Lab _lab = new();

    [Fact]
    public void Takes_a_mainchain_block_three_below_the_highest_and_refuses_four()
    {
        var points = new List<MainchainPoint> { _lab.Mainchain.Tip };
        for (var i = 0; i < 10; i++)
        {
            points.Add(_lab.Mainchain.Grow());
        }

        _lab.Add();
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(_lab.OnMain(_lab.Next(), points[7])).Outcome);

        // The highest of any ancestor counts, not the parent's: nobody climbs down step by step.
        _lab.AssertRefused(ShareRefusal.MainPreviousTooOld, _lab.OnMain(_lab.Next(), points[6]));
        Assert.Equal(7 + 100, _lab.Chain.TipNode.Item.MainHeight);
        Assert.Equal(10 + 100, _lab.Chain.TipNode.Item.HighestMainHeight);
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(_lab.OnMain(_lab.Next(), points[7])).Outcome);
    }

    [Theory]
    [InlineData(3, ShareRefusal.MainVersion)]
    [InlineData(-1, ShareRefusal.MainVersion)]
    [InlineData(4, ShareRefusal.None)]
    public void A_mainchain_header_has_version_4_or_more(int version, ShareRefusal refusal) =>
        Expect(refusal, _lab.Forge(_lab.Next(), main: header => header with { Version = version }));

    [Theory]
    [InlineData(0u, ShareRefusal.MainTimeTooOld)]
    [InlineData(1u, ShareRefusal.None)]
    public void A_mainchain_header_is_later_than_the_median_time_past(uint after, ShareRefusal refusal) => Expect(
        refusal,
        _lab.Forge(_lab.Next(), main: header => header with { Time = PlainMainchain.MedianTimePast + after }));

    [Theory]
    [InlineData(7_201u, ShareRefusal.MainTimeTooFarAhead)]
    [InlineData(7_200u, ShareRefusal.None)]
    public void A_mainchain_header_is_at_most_two_hours_ahead_of_its_share(uint ahead, ShareRefusal refusal)
    {
        var block = _lab.Next();
        Expect(refusal, _lab.Forge(block, main: header => header with { Time = block.Header.Time + ahead }));
    }

    [Theory]
    [InlineData(101u, 0u, ShareRefusal.MainCoinbaseNotFinal)]
    [InlineData(900_000u, 0u, ShareRefusal.MainCoinbaseNotFinal)]
    [InlineData(100u, 0u, ShareRefusal.None)]
    [InlineData(900_000u, TxIn.FinalSequence, ShareRefusal.None)]
    public void A_main_coinbase_is_final_in_its_block(uint lockTime, uint sequence, ShareRefusal refusal) => Expect(
        refusal,
        _lab.Forge(_lab.Next(), coinbase: made => new Transaction(
            made.Version, [made.Inputs[0] with { Sequence = sequence }], made.Outputs, lockTime)));

    [Fact]
    public void A_main_coinbase_locked_by_time_is_final_from_the_median_time_past_on()
    {
        var block = _lab.Next();
        Expect(ShareRefusal.MainCoinbaseNotFinal, Locked(PlainMainchain.MedianTimePast));
        Expect(ShareRefusal.None, Locked(PlainMainchain.MedianTimePast - 1));

        ShareBlock Locked(uint time) => _lab.Forge(block, coinbase: made => new Transaction(
            made.Version, [made.Inputs[0] with { Sequence = 0 }], made.Outputs, time));
    }

    [Theory]
    [InlineData(20_001, ShareRefusal.MainCoinbaseSize)]
    [InlineData(20_000, ShareRefusal.None)]
    public void A_main_coinbase_has_at_most_20_kB(int bytes, ShareRefusal refusal)
    {
        var block = _lab.Next();
        var block2 = Sized(19_000);
        var at = block2.Proof.MainCoinbase.StrippedSize;
        Expect(refusal, Sized(19_000 + bytes - at));

        ShareBlock Sized(int script) => _lab.Forge(block, outputs: (_, made) =>
            made.Add(new TxOut(Amount.Zero, Lab.Bytes([0x6a, .. new byte[script]]))));
    }

    [Theory]
    [InlineData(101, ShareRefusal.MainCoinbase)]
    [InlineData(100, ShareRefusal.None)]
    public void A_main_coinbase_has_a_script_of_2_to_100_bytes(int bytes, ShareRefusal refusal) => Expect(
        refusal,
        _lab.Forge(_lab.Next(), coinbase: made => new Transaction(
            made.Version, [made.Inputs[0] with { ScriptSig = Lab.Bytes([1, 101, .. new byte[bytes - 2]]) }],
            made.Outputs, made.LockTime)));

    private void Expect(ShareRefusal refusal, ShareBlock block)
    {
        if (refusal == ShareRefusal.None)
        {
            Assert.Equal(ShareVerdict.Valid, _lab.Submit(block).Verdict);
            Assert.Equal(block.Id, _lab.Chain.TipNode.Id);
        }
        else
        {
            _lab.AssertRefused(refusal, block);
        }
    }
}
