using Market.Bitcoin;
using Market.Swaps.Agent;

namespace Market.Swaps.Tests.Agent;

/// <summary>Law 17: the secret is shown only while the own shares surely last until they can have been claimed with it.</summary>
public sealed class OutlivingRevealTests
{
    private static readonly SwapRules Rules = SwapRules.Of(NetworkProfile.Of("devnet") with { SharesExpire = true });

    private static long Needed(CoreBench bench) => bench.Deadlines.Long - bench.Now + bench.Own.Swap.Plan.ExpiryMargin!.Value;

    /// <summary>A seller whose lock is deep, and the buyer's, which is not yet.</summary>
    private static CoreBench SellerThatLocked(out OutPoint locked, AgentPolicy? policy = null)
    {
        var bench = new CoreBench(Role.Initiator, policy, Rules);
        bench.Lasts = Needed(bench);
        bench.Step();
        var funding = bench.Own.Locks().Single();
        locked = funding.OutPoint;
        bench.Show(Role.Initiator, funding.Transaction, 1_001);
        bench.Lives[locked] = Needed(bench);
        bench.After(2, shares: 4);
        bench.Pay(Role.Participant, 201);
        return bench.Step();
    }

    private static bool HasRevealed(CoreBench bench) => bench.Sent.Exists(sent => sent.Kind == OwnTransactionKind.Claim);

    // Beyond: seconds more than there are from the last moment to reveal until the shares can be taken back.
    [Theory]
    [InlineData(null, false)]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    public void A_seller_reveals_only_while_its_shares_last_until_they_can_have_been_claimed(int? beyond, bool reveals)
    {
        var bench = SellerThatLocked(out var locked);
        bench.Lives.Remove(locked);
        if (beyond is { } more)
        {
            bench.Lives[locked] = bench.Deadlines.Long - bench.Deadlines.RevealBy + more;
        }

        bench.After(2, coins: 6);
        Assert.Equal(reveals, HasRevealed(bench));
        Assert.Equal(!reveals, bench.Said.Contains(AgentWords.OwnMayExpireBeforeClaimed));
    }

    [Fact]
    public void A_seller_whose_shares_are_gone_takes_no_BTC_for_them()
    {
        var bench = SellerThatLocked(out var locked);
        bench.Lives[locked] = ChainSight.Gone;
        bench.After(2, coins: 6);
        bench.At(bench.Deadlines.RevealBy - 1, shares: 10, coins: 2);

        Assert.False(HasRevealed(bench));
        Assert.Contains(AgentWords.OwnGoneBeforeReveal, bench.Said);
    }

    [Fact]
    public void What_lasts_long_enough_again_in_time_is_sold()
    {
        var bench = SellerThatLocked(out var locked);
        bench.Lives[locked] = 1;
        Assert.False(HasRevealed(bench.After(2, coins: 6)));
        bench.Lives[locked] = Needed(bench);
        Assert.True(HasRevealed(bench.After(2, shares: 1)));
    }

    [Fact]
    public void A_claim_that_was_written_down_is_pushed_whatever_becomes_of_the_shares()
    {
        var bench = SellerThatLocked(out var locked);
        bench.DiesBeforeSending = true;
        bench.After(2, coins: 6);
        Assert.NotNull(bench.Newest(OwnTransactionKind.Claim, Role.Participant));
        (bench.DiesBeforeSending, bench.Lives[locked]) = (false, ChainSight.Gone);

        Assert.True(HasRevealed(bench.After(2, shares: 1)));
    }

    [Fact]
    public void Without_the_law_a_seller_takes_BTC_for_shares_that_are_gone()
    {
        var policy = AgentPolicy.Default with { Laws = AgentLaws.All & ~AgentLaws.ClaimableReveal };
        var bench = SellerThatLocked(out var locked, policy);
        bench.Lives[locked] = ChainSight.Gone;

        Assert.True(HasRevealed(bench.After(2, coins: 6)));
    }

    [Fact]
    public void Nobody_is_told_that_shares_which_are_gone_can_be_claimed()
    {
        var bench = SellerThatLocked(out var locked);
        bench.After(2, coins: 6);
        Assert.NotNull(bench.Own.Swap.Preimage);
        Assert.Contains("at once", Words(), StringComparison.Ordinal);

        bench.Lives[locked] = ChainSight.Gone;
        bench.After(2, shares: 1);
        Assert.DoesNotContain("at once", Words(), StringComparison.Ordinal);
        Assert.Contains("have expired where they were locked", Words(), StringComparison.Ordinal);
        // They stay gone where nobody asks any more; back after a reorganisation, they can be claimed again.
        bench.Lives.Remove(locked);
        bench.After(2, shares: 1);
        Assert.Contains("have expired where they were locked", Words(), StringComparison.Ordinal);
        bench.Lives[locked] = 1;
        bench.After(2, shares: 1);
        Assert.Contains("at once", Words(), StringComparison.Ordinal);

        string Words() => AgentWords.Of(bench.Own.Swap, bench.Sight.Tips, Role.Participant);
    }
}
