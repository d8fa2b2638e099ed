namespace Market.Standing.Tests;

public sealed class HistoryTests
{
    private const long Now = 1_800_000_000;

    private static SwapFault Fault(long matched, long noted) => new($"{matched}", matched, noted);

    [Fact]
    public void Faults_of_swaps_that_were_matched_before_the_last_was_noted_are_one()
    {
        Assert.Equal(0, HistoryRule.Faults([], Now));
        Assert.Equal(1, HistoryRule.Faults([Fault(Now - 900, Now - 500), Fault(Now - 800, Now - 400), Fault(Now - 500, Now)], Now));
        Assert.Equal(2, HistoryRule.Faults([Fault(Now - 499, Now - 300), Fault(Now - 900, Now - 500)], Now));
        // Only one that counts makes others one with it: else a chain of them would never end.
        Assert.Equal(2, HistoryRule.Faults([Fault(Now - 900, Now - 500), Fault(Now - 800, Now - 100), Fault(Now - 450, Now)], Now));
    }

    [Fact]
    public void A_fault_counts_for_thirty_days()
    {
        Assert.Equal(1, HistoryRule.Faults([Fault(0, Now - HistoryRule.Counts + 1)], Now));
        Assert.Equal(0, HistoryRule.Faults([Fault(0, Now - HistoryRule.Counts)], Now));
    }

    [Fact]
    public void Days_with_settled_swaps_are_those_of_the_last_thirty_each_once()
    {
        var today = HistoryRule.DayOf(Now);
        Assert.Equal(2, HistoryRule.SettledDays([today, today, today - 1], Now));
        Assert.Equal(30, HistoryRule.SettledDays(Enumerable.Range(today - 40, 41), Now));
        Assert.Equal(0, HistoryRule.SettledDays([today - 30, today + 1], Now));
    }
}
