using Market.Cli.Verbs;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Tests;

public sealed class SwapViewTests
{
    [Fact]
    public void A_list_of_swaps_fits_into_eighty_columns_and_breaks_no_id()
    {
        const string id = "s0123456789abcdef0123456789abcdef";
        const string sentence = "The seller has locked 123,456.00000001 shares: 2 of 3 confirmations. Then the buyer locks "
            + "9,876,543,210 sat, by 12:34:56, or the shares go back.";
        var then = new DateTimeOffset(2026, 3, 14, 15, 9, 26, TimeSpan.Zero);
        var swap = new SwapSummary
        {
            Id = id,
            Instrument = "P2SHARE-BTC",
            TradeId = "1",
            State = SwapState.InitiatorRefunded,
            Label = "shares taken back",
            Outcome = SwapOutcome.Moving,
            Price = new Price(98_000),
            Quantity = new Quantity(12_345_600_000_001),
            Notional = new Sats(9_876_543_210),
            CreatedAt = then,
            UpdatedAt = then,
            Actor = default,
            StepsDone = 3,
            StepsTotal = 7,
            Sentence = sentence,
            Version = 1,
        };
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = 80;

        SwapView.List(console, [swap, swap]);

        var lines = writer.ToString().Split('\n');
        Assert.All(lines, line => Assert.InRange(line.TrimEnd().Length, 0, 80));
        Assert.Equal(2, lines.Count(line => line.Contains(id, StringComparison.Ordinal)));
        Assert.Equal(
            2, lines.Count(line => line.Contains("123,456.00000001 shares for 9,876,543,210 sat", StringComparison.Ordinal)));
        Assert.Equal(2, lines.Count(line => line.Contains("P2SHARE-BTC", StringComparison.Ordinal)));
        Assert.Contains(sentence, string.Join(' ', lines.Select(line => line.Trim())), StringComparison.Ordinal);
    }
}
