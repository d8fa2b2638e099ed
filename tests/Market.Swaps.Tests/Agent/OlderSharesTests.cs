using Market.Bitcoin;
using Market.Bitcoin.Watching;

namespace Market.Swaps.Tests.Agent;

/// <summary>Law 16 where a seller pays several times: what counts as its lock is the same to the market and to the buyer's
/// agent.</summary>
public sealed class OlderSharesTests
{
    private static readonly SwapRules Rules = SwapRules.Of(NetworkProfile.Of("devnet") with { SharesExpire = true });

    private static long Needed(CoreBench bench) => bench.Deadlines.Long - bench.Now + bench.Own.Swap.Plan.ExpiryMargin!.Value;

    // A seller pays older shares of the exact amount in a block, and fresh ones in the next.
    [Fact]
    public void The_market_and_the_buyer_s_agent_take_the_same_payment_for_the_lock()
    {
        var bench = new CoreBench(Role.Participant, rules: Rules);
        var before = bench.Own.Swap;
        var older = bench.Pay(Role.Initiator, 1_001);
        var fresh = bench.Pay(Role.Initiator, 1_002);
        bench.Lives[older] = bench.Lives[fresh] = 10 * Needed(bench);
        bench.RootsOf[older] = CoreBench.LeastRoot - 1;
        bench.After(10, shares: 5);

        Assert.Equal(fresh, bench.Own.Swap.FundingOf(Role.Initiator)?.OutPoint);
        Assert.Single(bench.Sent);
        Assert.Contains(AgentWords.OthersAreOlder, bench.Said);

        // As the market's look at the same chain reads it.
        bool IsStray(WatchedPayment payment) =>
            SwapReading.IsOfOlderSeries(
                before, Role.Initiator, payment.OutPoint, bench.Sight.Share.Roots[payment.OutPoint], CoreBench.LeastRoot);
        var script = before.Terms!.ContractOf(Role.Initiator).ScriptPubKey;
        var market = SwapReading.Events(before, Role.Initiator, bench.Sight.Share.View.PaymentsTo(script), IsStray)
            .Aggregate(before, (swap, happened) => SwapMachine.Decide(swap, happened, bench.Sight.Tips).Swap);
        Assert.Equal(fresh, market.FundingOf(Role.Initiator)?.OutPoint);
    }

    // Older shares expire first, and nobody tells the root height of what is gone.
    [Fact]
    public void Older_shares_that_expire_do_not_become_the_lock_in_place_of_the_fresh_ones()
    {
        var bench = new CoreBench(Role.Participant, rules: Rules);
        var older = bench.Pay(Role.Initiator, 1_001);
        var fresh = bench.Pay(Role.Initiator, 1_002);
        bench.Lives[older] = bench.Lives[fresh] = 10 * Needed(bench);
        bench.RootsOf[older] = CoreBench.LeastRoot - 1;
        bench.After(10, shares: 5);
        bench.Lives.Remove(older);

        Assert.Equal(fresh, bench.After(2, shares: 1).Own.Swap.FundingOf(Role.Initiator)?.OutPoint);
    }

    [Fact]
    public void Shares_whose_age_becomes_known_later_stop_counting_as_the_lock()
    {
        var bench = new CoreBench(Role.Participant, rules: Rules) { Root = null };
        var older = bench.Pay(Role.Initiator, 1_001);
        bench.Lives[older] = 10 * Needed(bench);
        Assert.Equal(older, bench.After(10, shares: 5).Own.Swap.FundingOf(Role.Initiator)?.OutPoint);

        bench.Root = CoreBench.LeastRoot - 1;
        Assert.Null(bench.After(2, shares: 1).Own.Swap.FundingOf(Role.Initiator));
        Assert.Empty(bench.Sent);
    }

    [Fact]
    public void What_was_locked_against_stays_the_lock_so_that_it_is_claimed()
    {
        var bench = new CoreBench(Role.Participant, rules: Rules);
        var paid = bench.Pay(Role.Initiator, 1_001);
        bench.Lives[paid] = 10 * Needed(bench);
        Assert.Single(bench.After(10, shares: 5).Sent);

        bench.Root = CoreBench.LeastRoot - 1;
        Assert.Equal(paid, bench.After(2, shares: 1).Own.Swap.FundingOf(Role.Initiator)?.OutPoint);
    }
}
