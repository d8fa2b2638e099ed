using Market.Cli.Common;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>Draws swaps for a person: lists, and one swap's timeline with what it waits for.</summary>
internal static class SwapView
{
    public static void List(IAnsiConsole console, IReadOnlyList<SwapSummary> swaps)
    {
        if (swaps.Count == 0)
        {
            console.WriteLine("No swaps.");
            return;
        }

        // Two lines a swap: ids and sentences side by side do not fit into 80 columns.
        foreach (var swap in swaps)
        {
            console.MarkupLineInterpolated($"[bold]{swap.Id}[/]  {Figures.Time(swap.CreatedAt)}");
            var what = $"{InWords.Shares(swap.Quantity)} for {InWords.Sats(swap.Notional.Value)}";
            console.WriteLine($"  {what}, step {swap.StepsDone} of {swap.StepsTotal}, {swap.Label}");
            console.WriteLine($"  {swap.Instrument}");
            console.Write(new Padder(new Text(swap.Sentence), new Padding(2, 0, 0, 0)));
        }
    }

    public static void Detail(IAnsiConsole console, SwapDetail swap, DateTimeOffset now)
    {
        var summary = swap.Summary;
        var what = $"{InWords.Shares(summary.Quantity)} for {InWords.Sats(summary.Notional.Value)}";
        console.MarkupLineInterpolated($"[bold]Swap {summary.Id}[/]  {what}  {summary.Instrument}");
        foreach (var step in swap.Steps)
        {
            console.MarkupLine(Line(step, now));
        }
    }

    /// <summary>One line for a step, for a log that grows.</summary>
    public static string Line(SwapStep step, DateTimeOffset now)
    {
        var (mark, colour) = step.State switch
        {
            SwapStepState.Done => ("x", "green"),
            SwapStepState.Current => (">", "bold"),
            SwapStepState.Failed => ("!", "orange1"),
            _ => (" ", "grey"),
        };
        var text = $"[[{mark}]] {Markup.Escape(step.Title)}";
        if (step.Time is { } time)
        {
            text += $"  {Figures.Time(time)}";
        }

        if (step.Confirmations is { } depth && step.State != SwapStepState.Future)
        {
            text += $"  {Math.Min(depth.Have, depth.Need)} of {depth.Need} confirmations";
        }

        if (step.TransactionId is { } id)
        {
            text += $"  {id}";
        }

        if (step.State == SwapStepState.Current)
        {
            text += step.Sentence is { } sentence ? $"\n      {Markup.Escape(sentence)}" : "";
            text += step.Deadline is { } by ? $"\n      By {Figures.Time(by.Time)} ({Figures.Relative(by.Time, now)})." : "";
            text += step.Earliest is { } from
            ? $"\n      From {Figures.Time(from.Time)} ({Figures.Relative(from.Time, now)}) on." : "";
            text += step.IfNobodyActs is { } otherwise ? $"\n      {Markup.Escape(otherwise)}" : "";
        }

        return $"[{colour}]{text}[/]";
    }
}
