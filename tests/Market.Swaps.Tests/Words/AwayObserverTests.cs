using Market.Swaps.Tests.Machine;

namespace Market.Swaps.Tests.Words;

/// <summary>An agent that was dead while its swap went by finds everything in one look, deadlines gone by included.</summary>
public sealed class AwayObserverTests
{
    private const int Deep = 20;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Locks_that_were_deep_while_nobody_looked_are_not_called_shallow(bool firstLockKnown)
    {
        var bench = new Bench().WithKeys();
        var first = bench.NewOutPoint();
        if (firstLockKnown)
        {
            bench.Decide(new SwapEvent.FundingSeen(Role.Initiator, first, Bench.Shares, bench.ShareHeight));
        }

        bench.ShareHeight += Deep;
        bench.CoinHeight += Deep;
        bench.Now = bench.Deadlines.RevealBy + 10;
        bench.Decide(new SwapEvent.FundingSeen(Role.Initiator, first, Bench.Shares, bench.ShareHeight - Deep));
        bench.Decide(new SwapEvent.FundingSeen(Role.Participant, bench.NewOutPoint(), Bench.Sats, bench.CoinHeight - Deep));

        Assert.Equal(SwapPhase.Refunding, bench.Phase);
        foreach (var (reader, who) in new[] { ((Role?)null, "The seller"), (Role.Participant, "The seller"),
            (Role.Initiator, "Your agent") })
        {
            var text = SwapWords.Of(bench.Swap, bench.Tips, reader);
            Assert.Contains($"{who} did not claim the BTC by ", text);
            Assert.DoesNotContain("deep enough", text);
        }
    }

    [Fact]
    public void A_lock_that_was_shallow_at_the_deadline_is_called_so_with_its_depth_of_then()
    {
        var bench = new Bench().FirstLocked();
        bench.Fund(Role.Participant);
        bench.At(bench.Deadlines.RevealBy + 1);
        bench.Mine(coins: Deep);

        Assert.Contains(
            "The buyer's lock was not deep enough by ", SwapWords.Of(bench.Swap, bench.Tips), StringComparison.Ordinal);
        Assert.Contains("it had 1 of 2 confirmations", SwapWords.Of(bench.Swap, bench.Tips), StringComparison.Ordinal);
    }

    [Fact]
    public void The_moment_of_failing_survives_json()
    {
        var bench = new Bench().FirstLocked();
        bench.At(bench.Deadlines.ParticipantLockBy + 1);

        Assert.NotNull(bench.Swap.TipsAtFailure);
        Assert.Equal(bench.Swap.TipsAtFailure, SwapJson.ReadSwap(SwapJson.Write(bench.Swap)).TipsAtFailure);
    }
}
