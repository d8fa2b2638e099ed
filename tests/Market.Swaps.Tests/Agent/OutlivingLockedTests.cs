using Market.Bitcoin;
using Market.Swaps.Agent;
using Market.Swaps.Tests.Machine;

namespace Market.Swaps.Tests.Agent;

/// <summary>Law 15 once something is locked: what waits is not pushed, what may be claimed is claimed in time, and what expired is
/// told to both.</summary>
public sealed class OutlivingLockedTests
{
    private static readonly SwapRules Rules = SwapRules.Of(NetworkProfile.Of("devnet") with { SharesExpire = true });

    private static CoreBench Of(Role role, AgentPolicy? policy = null) => new(role, policy, Rules);

    private static long Needed(CoreBench bench) => bench.Deadlines.Long - bench.Now + bench.Own.Swap.Plan.ExpiryMargin!.Value;

    /// <summary>A buyer whose lock is in a block, and the seller's payment.</summary>
    private static CoreBench BuyerThatLocked(out OutPoint paid)
    {
        var bench = Of(Role.Participant);
        paid = bench.Pay(Role.Initiator, 1_001);
        bench.Lives[paid] = Needed(bench);
        bench.After(10, shares: 3);
        bench.Show(Role.Participant, bench.Own.Locks().Single().Transaction, 201);
        return bench.After(10, coins: 1);
    }

    [Fact]
    public void A_seller_s_lock_that_waits_is_pushed_no_more_once_the_coins_that_it_spends_might_expire()
    {
        var bench = Of(Role.Initiator);
        (bench.Lasts, bench.Answer) = (Needed(bench), _ => SendOutcome.Unanswered);
        Assert.Single(bench.Step().Sent);
        var coin = bench.Own.Locks().Single().Transaction.Inputs[0].PreviousOutput;

        bench.Lives[coin] = Needed(bench) - bench.Policy.RetrySeconds - 2;
        Assert.Single(bench.After(bench.Policy.RetrySeconds + 1).Sent);
        bench.Lives[coin] = Needed(bench);
        Assert.Equal(2, bench.After(bench.Policy.RetrySeconds + 1).Sent.Count);
    }

    [Fact]
    public void A_seller_whose_lock_is_in_a_block_is_asked_for_the_life_of_the_lock_and_not_of_what_it_spent()
    {
        var bench = Of(Role.Initiator);
        bench.Lasts = Needed(bench);
        bench.Step();
        var funding = bench.Own.Locks().Single();
        bench.Show(Role.Initiator, funding.Transaction, 1_001);
        bench.Lives[funding.Transaction.Inputs[0].PreviousOutput] = ChainSight.Gone;
        bench.Lives[funding.OutPoint] = Needed(bench);
        bench.After(2, shares: 3);
        Assert.DoesNotContain(AgentWords.OwnMayExpire, bench.Said);

        bench.Lives[funding.OutPoint] = 10;
        bench.After(2, shares: 1);
        Assert.Contains(AgentWords.OwnMayExpire, bench.Said);
        Assert.DoesNotContain(AgentWords.OthersMayExpire, bench.Said);
    }

    [Fact]
    public void A_buyer_s_claim_of_shares_that_near_their_end_rises_with_every_block()
    {
        var bench = BuyerThatLocked(out var paid);
        bench.Lives[paid] = 10;
        bench.Answer = _ => SendOutcome.Unanswered;
        Reveal(bench);
        bench.Step();
        Assert.Contains(AgentWords.OthersMayExpire, bench.Said);
        Assert.DoesNotContain(AgentWords.OwnMayExpire, bench.Said);
        var rates = new List<long> { Rate() };
        for (var block = 0; block < 3; block++)
        {
            bench.After(2, shares: 1);
            rates.Add(Rate());
        }

        Assert.Equal(rates.Distinct().Order(), rates);

        // With life enough it stands for some blocks.
        bench.Lives[paid] = Needed(bench) + 1_000;
        Assert.Equal(rates[^1], RateAfterABlock());

        long Rate() => bench.Newest(OwnTransactionKind.Claim, Role.Initiator)!.SatsPerKvB;

        long RateAfterABlock()
        {
            bench.After(2, shares: 1);
            return Rate();
        }
    }

    [Fact]
    public void A_buyer_is_told_that_shares_expired_claims_none_and_still_takes_its_own_back()
    {
        var bench = BuyerThatLocked(out var paid);
        bench.Lives[paid] = ChainSight.Gone;
        Reveal(bench);
        bench.Step();
        Assert.Contains(AgentWords.SharesExpired, bench.Said);
        Assert.DoesNotContain(bench.Sent, sent => sent.Kind == OwnTransactionKind.Claim);

        var other = BuyerThatLocked(out paid);
        other.Lives[paid] = ChainSight.Gone;
        other.At(other.Deadlines.Short + 120, shares: 100, coins: 30);
        Assert.Contains(other.Sent, sent => sent.Kind == OwnTransactionKind.Refund && sent.Leg == Role.Participant);
    }

    [Fact]
    public void A_buyer_whose_counterpart_revealed_is_done_once_the_shares_expired_and_not_before()
    {
        var bench = BuyerThatLocked(out var paid);
        bench.Answer = _ => SendOutcome.Unanswered;
        Reveal(bench, height: 202);
        bench.At(bench.Deadlines.Long + bench.Own.Swap.Plan.RevealMargin + 20, shares: 500, coins: 90);
        Assert.False(bench.Own.LetGo);
        bench.Lives[paid] = ChainSight.Gone;
        bench.After(2, shares: 1);
        Assert.True(bench.Own.LetGo);
    }

    [Fact]
    public void Without_the_law_shares_are_locked_and_locked_against_whatever_they_last()
    {
        var policy = AgentPolicy.Default with { Laws = AgentPolicy.Default.Laws & ~AgentLaws.Outliving };
        var seller = Of(Role.Initiator, policy);
        Assert.Single(seller.Step().Sent);
        var buyer = Of(Role.Participant, policy);
        buyer.Lives[buyer.Pay(Role.Initiator, 1_001)] = 1;
        Assert.Single(buyer.After(10, shares: 3).Sent);
    }

    private static void Reveal(CoreBench bench, int? height = null)
    {
        var payment = bench.Own.Swap.FundingOf(Role.Participant)!;
        using var secret = Preimage.Create(Bench.Bytes(7));
        using var key = PrivateKey.Create(Bench.Bytes(1));
        bench.Show(Role.Participant, bench.Own.Swap.Terms!.ContractOf(Role.Participant).Claim(
            payment.OutPoint, payment.Amount, key, secret.Reveal(), CoreBench.Home, FeeRate.PerVByte(2))!, height);
    }
}
