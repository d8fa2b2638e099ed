using Market.Bitcoin;

namespace Market.Sharechain.Tests;

/// <summary>Rules 1 to 5: each with a block that keeps it and a block that breaks nothing else.</summary>
public sealed class RuleTests
{
    private readonly Lab _lab = new();

    [Fact]
    public void A_share_that_keeps_every_rule_is_the_new_tip()
    {
        var block = _lab.Next();

        var submission = _lab.Submit(block);

        Assert.Equal(ShareOutcome.NewTip, submission.Outcome);
        Assert.Equal(block.Id, _lab.Chain.TipNode.Id);
        Assert.Equal(block.Id, submission.Change!.Connected[^1].Block.Id);
        Assert.Equal(ShareOutcome.Known, _lab.Submit(block).Outcome);
    }

    [Fact]
    public void A_forged_share_with_nothing_changed_is_taken() =>
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(_lab.Forge(_lab.Next())).Outcome);

    [Theory]
    [InlineData(0u)]
    [InlineData(2u)]
    public void Refuses_an_unknown_version(uint version) => _lab.AssertRefused(
        ShareRefusal.Version, _lab.Forge(_lab.Next(), header: header => header with { Version = version }));

    [Fact]
    public void Refuses_uncles_where_the_profile_has_none() => _lab.AssertRefused(
        ShareRefusal.TooManyUncles,
        _lab.Forge(_lab.Next(), header: header => header with { Uncles = [new ShareId(Hash256.DoubleSha256([]))] }));

    [Fact]
    public void Refuses_uncles_that_are_not_ascending()
    {
        var header = _lab.Next().Header with { Uncles = [Id(2), Id(1)] };
        var profile = Lab.Easy with { Uncles = new UncleRule(3, 3, 90) };

        Assert.Equal(ShareRefusal.UncleOrder, ShareChecks.CheckHeaderForm(header, profile));
        Assert.Equal(
            ShareRefusal.UncleOrder, ShareChecks.CheckHeaderForm(header with { Uncles = [Id(1), Id(1)] }, profile));
        Assert.Equal(
            ShareRefusal.None, ShareChecks.CheckHeaderForm(header with { Uncles = [Id(1), Id(2)] }, profile));
    }

    [Fact]
    public void Defers_a_share_whose_parent_is_unknown()
    {
        var twin = _lab.Twin();
        var parent = twin.Add();
        var child = twin.Next();
        _lab.Now = twin.Now;

        _lab.AssertRefused(ShareRefusal.ParentUnknown, child);
        _lab.Submit(parent);
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(child).Outcome);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void Refuses_a_height_that_is_not_the_next(int off)
    {
        _lab.AddMany(3);
        _lab.AssertRefused(
            ShareRefusal.Height,
            _lab.Forge(_lab.Next(), header: header => header with { Height = (uint)(header.Height + off) }));
    }

    [Fact]
    public void Refuses_a_time_at_the_median_of_the_last_eleven_and_takes_one_above()
    {
        _lab.AddMany(12);
        var block = _lab.Next();
        var median = _lab.Chain.MedianTimePast;

        _lab.AssertRefused(
            ShareRefusal.TimeTooOld, _lab.Forge(block, header: header => header with { Time = median }));
        Assert.Equal(
            ShareOutcome.NewTip,
            _lab.Submit(_lab.Forge(block, header: header => header with { Time = median + 1 })).Outcome);
    }

    [Fact]
    public void Defers_a_time_too_far_ahead_until_the_clock_reaches_it()
    {
        var block = _lab.Next();
        var early = _lab.Forge(block, header: header => header with { Time = (uint)_lab.Now + 121 });

        _lab.AssertRefused(ShareRefusal.TimeTooFarAhead, early);
        _lab.Now++;
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(early).Outcome);
    }

    [Fact]
    public void Refuses_bits_off_the_schedule()
    {
        _lab.AddMany(3);
        _lab.AssertRefused(ShareRefusal.Bits, _lab.Forge(
            _lab.Next(), header: header => header with { Bits = new CompactTarget(0x207ffffe) }));
        _lab.AssertRefused(ShareRefusal.Bits, _lab.Forge(
            _lab.Next(), header: header => header with { Bits = new CompactTarget(0x203fffff) }));
    }

    [Fact]
    public void Refuses_a_target_easier_than_the_easiest_though_the_parent_is_unknown() => _lab.AssertRefused(
        ShareRefusal.Bits,
        _lab.Forge(_lab.Next(), header: header => header with { Parent = Id(7), Bits = new CompactTarget(0x2100ffff) }));

    [Fact]
    public void Refuses_work_above_the_target() =>
        _lab.AssertRefused(ShareRefusal.WorkTooLow, _lab.Forge(_lab.Next(), solved: false));

    [Fact]
    public void Refuses_a_target_that_is_no_number() => _lab.AssertRefused(
        ShareRefusal.WorkTooLow,
        _lab.Forge(
            _lab.Next(), header: header => header with { Bits = new CompactTarget(0x01800000) }, solved: false));

    [Fact]
    public void Refuses_a_main_coinbase_that_spends_something() => _lab.AssertRefused(
        ShareRefusal.MainCoinbase,
        _lab.Forge(_lab.Next(), coinbase: made => new Transaction(
            made.Version,
            [made.Inputs[0] with { PreviousOutput = new OutPoint(made.Id, 0) }],
            made.Outputs,
            made.LockTime)));

    [Fact]
    public void Refuses_a_main_coinbase_of_another_height() => _lab.AssertRefused(
        ShareRefusal.MainCoinbase,
        _lab.Forge(_lab.Next(), coinbase: made => new Transaction(
            made.Version, [made.Inputs[0] with { ScriptSig = Lab.Bytes([1, 99, 0]) }], made.Outputs, made.LockTime)));

    [Fact]
    public void Refuses_a_branch_that_leads_elsewhere() => _lab.AssertRefused(
        ShareRefusal.MainMerkleRoot,
        _lab.Forge(_lab.Next(), main: header => header with { MerkleRoot = Hash256.DoubleSha256([7]) }));

    [Fact]
    public void Refuses_a_coinbase_that_names_no_share() => _lab.AssertRefused(
        ShareRefusal.CommitmentMissing,
        _lab.Forge(_lab.Next(), outputs: (_, made) => [.. made.Where(one => ShareCommitment.Read(one) is null)]));

    [Fact]
    public void Refuses_a_commitment_that_has_value() => _lab.AssertRefused(
        ShareRefusal.CommitmentMissing,
        _lab.Forge(_lab.Next(), outputs: (_, made) =>
            [.. made.Select(one => ShareCommitment.Read(one) is null ? one : one with { Value = new Amount(1) })]));

    [Fact]
    public void Refuses_a_coinbase_that_names_the_share_twice() => _lab.AssertRefused(
        ShareRefusal.CommitmentRepeated,
        _lab.Forge(_lab.Next(), outputs: (commitment, made) => [.. made, ShareCommitment.Output(commitment)]));

    [Fact]
    public void Refuses_a_coinbase_that_names_another_share() => _lab.AssertRefused(
        ShareRefusal.CommitmentOfAnotherShare,
        _lab.Forge(_lab.Next(), outputs: (_, made) => [.. made, ShareCommitment.Output(Id(9).Value)]));

    [Fact]
    public void Refuses_work_whose_commitment_was_for_other_transactions()
    {
        var block = _lab.Next();
        var other = _lab.Next(Lab.Owner(2));

        _lab.AssertRefused(
            ShareRefusal.CommitmentOfAnotherShare,
            block with { Header = other.Header, Transactions = other.Transactions });
    }

    [Fact]
    public void Defers_a_share_on_an_unknown_mainchain_block()
    {
        var ahead = new PlainMainchain();
        var block = _lab.Next();
        var grown = ahead.Grow();
        var early = _lab.Forge(
            block,
            main: header => header with { Previous = grown.Id },
            coinbase: made => new Transaction(
                made.Version,
                [made.Inputs[0] with { ScriptSig = Lab.Bytes([1, (byte)(grown.Height + 1), 0]) }],
                made.Outputs,
                made.LockTime));

        _lab.AssertRefused(ShareRefusal.MainPreviousUnknown, early);
        _lab.Mainchain.Grow();
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(early).Outcome);
    }

    [Fact]
    public void Refuses_main_bits_that_the_mainchain_does_not_ask_for() => _lab.AssertRefused(
        ShareRefusal.MainBits,
        _lab.Forge(_lab.Next(), main: header => header with { Bits = new CompactTarget(0x1d00ffff) }));

    [Fact]
    public void Every_refusal_has_its_own_stable_code_and_rule()
    {
        var refusals = Enum.GetValues<ShareRefusal>();

        Assert.Equal(refusals.Length, refusals.Select(refusal => refusal.Code()).Distinct().Count());
        Assert.All(refusals, refusal => Assert.InRange(refusal.Rule(), refusal == ShareRefusal.None ? 0 : 1, 9));
        Assert.Equal("share-time-too-old", ShareRefusal.TimeTooOld.Code());
    }

    private static ShareId Id(byte number) => new(new Hash256([number, .. new byte[31]]));
}
