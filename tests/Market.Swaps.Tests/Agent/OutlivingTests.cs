using Market.Bitcoin;
using Market.Swaps.Agent;

namespace Market.Swaps.Tests.Agent;

/// <summary>Laws 15 and 16: shares that expire are locked, and locked against, only while they surely outlive the swap, and where
/// none is older than those that were traded.</summary>
public sealed class OutlivingTests
{
    private static readonly SwapRules Rules = SwapRules.Of(NetworkProfile.Of("devnet") with { SharesExpire = true });

    private static CoreBench Of(Role role) => new(role, rules: Rules);

    private static long Needed(CoreBench bench) => bench.Deadlines.Long - bench.Now + bench.Own.Swap.Plan.ExpiryMargin!.Value;

    [Fact]
    public void A_plan_asks_for_life_only_where_shares_expire()
    {
        var (never, plan) = (SwapPlan.Of(SwapRules.Devnet), SwapPlan.Of(Rules));

        Assert.Equal((null, 0), (never.ExpiryMargin, never.LifeNeeded));
        Assert.Equal(SwapMargins.Sum(new SwapMargins(Rules).Expiry()), plan.ExpiryMargin);
        Assert.Equal(plan.KeysWithin + plan.LongSpan + plan.ExpiryMargin, plan.LifeNeeded);
        Assert.Equal(never, plan with { ExpiryMargin = null });
        var swap = Swap.Open("s", new Amount(1), new Amount(1), 0, never);
        Assert.DoesNotContain("xpiry", SwapJson.Write(swap), StringComparison.Ordinal);
        Assert.Equal(plan, SwapJson.ReadSwap(SwapJson.Write(swap with { Plan = plan })).Plan);
    }

    // The market asks at the match what agents ask until they lock: with keys and terms as late as they may be, the same seconds.
    [Theory]
    [InlineData(0)]
    [InlineData(1_000)]
    [InlineData(4_000)]
    [InlineData(2_000)]
    public void What_a_market_lists_by_is_what_agents_lock_by(int sure)
    {
        var needed = new LivesNeeded(Rules);
        var largest = needed.LargestIn(sure);
        Assert.Equal(sure < needed.Of(Amount.Zero), largest is null);
        if (largest is { } fits)
        {
            Assert.True(needed.Of(fits) <= sure);
            Assert.True(needed.Of(fits + new Amount(1)) > sure);
        }

        foreach (var worth in new[] { largest ?? Amount.Zero, (largest ?? Amount.Zero) + new Amount(1), new Amount(Amount.Coin) })
        {
            var plan = SwapPlan.Of(Rules, worth);
            Assert.Equal(plan.LifeNeeded, needed.Of(worth));
            var bench = new CoreBench(Role.Initiator, rules: Rules, worth: worth);
            bench.Lasts = sure - plan.KeysWithin;
            Assert.Equal(worth <= largest, bench.After(0).Sent.Count == 1);
        }
    }

    [Fact]
    public void A_seller_locks_no_shares_that_might_expire_in_their_contract()
    {
        var bench = Of(Role.Initiator);
        (bench.Now, bench.Lasts) = (bench.Now + 5, null);
        Assert.Empty(bench.Step().Sent);
        Assert.Empty(bench.Own.Transactions);
        Assert.Contains(AgentWords.OwnWouldExpire, bench.Said);

        bench.Lasts = Needed(bench) - 2;
        Assert.Empty(bench.After(1, shares: 1).Sent);
        bench.Lasts = Needed(bench) - 1;
        Assert.Single(bench.After(1, shares: 1).Sent);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    public void A_buyer_locks_only_against_shares_that_live_long_enough(int? beyond, bool locks)
    {
        var bench = Of(Role.Participant);
        var paid = bench.Pay(Role.Initiator, 1_001);
        bench.Now += 10;
        if (beyond is { } more)
        {
            bench.Lives[paid] = Needed(bench) + more;
        }

        bench.After(0, shares: 3);
        Assert.Equal(locks, bench.Sent.Count == 1);
        Assert.Equal(!locks, bench.Said.Contains(AgentWords.OthersWouldExpire));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(CoreBench.LeastRoot - 1, false)]
    [InlineData(CoreBench.LeastRoot, true)]
    [InlineData(CoreBench.LeastRoot + 300, true)]
    public void A_buyer_locks_only_against_shares_of_the_series_or_a_newer_one(int? root, bool locks)
    {
        var bench = Of(Role.Participant);
        var paid = bench.Pay(Role.Initiator, 1_001);
        (bench.Now, bench.Root) = (bench.Now + 10, root);
        bench.Lives[paid] = 10 * Needed(bench);

        bench.After(0, shares: 3);
        Assert.Equal(locks, bench.Sent.Count == 1);
        Assert.Equal(!locks, bench.Said.Contains(AgentWords.OthersAreOlder));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(CoreBench.LeastRoot - 1, false)]
    [InlineData(CoreBench.LeastRoot, true)]
    public void A_seller_locks_no_shares_that_are_older_than_those_sold(int? root, bool locks)
    {
        var bench = Of(Role.Initiator);
        (bench.Now, bench.Lasts, bench.Root) = (bench.Now + 5, 10 * Needed(bench), root);

        Assert.Equal(locks, bench.Step().Sent.Count == 1);
        Assert.Equal(!locks, bench.Said.Contains(AgentWords.OwnAreOlder));
    }

    [Theory]
    [InlineData(Role.Initiator)]
    [InlineData(Role.Participant)]
    public void Where_no_order_says_which_series_was_traded_nothing_is_locked(Role role)
    {
        var bench = Of(role);
        bench.Own = bench.Own with { LeastRoot = null };
        (bench.Now, bench.Lasts) = (bench.Now + 5, 10 * Needed(bench));
        if (role == Role.Participant)
        {
            bench.Lives[bench.Pay(Role.Initiator, 1_001)] = 10 * Needed(bench);
        }

        Assert.Empty(bench.After(0, shares: 3).Sent);
    }

    [Fact]
    public void A_lock_that_waits_is_pushed_no_more_where_a_reorganisation_shows_older_shares()
    {
        var bench = Of(Role.Participant);
        bench.Answer = _ => SendOutcome.Unanswered;
        bench.Lives[bench.Pay(Role.Initiator, 1_001)] = 10 * Needed(bench);
        Assert.Single(bench.After(10, shares: 3).Sent);

        bench.Root = CoreBench.LeastRoot - 1;
        Assert.Single(bench.After(11, coins: 1).Sent);
        bench.Root = CoreBench.LeastRoot;
        Assert.Equal(2, bench.After(11, coins: 1).Sent.Count);
    }

    [Fact]
    public void A_lock_that_waits_is_pushed_no_more_once_the_shares_might_expire()
    {
        var bench = Of(Role.Participant);
        bench.Answer = _ => SendOutcome.Unanswered;
        var paid = bench.Pay(Role.Initiator, 1_001);
        bench.Lives[paid] = Needed(bench);
        Assert.Single(bench.After(10, shares: 3).Sent);

        bench.Lives[paid] = Needed(bench) - 60;
        Assert.Single(bench.After(11, coins: 1).Sent);
        bench.Lives[paid] = Needed(bench);
        Assert.Equal(2, bench.After(11, coins: 1).Sent.Count);
    }

    [Fact]
    public void A_refund_of_shares_that_near_their_end_rises_with_every_block()
    {
        var bench = Of(Role.Initiator);
        bench.Lasts = Needed(bench);
        bench.Step();
        var funding = bench.Own.Locks().Single();
        bench.Show(Role.Initiator, funding.Transaction, 1_001);
        bench.Lives[funding.OutPoint] = 10;
        bench.Answer = sent => sent.Kind == OwnTransactionKind.Refund ? SendOutcome.Unanswered : SendOutcome.Taken;
        bench.At(bench.Deadlines.Long + 20, shares: 300, coins: 60);
        bench.After(2, shares: 1);
        bench.After(2, shares: 1);

        var refunds = bench.Own.Transactions.Where(known => known.Kind == OwnTransactionKind.Refund);
        Assert.Equal(3, refunds.Select(known => known.SatsPerKvB).Distinct().Count());
        Assert.Contains(AgentWords.OwnMayExpire, bench.Said);
    }

    [Fact]
    public void What_expired_is_over_and_is_told()
    {
        var bench = Of(Role.Initiator);
        bench.Lasts = Needed(bench);
        bench.Step();
        var funding = bench.Own.Locks().Single();
        bench.Show(Role.Initiator, funding.Transaction, 1_001);
        bench.Lives[funding.OutPoint] = ChainSight.Gone;
        bench.At(bench.Deadlines.Long + bench.Own.Swap.Plan.RevealMargin + 20, shares: 500, coins: 90);

        Assert.True(bench.Own.IsOver);
        Assert.DoesNotContain(bench.Sent, sent => sent.Kind == OwnTransactionKind.Refund);
        Assert.Contains(AgentWords.SharesExpired, bench.Said);
    }

    [Fact]
    public void A_lock_whose_coins_expired_can_be_in_no_block_any_more()
    {
        var bench = Of(Role.Initiator);
        bench.Lasts = Needed(bench);
        bench.Answer = _ => SendOutcome.Unanswered;
        bench.Step();
        var coin = bench.Own.Locks().Single().Transaction.Inputs[0].PreviousOutput;
        Assert.False(bench.At(bench.Deadlines.Long + 1_000, shares: 500, coins: 90).Own.LocksResolved);
        bench.Lives[coin] = ChainSight.Gone;
        Assert.True(bench.After(2, shares: 1).Own.LocksResolved);
    }
}
