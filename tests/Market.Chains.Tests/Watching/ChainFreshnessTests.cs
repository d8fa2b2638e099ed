using Market.Bitcoin;
using Market.Chains.Watching;

namespace Market.Chains.Tests.Watching;

/// <summary>A stale chain is no chain: each way of being stale, and none by mistake.</summary>
public sealed class ChainFreshnessTests
{
    private const int Spacing = 600;
    private const long Start = 1_800_000_000;

    private ChainFreshness _chain = ChainFreshness.Start(Spacing, Start);
    private long _now = Start;

    [Fact]
    public void A_chain_whose_blocks_come_is_fresh_and_one_whose_blocks_do_not_is_not()
    {
        for (var height = 1; height <= 20; height++)
        {
            Assert.Null(See(Head(height), after: Spacing));
        }

        Assert.Null(See(Head(20, Start + (20 * Spacing)), after: 15 * Spacing));
        Assert.Equal(
            new StaleChain(StaleCode.NoBlock, Start + (20 * Spacing)), See(Head(20, Start + (20 * Spacing)), after: 1));
        Assert.Null(See(Head(21), after: 1));
    }

    [Fact]
    public void A_chain_frozen_long_ago_is_stale_at_the_first_look()
    {
        var lag = _chain.Lag + (ChainFreshness.TimeSpacings * Spacing);
        Assert.Null(See(Head(9, Start - lag)));
        Assert.Equal(new StaleChain(StaleCode.OldBlock, Start - lag - 1), See(Head(9, Start - lag - 1)));

        // A chain that has only its genesis is as old as that is.
        _chain = ChainFreshness.Start(Spacing, Start);
        Assert.Null(See(Head(0, 1_231_006_505)));
    }

    [Fact]
    public void A_fast_chain_is_not_judged_faster_than_others()
    {
        _chain = ChainFreshness.Start(1, Start);
        Assert.Null(See(Head(1)));
        Assert.Null(See(Head(1, Start), after: ChainFreshness.LeastLag));
        Assert.Equal(StaleCode.NoBlock, See(Head(1, Start), after: 1)?.Code);
    }

    [Fact]
    public void A_node_that_does_not_answer_has_three_looks()
    {
        Assert.Null(See(Head(1)));
        Assert.Null(Miss(out var decided));
        Assert.False(decided);
        Assert.Null(Miss(out _));
        Assert.Equal(StaleCode.NoAnswer, Miss(out decided)?.Code);
        Assert.True(decided);
        Assert.Null(See(Head(2)));
        Assert.Null(Miss(out _));
    }

    [Fact]
    public void What_the_node_itself_says_is_wrong_counts_at_once() =>
        Assert.Equal(
            "The mainchain lags: its node is still in its initial download.",
            Look(new ChainLook(Head(1), "its node is still in its initial download"))?.Words(ChainKind.Mainchain));

    [Theory]
    [InlineData(1, true, StaleCode.Disagreement)]
    [InlineData(1 + ChainFreshness.TipDepth + 1, false, StaleCode.Behind)]
    public void Another_source_that_sees_another_chain_counts_after_three_looks(int height, bool isForked, StaleCode code)
    {
        var look = new ChainLook(Head(1), Second: new SecondSource(height, isForked));
        Assert.Null(Look(look));
        Assert.Null(Look(look));
        Assert.Equal(code, Look(look)?.Code);
        Assert.Equal(code, Look(look)?.Code);
        Assert.Null(Look(new ChainLook(Head(2), Second: new SecondSource(1 + ChainFreshness.TipDepth, false))));
        Assert.Null(Look(look));
    }

    [Fact]
    public void Shares_on_blocks_that_the_own_mainchain_does_not_have_are_no_chain()
    {
        var look = new ChainLook(Head(1), BuildsOnOwn: false);
        Assert.Null(Look(look));
        Assert.Null(Look(look));
        Assert.Equal(
            "The sharechain builds on blocks that the own node of the mainchain does not have.",
            Look(look)?.Words(ChainKind.Sharechain));
        Assert.Null(Look(look with { BuildsOnOwn = true }));
    }

    private StaleChain? See(ChainHead head, long after = 0)
    {
        _now += after;
        return Look(new ChainLook(head));
    }

    private StaleChain? Look(ChainLook look) => (_chain = _chain.After(look, _now)).Stale;

    private StaleChain? Miss(out bool isDecided)
    {
        var stale = Look(ChainLook.NoAnswer);
        isDecided = _chain.IsDecided;
        return stale;
    }

    private ChainHead Head(int height, long? time = null) => new(
        Hash256.DoubleSha256(BitConverter.GetBytes(height)), height, (uint)(time ?? _now), (uint)(time ?? _now));
}
