namespace Market.Simulation.Tests;

/// <summary>
/// A party that keeps to the rules, and is online within its allowance, ends with its own leg back or the other's claimed: whatever
/// crashes, lies, is lost, reorganises, grows dear or deviates. What runs is the shipping core.
/// </summary>
public sealed class SwapSafety
{
    private const int Threads = 2;
    private const int MostToMiss = 1_500;

    [Fact]
    public void Nobody_honest_loses_a_leg()
    {
        var campaign = new Campaign();

        campaign.Run(from: 1, seeds: 3_000, Threads, mostLosses: 5, TestContext.Current.CancellationToken);

        Assert.Empty(campaign.Losses.Select(loss => $"./market simulate --seed {loss.Seed}: {loss.Loss}"));
        Assert.Equal(3_000, campaign.Done);

        // Runs in which nothing happens prove nothing.
        Assert.Empty(campaign.Counted.Where(each => each.Times == 0).Select(each => each.What));
    }

    /// <summary>Each law, taken out, is missed: somebody honest loses a leg in one of these seeds.</summary>
    [Theory]
    [InlineData(AgentLaws.HandedOut)]
    [InlineData(AgentLaws.WrittenIsRevealed)]
    [InlineData(AgentLaws.OwnMeansOwn)]
    [InlineData(AgentLaws.LateLocksConflicted)]
    [InlineData(AgentLaws.AffordableReveal)]
    [InlineData(AgentLaws.OutbidAtOnce)]
    [InlineData(AgentLaws.ChainsApart)]
    [InlineData(AgentLaws.FreshChains)]
    [InlineData(AgentLaws.TermsOnChain)]
    [InlineData(AgentLaws.Outliving)]
    [InlineData(AgentLaws.OfSeries)]
    [InlineData(AgentLaws.ClaimableReveal)]
    public void Every_law_taken_out_is_missed(AgentLaws law) => AssertMissed(new Campaign(law));

    [Fact]
    public void A_plan_without_its_margins_loses_a_leg() => AssertMissed(new Campaign(hasMargins: false));

    // With the law, or the margins, the very same run is well: what was taken out is what was missed.
    private static void AssertMissed(Campaign without)
    {
        without.Run(1, MostToMiss, Threads, mostLosses: 1, TestContext.Current.CancellationToken);

        Assert.NotEmpty(without.Losses);
        Assert.Null(new Campaign().Replay(without.Losses[0].Seed).Loss);
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        for (var seed = 1; seed <= 40; seed++)
        {
            Assert.Equal(new Campaign().Replay(seed).Trace, new Campaign().Replay(seed).Trace);
        }
    }

    [Fact]
    public void What_is_told_changes_nothing_of_what_happens()
    {
        var without = new Campaign(AgentLaws.AffordableReveal);

        without.Run(1, 200, Threads, mostLosses: 1, TestContext.Current.CancellationToken);

        var loss = Assert.Single(without.Losses.Take(1));
        Assert.Equal(loss.Loss, new Campaign(AgentLaws.AffordableReveal).Replay(loss.Seed).Loss);
    }
}
