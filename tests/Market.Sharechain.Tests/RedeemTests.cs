using Market.Bitcoin;

namespace Market.Sharechain.Tests;

/// <summary>Redeem (p2share-redeem): the winner's output is frozen, then destroyed or free again. Every share is a block here.
/// </summary>
public sealed class RedeemTests
{
    private static readonly SharechainProfile Row = Rows.Of("p2share-redeem-devnet");

    private readonly Lab _lab = new(Row);

    public RedeemTests()
    {
        // All that was drawn at first is free again.
        _lab.AddMany(8, Lab.Owner(1));
        _lab.Mainchain.Grow(6);
        _lab.AddMany(1, Lab.Owner(1));
    }

    [Fact]
    public void The_winners_output_is_frozen_and_neither_spent_nor_drawn()
    {
        var drawn = _lab.State.Draw();
        var before = _lab.State.MatureUnits;
        var share = _lab.Add(Lab.Owner(1));
        Assert.True(share.Proof.MainHeader.MeetsOwnTarget);

        Assert.True(_lab.State.IsFrozen(drawn.OutPoint));
        Assert.False(_lab.State.IsMature(drawn));
        Assert.NotNull(_lab.State.Find(drawn.OutPoint));
        Assert.DoesNotContain(drawn, _lab.State.CoinsOf(Lab.Owner(1)));

        // A sharebase became mature meanwhile.
        Assert.Equal(before, _lab.State.MatureUnits);
        var spend = Lab.Spend(drawn, Lab.Owner(2));
        Assert.Single(_lab.Template(Lab.Owner(1), spend).Transactions);
        _lab.AssertRefused(ShareRefusal.Frozen, With(spend));
        for (var i = 0; i < 20 && _lab.State.MatureUnits > 0; i++)
        {
            Assert.NotEqual(drawn.OutPoint, _lab.State.Draw().OutPoint);
            _lab.Add(Lab.Owner(1));
        }
    }

    [Fact]
    public void A_share_that_is_no_block_freezes_nothing()
    {
        var drawn = _lab.State.Draw();
        var block = _lab.Next(Lab.Owner(1));
        var main = block.Proof.MainHeader with { Bits = new CompactTarget(0x1d00ffff) };
        Assert.False(main.MeetsOwnTarget);

        Assert.False(After(block with { Proof = block.Proof with { MainHeader = main } }).IsFrozen(drawn.OutPoint));
        Assert.True(After(block).IsFrozen(drawn.OutPoint));

        SharechainState After(ShareBlock share)
        {
            Assert.True(SharechainState.TryRestore(_lab.State.ToSnapshot(), Row, _lab.Scripts, out var state));
            state.Apply(share, _lab.Chain.MedianTimePast);
            return state;
        }
    }

    [Fact]
    public void What_is_drawn_for_a_share_is_not_spent_by_it()
    {
        var drawn = _lab.State.Draw();
        var spend = Lab.Spend(drawn, Lab.Owner(2));

        Assert.Single(_lab.Template(Lab.Owner(1), spend).Transactions);
        _lab.AssertRefused(ShareRefusal.Frozen, With(spend));
        var other = _lab.State.Coins.First(coin => _lab.State.IsMature(coin) && coin.OutPoint != drawn.OutPoint);
        _lab.Add(Lab.Owner(1), Lab.Spend(other, Lab.Owner(2)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Five_blocks_above_it_is_destroyed_where_the_mainchain_keeps_the_block_and_free_where_not(bool isKept)
    {
        var drawn = _lab.State.Draw();
        var share = _lab.Add(Lab.Owner(1));
        var supply = _lab.State.Supply;
        var height = _lab.Mainchain.Grow(isKept ? share.Proof.MainHeader.Id : null).Height;
        _lab.Mainchain.Grow(4);
        _lab.Add(Lab.Owner(1));
        Assert.True(_lab.State.IsFrozen(drawn.OutPoint));
        Assert.Equal(height + 5, _lab.Mainchain.Grow().Height);
        _lab.Add(Lab.Owner(1));

        Assert.False(_lab.State.IsFrozen(drawn.OutPoint));
        Assert.Equal(!isKept, _lab.State.Find(drawn.OutPoint) is not null);
        Assert.Equal(supply + new Amount((isKept ? 1 : 2) * 50 * Amount.Coin), _lab.State.Supply);
        Assert.Equal(_lab.State.StateHash(), _lab.Twin().State.StateHash());
        if (!isKept)
        {
            Assert.True(_lab.State.IsMature(drawn));
            if (_lab.State.DrawnToRedeem != drawn.OutPoint)
            {
                _lab.Add(Lab.Owner(1), Lab.Spend(drawn, Lab.Owner(3)));
            }
        }
    }

    [Fact]
    public void It_is_decided_as_seen_from_the_block_that_the_later_share_builds_on()
    {
        var drawn = _lab.State.Draw();
        var share = _lab.Add(Lab.Owner(1));
        var fork = _lab.Mainchain.Tip;
        _lab.Mainchain.Grow(share.Proof.MainHeader.Id);
        _lab.Mainchain.Grow(5);
        var kept = _lab.Next(Lab.Owner(1));
        _lab.Mainchain.Grow(onTop: fork);
        _lab.Mainchain.Grow(5);
        var other = _lab.Next(Lab.Owner(2));
        var twin = _lab.Twin();

        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(kept).Outcome);
        Assert.Null(_lab.State.Find(drawn.OutPoint));
        Assert.Equal(ShareOutcome.NewTip, twin.Submit(other).Outcome);
        Assert.NotNull(twin.State.Find(drawn.OutPoint));

        // A reorganisation of the sharechain takes the destruction back.
        var more = twin.Add(Lab.Owner(2));
        Assert.Equal(ShareOutcome.SideChain, _lab.Submit(other).Outcome);
        _lab.Now = twin.Now;
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(more).Outcome);
        Assert.NotNull(_lab.State.Find(drawn.OutPoint));
        Assert.Equal(twin.State.StateHash(), _lab.State.StateHash());
    }

    [Fact]
    public void A_share_waits_where_the_mainchains_blocks_are_not_known()
    {
        _lab.Add(Lab.Owner(1));
        _lab.Mainchain.Grow(6);
        var share = _lab.Next(Lab.Owner(1));
        _lab.Mainchain.Forgotten = _lab.Mainchain.Tip.Height;
        _lab.AssertRefused(ShareRefusal.MainPreviousUnknown, share);
        _lab.Mainchain.Forgotten = 0;

        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(share).Outcome);
    }

    [Fact]
    public void Annotated_outputs_take_no_part_in_the_draw()
    {
        var coin = _lab.State.Coins.First(each =>
            _lab.State.IsMature(each) && each.OutPoint != _lab.State.DrawnToRedeem);
        var before = _lab.State.MatureUnits;
        var drawn = _lab.State.Draw().Value.Sats;
        var spend = Lab.Spend(
            coin.OutPoint, [new TxOut(coin.Value, Lab.Owner(5)), PayoutAnnotation.Output(0, Lab.Owner(6))]);
        _lab.Add(Lab.Owner(1), spend);

        // One sharebase became mature, the drawn one is frozen, and the annotated one is out.
        Assert.Equal(before + 50 * Amount.Coin - drawn - coin.Value.Sats, _lab.State.MatureUnits);
        Assert.Null(_lab.State.Find(new OutPoint(spend.Id, 0))!.Payout);
        Assert.Equal(_lab.State.StateHash(), _lab.Twin().State.StateHash());
    }

    [Fact]
    public void Annotated_outputs_take_no_part_after_a_restart_and_a_reorganisation_either()
    {
        var coin = _lab.State.Coins.First(each =>
            _lab.State.IsMature(each) && each.OutPoint != _lab.State.DrawnToRedeem);
        var spend = Lab.Spend(
            coin.OutPoint, [new TxOut(coin.Value, Lab.Owner(5)), PayoutAnnotation.Output(0, Lab.Owner(6))]);
        _lab.Add(Lab.Owner(1), spend);
        var annotated = _lab.State.Find(new OutPoint(spend.Id, 0))!;
        var (before, drawn) = (_lab.State.MatureUnits, _lab.State.Draw());
        AssertSame(Restored());

        // Spent, and given back by undo data that were bytes meanwhile.
        var last = _lab.Add(Lab.Owner(1), Lab.Spend(annotated, Lab.Owner(7)));
        var state = Restored();
        state.Undo(last, ShareUndo.Parse(_lab.Store.GetUndo(last.Id)!.ToArray())!);
        AssertSame(state);

        SharechainState Restored()
        {
            Assert.True(SharechainState.TryRestore(_lab.State.ToSnapshot(), Row, _lab.Scripts, out var state));
            return state;
        }

        void AssertSame(SharechainState state)
        {
            Assert.Null(state.Find(annotated.OutPoint)!.Payout);
            Assert.Equal(before, state.MatureUnits);
            Assert.Equal(drawn, state.Draw());
        }
    }

    [Fact]
    public void Undo_data_and_snapshots_hold_what_is_frozen()
    {
        _lab.AddMany(3, Lab.Owner(2));
        Assert.True(SharechainState.TryRestore(_lab.State.ToSnapshot(), _lab.Profile, _lab.Scripts, out var state));
        Assert.Equal(_lab.State.StateHash(), state.StateHash());
        Assert.Equal(_lab.State.MatureUnits, state.MatureUnits);
        var block = ReorgTests.Block(_lab, _lab.State.Height);
        var undo = _lab.Store.GetUndo(block.Id)!;
        Assert.NotNull(undo.Redeem!.Frozen);
        Assert.Equal(undo.ToArray(), ShareUndo.Parse(undo.ToArray())!.ToArray());
        state.Undo(block, ShareUndo.Parse(undo.ToArray())!);
        Assert.False(state.IsFrozen(undo.Redeem.Frozen.OutPoint));
    }

    private ShareBlock With(Transaction transaction)
    {
        var plain = _lab.Next(Lab.Owner(1));
        return _lab.Forge(plain, transactions: [plain.Transactions[0], transaction]);
    }
}
