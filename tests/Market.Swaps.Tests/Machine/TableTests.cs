using Market.Testing;

namespace Market.Swaps.Tests.Machine;

public sealed class TableTests
{
    public static TheoryData<SwapPhase, SwapEventKind> Pairs
    {
        get
        {
            var pairs = new TheoryData<SwapPhase, SwapEventKind>();
            foreach (var phase in Enum.GetValues<SwapPhase>())
            {
                foreach (var kind in Enum.GetValues<SwapEventKind>())
                {
                    pairs.Add(phase, kind);
                }
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Every_phase_and_event_is_a_row_or_a_listed_refusal(SwapPhase phase, SwapEventKind kind)
    {
        var rows = SwapTable.Rows.Where(row => row.From == phase && row.On == kind).ToList();
        var refused = SwapTable.Refusals.Count(refusal => refusal.From == phase && refusal.On == kind);

        Assert.True(refused == 1 ^ rows.Count > 0, $"{phase} at {kind}: {rows.Count} rows, {refused} refusals");
        if (rows.Count > 0)
        {
            var open = rows.FindIndex(row => row.When == Condition.Always || row.When == Condition.Otherwise);
            Assert.Equal(rows.Count - 1, open);
        }
    }

    [Fact]
    public void Every_funded_phase_has_a_timeout_and_a_reorganisation()
    {
        SwapPhase[] waiting =
        [
            SwapPhase.InitiatorLocking, SwapPhase.InitiatorLocked, SwapPhase.ParticipantLocking,
            SwapPhase.ParticipantLocked,
        ];
        foreach (var phase in waiting)
        {
            Assert.Contains(SwapTable.Rows, row => row.From == phase && row.On == SwapEventKind.Tick
                && row.To == SwapPhase.Refunding);
            Assert.Contains(SwapTable.Rows, row => row.From == phase
                && row.On == SwapEventKind.InitiatorFundingGone);
        }
    }

    [Fact]
    public void The_printed_table_is_current()
    {
        var path = Path.Combine(Vectors.RepositoryRoot, "docs", "swap-table.md");
        var printed = SwapTableDocument.Print();
        if (Environment.GetEnvironmentVariable("MARKET_PRINT") == "1")
        {
            File.WriteAllText(path, printed);
        }

        Assert.Equal(printed, File.Exists(path) ? File.ReadAllText(path) : "");
    }
}
