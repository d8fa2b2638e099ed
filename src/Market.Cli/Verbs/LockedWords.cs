using System.CommandLine;
using System.Globalization;
using Market.Cli.Common;
using Market.Client;
using Market.Client.Agent;
using Market.Contracts;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Cli.Verbs;

/// <summary>What is said to whoever interrupts a verb that drives swaps: what is locked, until when, and what goes on with it.
/// </summary>
internal static class LockedWords
{
    /// <summary>Runs work beside a party's agent; on an interrupt it says what is left locked.</summary>
    /// <param name="trader">The party.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="output">Is told.</param>
    /// <param name="work">As <see cref="WithAgent"/> runs it.</param>
    /// <param name="cancellation">The interrupt.</param>
    /// <returns>What the work returns.</returns>
    public static Task<T> RunAsync<T>(
        Trader trader, ParseResult arguments, Output output, Func<CancellationToken, Task<T>> work,
        CancellationToken cancellation) => RunAsync(
            stop => WithAgent.RunAsync(trader.Agent.RunAsync, work, stop),
            () => output.Progress(Of(trader.Agent.Swaps, trader.Agent.Tips, GoesOn(arguments))),
            cancellation);

    /// <summary>Runs something; where it is interrupted, that is told once it has stopped.</summary>
    /// <param name="run">What runs.</param>
    /// <param name="tell">Tells what is left.</param>
    /// <param name="cancellation">The interrupt.</param>
    /// <returns>What it returns.</returns>
    public static async Task<T> RunAsync<T>(
        Func<CancellationToken, Task<T>> run, Action tell, CancellationToken cancellation)
    {
        try
        {
            return await run(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            tell();
            throw;
        }
    }

    /// <summary>What is locked, and what goes on with it.</summary>
    /// <param name="journal">The own agent's swaps.</param>
    /// <param name="tips">What its chains showed last; null before they were seen.</param>
    /// <param name="command">The command that goes on.</param>
    public static string Of(IReadOnlyCollection<AgentSwap> journal, SwapTips? tips, string command)
    {
        var under = journal.Where(swap => !swap.IsOver).ToList();
        if (under.Count == 0)
        {
            return $"Nothing is locked in a swap. What orders in the book still trade is driven by: {command}";
        }

        var lines = under.Select(swap => Line(swap, tips));
        return string.Join('\n', [
            .. lines, $"Claims and refunds are made in time only while this runs. Go on with: {command}"]);
    }

    /// <summary>The command that goes on with the same wallet and market.</summary>
    /// <param name="arguments">The command line that was interrupted.</param>
    public static string GoesOn(ParseResult arguments)
    {
        var command = "market swaps run";
        foreach (var (option, value) in new (Option, string?)[]
        {
            (CommonOptions.Wallet, arguments.GetValue(CommonOptions.Wallet)),
            (CommonOptions.Server, arguments.GetValue(CommonOptions.Server)?.ToString()),
        })
        {
            if (arguments.GetResult(option) is { Implicit: false })
            {
                command += $" {option.Name} {(value!.Contains(' ', StringComparison.Ordinal) ? $"\"{value}\"" : value)}";
            }
        }

        return command;
    }

    private static string Line(AgentSwap swap, SwapTips? tips)
    {
        var record = swap.Swap;
        var story = tips is { } seen ? $" {SwapWords.Of(record, seen, swap.Role)}" : "";
        return $"Swap {swap.Id}: {Own(swap)}{story}";
    }

    private static string Own(AgentSwap swap)
    {
        var (record, role) = (swap.Swap, swap.Role);
        var isShare = record.ChainOf(role) == SwapChain.Share;
        var amount = record.AmountOf(role).Sats;
        var what = isShare ? InWords.Shares(new Quantity(amount)) : InWords.Sats(amount);
        if (record.ExpiredLeg == role)
        {
            return $"{what} of yours expired where they were locked, and are gone.";
        }

        var state = record.FundingOf(role) switch
        {
            { SpentAs: null } => "locked",
            null when swap.Locks().Any() && !swap.LocksResolved => "handed out to be locked",
            _ => null,
        };
        return state is null || record.Terms is not { } terms
            ? "nothing of yours is locked in it."
            : $"{what} of yours {state} until {Time(role == Role.Initiator ? terms.Long : terms.Short)} by the chain's median "
                + "time, when your agent can take back what was not claimed.";
    }

    private static string Time(Locktime time) =>
        DateTimeOffset.FromUnixTimeSeconds(time.UnixSeconds).ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
