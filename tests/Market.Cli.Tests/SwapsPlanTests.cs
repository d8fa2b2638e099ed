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
        var plan = SwapPlan.Of(SwapRules.Of(network), worth);

        var spans = SwapsPlanCommand.Of(network, worth).Spans;

        Assert.All(spans, span => Assert.Equal(span.Parts.Sum(part => part.Seconds), span.Sum));
        Assert.Equal([plan.RevealMargin, plan.ShortSpan, plan.LongSpan - plan.ShortSpan], spans.Select(span => span.Rounded));
        Assert.All(spans.SelectMany(span => span.Parts), part => Assert.True(part.Name.Length > 0 && part.Why.Length > 0));
    }

    [Fact]
    public async Task It_is_printed_without_a_market() =>
        Assert.Equal(0, await MarketProgram.RunAsync(["swaps", "plan", "--network", "mainnet", "--worth", "5000000000"]));

    [Fact]
    public async Task There_is_no_plan_for_a_network_of_another_name() =>
        Assert.Equal(2, await MarketProgram.RunAsync(["swaps", "plan", "--network", "moonnet"]));
}
