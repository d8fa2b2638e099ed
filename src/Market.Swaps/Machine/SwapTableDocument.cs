using System.Text;
using System.Text.RegularExpressions;

namespace Market.Swaps;

/// <summary>Prints docs/swap-table.md from the table.</summary>
public static partial class SwapTableDocument
{
    /// <summary>The whole file.</summary>
    public static string Print()
    {
        var text = new StringBuilder();
        text.Append(
            """
            # The swap table

            Printed from the table that `SwapMachine.Decide` runs on; a test keeps it current. *First lock*: the
            initiator's leg (T_long). *Second lock*: the participant's leg (T_short). At an event the first row whose
            condition holds is taken; then the *tick* rows of the phase reached are read until the swap stays where it
            is, and what is owed there is done. A refusal leaves the swap as it was.


            """);
        foreach (var phase in Enum.GetValues<SwapPhase>())
        {
            PrintPhase(text, phase);
        }

        return text.Replace("\r\n", "\n").ToString();
    }

    private static void PrintPhase(StringBuilder text, SwapPhase phase)
    {
        text.Append("## ").Append(phase).Append("\n\n| event | when | then | and |\n|---|---|---|---|\n");
        foreach (var kind in Enum.GetValues<SwapEventKind>())
        {
            foreach (var row in SwapTable.Rows.Where(row => row.From == phase && row.On == kind))
            {
                var then = row.To == phase ? "stays" : row.To.ToString();
                text.Append("| ").Append(Words(kind)).Append(" | ").Append(row.When.Text).Append(" | ").Append(then)
                    .Append(" | ").Append(And(row)).Append(" |\n");
            }

            foreach (var refused in SwapTable.Refusals.Where(refused => refused.From == phase && refused.On == kind))
            {
                text.Append("| ").Append(Words(kind)).Append(" | | *refused* | ").Append(Words(refused.Refusal))
                    .Append(" |\n");
            }
        }

        text.Append('\n');
    }

    private static string And(Row row)
    {
        var parts = row.Duties.IsDefaultOrEmpty ? [] : row.Duties.Select(duty => duty.Text).ToList();
        if (row.Consequence is { } brings)
        {
            var blamed = brings.Blamed is { } role ? $", by the {Words(role)}" : "";
            parts.Insert(0, brings.Kind switch
            {
                SwapEffectKind.Alarm => $"alarm: {Words(brings.Alarm!.Value)}",
                SwapEffectKind.Fail => $"the trade failed: {Words(brings.Code!.Value)}{blamed}",
                SwapEffectKind.Settle => "the trade is done",
                _ => "nobody need watch any more",
            });
        }

        return string.Join("; ", parts);
    }

    private static string Words(Enum value) => Capitals().Replace(value.ToString(), " $1").Trim().ToLowerInvariant();

    [GeneratedRegex("([A-Z])")]
    private static partial Regex Capitals();
}
