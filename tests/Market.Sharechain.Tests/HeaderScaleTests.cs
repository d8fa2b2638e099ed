using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain.Tests;

/// <summary>Headers weigh what their shares weigh, and none that breaks a rule is on the scale.</summary>
public sealed class HeaderScaleTests
{
    [Fact]
    public void A_branch_weighs_by_its_headers_what_it_weighs_by_its_shares()
    {
        var (left, right) = (new Lab(), new Lab());
        for (var i = 0; i < 30; i++)
        {
            right.Now += i * 3;
            right.Add(Lab.Owner(2));
        }

        var scale = left.Chain.Weigh(left.Profile.GenesisId)!;
        foreach (var node in Line(right))
        {
            var share = right.Store.GetBlock(node.Id)!;
            Assert.Equal(ShareRefusal.None, scale.Add(share.Header, share.Proof, right.Now));
            Assert.Equal((node.Id, node.ChainWork), (scale.Tip, scale.ChainWork));
        }

        Assert.Null(left.Chain.Weigh(right.Chain.TipNode.Id));
    }

    [Fact]
    public void A_header_that_breaks_a_rule_is_refused_and_weighs_nothing()
    {
        var lab = new Lab();
        lab.AddMany(15);
        var good = lab.Next();
        Refuses(ShareRefusal.ParentUnknown, good with { Header = good.Header with { Parent = lab.Profile.GenesisId } });
        Refuses(ShareRefusal.Height, good with { Header = good.Header with { Height = 18 } });
        Refuses(ShareRefusal.TimeTooOld, good with { Header = good.Header with { Time = lab.Chain.MedianTimePast } });
        Refuses(ShareRefusal.Bits, good with { Header = good.Header with { Bits = new CompactTarget(0x207ffffe) } });
        Refuses(ShareRefusal.TimeTooFarAhead, good with
        {
            Header = good.Header with { Time = (uint)lab.Now + (uint)lab.Profile.MaxFutureSeconds + 1 },
        });
        Refuses(ShareRefusal.CommitmentOfAnotherShare, good with { Header = good.Header with { TxRoot = Hash256.Zero } });

        void Refuses(ShareRefusal refusal, ShareBlock share)
        {
            var scale = lab.Chain.Weigh(lab.Chain.TipNode.Id)!;
            Assert.Equal(refusal, scale.Add(share.Header, share.Proof, lab.Now));
            Assert.Equal((lab.Chain.TipNode.Id, lab.Chain.TipNode.ChainWork), (scale.Tip, scale.ChainWork));
            Assert.Equal(ShareRefusal.None, scale.Add(good.Header, good.Proof, lab.Now));
        }
    }

    [Fact]
    public void A_light_branch_is_not_kept_and_nothing_is_remembered_against_it()
    {
        var profile = Lab.Easy with { ReorgBound = 4 };
        var (heavy, light) = (new Lab(profile), new Lab(profile));
        heavy.AddMany(10, Lab.Owner(1));
        light.AddMany(7, Lab.Owner(2));
        light.Now = heavy.Now = Math.Max(heavy.Now, light.Now);
        var shares = Line(light).Select(node => light.Store.GetBlock(node.Id)!).ToList();

        Assert.Equal(ShareRefusal.BranchTooLight, heavy.Submit(shares[0]).Verdict.Refusal);
        Assert.Null(heavy.Store.GetBlock(shares[0].Id));
        Assert.True(heavy.Chain.IsNear(light.Chain.TipNode.ChainWork));
        Assert.False(heavy.Chain.IsNear(light.Chain.TipNode.Parent!.Parent!.ChainWork));

        // Weighed by its headers it comes near: each of its shares is kept.
        foreach (var share in shares)
        {
            Assert.Equal(
                ShareOutcome.SideChain,
                heavy.Chain.Submit(share, heavy.Mainchain, heavy.Now, isWeighed: true).Outcome);
        }
    }

    [Fact]
    public void A_branch_with_uncles_weighs_what_they_make_of_it_and_an_uncle_counts_once()
    {
        var (lab, left) = (new Lab(Rows.Of("p2poolv2-devnet")), new Lab(Rows.Of("p2poolv2-devnet")));
        lab.AddMany(3);
        for (var i = 0; i < 6; i++)
        {
            var now = lab.Now;
            var rival = lab.Next(Lab.Owner(7));
            lab.Now = now;
            lab.Add();
            lab.Submit(rival);
        }

        lab.Add();
        var scale = left.Chain.Weigh(left.Profile.GenesisId)!;
        ShareBlock last = null!;
        foreach (var node in Line(lab))
        {
            last = lab.Store.GetBlock(node.Id)!;
            Assert.Equal(ShareRefusal.None, scale.Add(last.Header, last.Proof, lab.Now));
            Assert.Equal((node.Id, node.ChainWork), (scale.Tip, scale.ChainWork));
        }

        Assert.Equal(10 + 6, (int)(lab.Chain.TipNode.ChainWork.ToBigInteger() / last.Header.Bits.Work().ToBigInteger()) - 1);
        var again = lab.Forge(lab.Next(), header: header => header with { Uncles = last.Header.Uncles });
        Assert.Single(again.Header.Uncles);
        Assert.Equal(ShareRefusal.NamedTwice, scale.Add(again.Header, again.Proof, lab.Now));
        Assert.Equal(ShareRefusal.NamedTwice, lab.Chain.Weigh(last.Id)!.Add(again.Header, again.Proof, lab.Now));
    }

    [Fact]
    public void A_share_that_comes_near_by_its_uncle_is_kept()
    {
        var profile = Rows.Of("p2poolv2-devnet") with { ReorgBound = 4 };
        var (heavy, light) = (new Lab(profile), new Lab(profile));
        var rival = light.Next(Lab.Owner(7));
        light.Add();
        light.Submit(rival);
        var nephew = light.Add();
        Assert.Single(nephew.Header.Uncles);
        heavy.AddMany(6, Lab.Owner(1));
        heavy.Now = Math.Max(heavy.Now, light.Now);
        Assert.Equal(ShareOutcome.SideChain, heavy.Chain.Submit(
            light.Store.GetBlock(nephew.Header.Parent)!, heavy.Mainchain, heavy.Now, isWeighed: true).Outcome);

        // Two of work and one of the uncle are three: as much as the tip less its four. Without it, it is too light.
        heavy.AddMany(1, Lab.Owner(1));
        Assert.Equal(ShareOutcome.SideChain, heavy.Submit(nephew).Outcome);
    }

    private static IEnumerable<BlockNode<ShareId, ShareInfo>> Line(Lab lab) =>
        Enumerable.Range(1, lab.Chain.TipNode.Height).Select(height => lab.Chain.AtHeight(height)!);
}
