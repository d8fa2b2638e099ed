using Market.Cli.Common;
using Market.Client;
using Market.Client.Api;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>Stays beside an agent and says what is left to do, until nothing is.</summary>
internal static class AgentStay
{
    private const int MostAsked = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    /// <summary>Stays.</summary>
    /// <param name="trader">The party; its agent runs.</param>
    /// <param name="output">Is told what is left whenever that changes.</param>
    /// <param name="watch">Stays for what comes, also where nothing is left.</param>
    /// <param name="stop">Stops.</param>
    /// <returns>0: nothing is left.</returns>
    public static async Task<int> RunAsync(Trader trader, Output output, bool watch, CancellationToken stop)
    {
        var said = "";
        var left = await LookAsync(trader, stop);
        while (!left.IsNothing || watch)
        {
            if (left.Words != said)
            {
                output.Progress(said = left.Words);
            }

            await Task.Delay(Pause, CliSession.Clock, stop);
            left = await LookAsync(trader, stop);
        }

        output.Result(new { left = 0, swaps = trader.Agent.Swaps.Count }, console => console.WriteLine(left.Words));
        return 0;
    }

    /// <summary>
    /// Looks once. The order of the questions matters: an order that stands may be filled at any moment, a swap of the market's may
    /// not be in the journal yet, and only a journal that is read after both has all of them.
    /// </summary>
    private static async Task<LeftToDo> LookAsync(Trader trader, CancellationToken stop)
    {
        var orders = 0;
        var untaken = 0;
        var answers = await trader.Desk.TryReconcileAsync(stop);
        if (answers)
        {
            try
            {
                orders = trader.Desk.Unknown.Count
                    + (await trader.Api.GetOrdersAsync(OrderStatus.Open, MostAsked, null, stop)).Items.Count
                    + (await trader.Api.GetOrdersAsync(OrderStatus.Settling, MostAsked, null, stop)).Items.Count;
                var moving = await trader.Api.GetSwapsAsync(true, SwapOutcome.Moving, MostAsked, null, null, stop);
                untaken = moving.Items.Count(swap => !trader.Agent.IsJudged(swap.Id));
            }
            catch (Exception e) when (e is MarketUnavailableException or MarketApiException)
            {
                answers = false;
            }
        }

        return new LeftToDo
        {
            IsKnown = trader.Agent.Tips is not null && trader.Agent.IsComplete,
            Answers = answers,
            Orders = orders,
            Swaps = trader.Agent.Swaps.Count(swap => !swap.IsOver) + untaken,
        };
    }
}

/// <summary>What an agent may still have to do.</summary>
internal sealed record LeftToDo
{
    /// <summary>Both chains were seen, and all that the seed made was found.</summary>
    public required bool IsKnown { get; init; }

    /// <summary>The market answers: what stands there is known.</summary>
    public required bool Answers { get; init; }

    /// <summary>Orders that stand, that settle, or of which it is not known whether they do.</summary>
    public required int Orders { get; init; }

    /// <summary>Swaps that are not over.</summary>
    public required int Swaps { get; init; }

    /// <summary>True where nothing is.</summary>
    public bool IsNothing => IsKnown && Answers && Orders == 0 && Swaps == 0;

    /// <summary>The same in a line.</summary>
    public string Words => this switch
    {
        { IsNothing: true } => "Nothing is left to do: no swap is under way and no order stands.",
        { IsKnown: false } => "Looking at the chains; what is left to do is not known yet.",
        { Swaps: > 0 } => $"Swaps under way: {InWords.Number(Swaps)}{OrdersToo}.",
        { Answers: false } => "No swap is under way. The market does not answer: whether orders stand is not known.",
        _ => $"No swap is under way. Orders that stand or settle: {InWords.Number(Orders)}; to take them out of the book: "
            + "market orders cancel all",
    };

    private string OrdersToo => Orders > 0 ? $"; orders that stand or settle: {InWords.Number(Orders)}" : "";
}
