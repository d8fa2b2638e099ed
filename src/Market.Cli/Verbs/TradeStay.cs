using Market.Cli.Common;
using Market.Client;
using Market.Swaps.Agent;
using Market.Client.Api;
using Market.Contracts;
using Market.Swaps;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>
/// Stays until an order is done and its swaps are over. That swaps are over it reads from the own agent's journal, which
/// follows the chains, never from the market's lists; of the market it asks only whether the order still stands, and a market
/// that is away is waited for as long as that matters.
/// </summary>
internal static class TradeStay
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CancelPatience = TimeSpan.FromSeconds(10);

    /// <summary>Stays.</summary>
    /// <param name="trader">The party; its agent runs.</param>
    /// <param name="order">The order as the market last showed it.</param>
    /// <param name="output">Is told.</param>
    /// <param name="stop">Stops: the user left, or the agent has ended.</param>
    /// <param name="isLeft">True where the user left, who keeps the order in the book.</param>
    /// <returns>0 where all swaps settled.</returns>
    public static async Task<int> RunAsync(
        Trader trader, Order order, Output output, CancellationToken stop, Func<bool> isLeft)
    {
        output.Progress("Staying until its swaps are done. Ctrl-C leaves the order in the book; market swaps run goes on.");
        try
        {
            while (!IsDone(order, trader.Agent.Swaps))
            {
                await Task.Delay(Pause, CliSession.Clock, stop);
                order = await LookAsync(trader, order, stop);
            }
        }
        catch (OperationCanceledException) when (!isLeft())
        {
            await WithdrawAsync(trader, order, output);
            throw;
        }

        await trader.Desk.TryReconcileAsync(stop);
        var swaps = Told(order, trader);
        output.Result(new { order, swaps }, console => Draw(console, order, swaps));
        return swaps.TrueForAll(swap => swap.State == SwapState.Settled) ? 0 : 1;
    }

    /// <summary>
    /// True where nothing of the order is left to wait for: every swap of it that the agent knows is over, and these settled all of
    /// it, or the order is closed and they are all that the market filled.
    /// </summary>
    /// <param name="order">The order as the market last showed it.</param>
    /// <param name="journal">The own agent's swaps.</param>
    public static bool IsDone(Order order, IReadOnlyCollection<AgentSwap> journal)
    {
        var own = Of(order, journal);
        if (own.Exists(swap => !swap.IsOver))
        {
            return false;
        }

        var settled = own.Where(swap => swap.Swap.Phase == SwapPhase.Settled).Sum(SharesOf);
        return settled >= order.Quantity.Units
            || (order.Status != OrderStatus.Open && own.Sum(SharesOf) >= order.Filled.Units);
    }

    private static List<OwnSwap> Told(Order order, Trader trader) =>
        [.. Of(order, trader.Agent.Swaps).Select(swap => OwnSwap.Of(swap, trader.Agent.Tips))];

    private static List<AgentSwap> Of(Order order, IReadOnlyCollection<AgentSwap> journal) =>
        [.. journal.Where(swap => swap.ClientOrderId == order.ClientOrderId)];

    private static long SharesOf(AgentSwap swap) => swap.Swap.AmountOf(swap.Swap.RoleOn(SwapChain.Share)).Sats;

    /// <summary>The order as it stands now; as it stood where the market is away.</summary>
    private static async Task<Order> LookAsync(Trader trader, Order order, CancellationToken stop)
    {
        try
        {
            return await trader.Api.GetOrderAsync(order.Id, order.Instrument, stop);
        }
        catch (Exception e) when (e is MarketUnavailableException or MarketApiException)
        {
            return order;
        }
    }

    /// <summary>An order without an agent behind it must not stand.</summary>
    private static async Task WithdrawAsync(Trader trader, Order order, Output output)
    {
        using var limit = new CancellationTokenSource(CancelPatience, CliSession.Clock);
        try
        {
            var cancelled = await trader.Desk.CancelAsync(order, limit.Token);
            output.Progress(OrderWords.Of(cancelled, Traded.Of(Told(cancelled, trader))));
        }
        catch (Exception e) when (e is MarketUnavailableException or MarketApiException or OperationCanceledException)
        {
            output.Progress(
                $"The order may still stand ({e.Message}). Cancel it with: market orders cancel {order.Id} "
                + $"--instrument {order.Instrument}");
        }
    }

    private static void Draw(IAnsiConsole console, Order order, IReadOnlyList<OwnSwap> swaps)
    {
        console.WriteLine(OrderWords.Of(order, Traded.Of(swaps)));
        foreach (var swap in swaps)
        {
            console.MarkupLineInterpolated($"[bold]{swap.Id}[/]");
            console.WriteLine($"  {InWords.Shares(swap.Quantity)} for {InWords.Sats(swap.Notional.Value)}, {swap.Label}");
            console.Write(new Padder(new Text(swap.Sentence), new Padding(2, 0, 0, 0)));
        }
    }
}

/// <summary>A swap as the own agent's journal has it.</summary>
internal sealed record OwnSwap
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>Where it stands.</summary>
    public required SwapState State { get; init; }

    /// <summary>The same in words.</summary>
    public required string Label { get; init; }

    /// <summary>Shares that it moves.</summary>
    public required Quantity Quantity { get; init; }

    /// <summary>Satoshis that it moves.</summary>
    public required Sats Notional { get; init; }

    /// <summary>How it stands, for a person.</summary>
    public required string Sentence { get; init; }

    /// <summary>Reads a swap of the journal that is over.</summary>
    /// <param name="swap">The swap.</param>
    /// <param name="tips">What the agent's chains showed last: which times have passed, and how deep a spend is. Null before they
    /// were seen, where neither can be told.</param>
    public static OwnSwap Of(AgentSwap swap, SwapTips? tips)
    {
        var record = swap.Swap;
        return new OwnSwap
        {
            Id = record.Id,
            State = Enum.Parse<SwapState>(record.Phase.ToString()),
            // Of a swap that is over no label depends on the chains.
            Label = SwapWords.Label(record, tips.GetValueOrDefault()),
            Quantity = new Quantity(record.AmountOf(record.RoleOn(SwapChain.Share)).Sats),
            Notional = new Sats(record.AmountOf(record.RoleOn(SwapChain.Coin)).Sats),
            Sentence = swap.Refused
                ?? (tips is { } seen ? SwapWords.Of(record, seen, swap.Role) : "It is over; the chains were not seen yet."),
        };
    }
}
