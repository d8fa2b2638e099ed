using Market.Bitcoin;
using Market.Cli.Verbs;
using Market.Swaps;

namespace Market.Cli.Tests;

public sealed class SwapsPlanTests
{
    public static TheoryData<string> Networks => [.. NetworkProfile.All.Select(profile => profile.Name)];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Each_sum_is_its_lines_and_what_swaps_are_planned_with(string network)
    {
        var worth = new Amount(1_000_000);
        var plan = SwapPlan.Of(SwapRules.Of(NetworkProfile.Of(network)), worth);

        var spans = SwapsPlanCommand.Of(network, null, worth).Spans;

        Assert.All(spans, span => Assert.Equal(span.Parts.Sum(part => part.Seconds), span.Sum));
        Assert.Equal([plan.RevealMargin, plan.ShortSpan, plan.LongSpan - plan.ShortSpan], spans.Select(span => span.Rounded));
        Assert.All(spans.SelectMany(span => span.Parts), part => Assert.True(part.Name.Length > 0 && part.Why.Length > 0));
    }

    [Fact]
    public void Shares_of_another_row_are_swapped_at_its_pace()
    {
        var slow = SwapsPlanCommand.Of("signet", "p2share", default).Spans;
        var fast = SwapsPlanCommand.Of("signet", "p2poolv2", default).Spans;

        var own = SwapsPlanCommand.Of("signet", null, default).Spans;
        Assert.Equal(slow.SelectMany(span => span.Parts), own.SelectMany(span => span.Parts));
        Assert.All(slow.Zip(fast), pair => Assert.True(pair.Second.Sum <= pair.First.Sum));
        Assert.True(fast.Sum(span => span.Sum) < slow.Sum(span => span.Sum));
    }

    [Fact]
    public async Task There_is_no_plan_for_shares_that_there_are_not() =>
        Assert.Equal(1, await MarketProgram.RunAsync(["swaps", "plan", "--sharechain", "p2moon"]));

    [Fact]
    public async Task It_is_printed_without_a_market() =>
        Assert.Equal(0, await MarketProgram.RunAsync(["swaps", "plan", "--network", "mainnet", "--worth", "5000000000"]));

    [Fact]
    public async Task There_is_no_plan_for_a_network_of_another_name() =>
        Assert.Equal(2, await MarketProgram.RunAsync(["swaps", "plan", "--network", "moonnet"]));
}
