using System.Text.Json;
using Market.Cli.Common;
using Market.Client.Api;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>Shows one swap's steps as they happen, until it ends.</summary>
internal static class SwapWatch
{
    public static async Task<int> FollowAsync(
        MarketApi api, string id, Output output, CancellationToken cancellation)
    {
        var last = await api.GetSwapAsync(id, cancellation);
        Show(output, last);
        var stream = new MarketStream(api) { OnBreak = why => output.Progress($"Stream broken ({why}); opening it again.") };
        if (IsOver(last))
        {
            return Code(last);
        }

        await foreach (var happened in stream.ReadAsync([Channels.Swap(id)], cancellation))
        {
            if (happened.Data?.Deserialize<SwapDetail>(MarketJson.Options) is not { } swap
                || swap.Summary.Version <= last.Summary.Version)
            {
                continue;
            }

            last = swap;
            Show(output, swap);
            if (IsOver(swap))
            {
                break;
            }
        }

        return Code(last);
    }

    private static bool IsOver(SwapDetail swap) => swap.Summary.Outcome != SwapOutcome.Moving;

    private static int Code(SwapDetail swap) => swap.Summary.Outcome == SwapOutcome.Settled ? 0 : 1;

    private static void Show(Output output, SwapDetail swap) => output.Result(swap, console =>
    {
        SwapView.Detail(console, swap, DateTimeOffset.UtcNow);
        console.WriteLine();
    });
}
