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

    private static IEnumerable<BlockNode<ShareId, ShareInfo>> Line(Lab lab) =>
        Enumerable.Range(1, lab.Chain.TipNode.Height).Select(height => lab.Chain.AtHeight(height)!);
}
