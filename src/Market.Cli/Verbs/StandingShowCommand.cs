using System.CommandLine;
using Market.Cli.Common;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market standing show`: credits, tier, what the next one needs, and what a call costs.</summary>
internal static class StandingShowCommand
{
    private static readonly Option<string> Operation = new("--operation")
    {
        Description = "Also what this operation of the API document would cost now",
        DefaultValueFactory = _ => "placeOrder",
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command("show", "Show the account's credits and tier, what the next tier needs, and what a call costs")
        {
            Operation, CommonOptions.Server, CommonOptions.Wallet,
        };
        command.SetAction(ShowAsync);
        return command;
    }

    private static async Task<int> ShowAsync(ParseResult arguments, CancellationToken cancellation)
    {
        using var keys = CliSession.OpenKeys(arguments);
        using var api = CliSession.ApiOf(arguments, keys);
        var own = await api.GetStandingAsync(arguments.GetValue(Operation), cancellation);
        Output.Of(arguments).Result(own, console => Draw(console, own));
        return 0;
    }

    /// <summary>The same in words.</summary>
    internal static void Draw(IAnsiConsole console, OwnStanding own)
    {
        var known = own.Public;
        console.WriteLine($"Key {known.Key}");
        console.WriteLine($"Tier {WordOf(known.Tier)}, {Figures.Sats(known.Points)} points: {Figures.Sats(known.SettledDays)} days "
            + $"of the last 30 with settled swaps, coins at stake of value {Figures.Sats(known.BondValue)}, "
            + $"{Figures.Sats(known.Faults)} failed swaps of its own doing.");
        if (known.AuthorityUntil is { } until)
        {
            console.WriteLine($"A late block's term runs until {Figures.Time(until)}.");
        }

        if (known.WaitsUntil is { } waits)
        {
            console.WriteLine($"It takes nothing until {Figures.Time(waits)}: it let a swap fail.");
        }

        var gives = known.Gives;
        console.WriteLine($"That gives {gives.OpenOrders} open orders of up to {Figures.Sats(gives.LargestOrder.Value)} sats, "
            + $"{gives.TakesAtOnce} takes and then one in {gives.SecondsPerTake} s, {gives.Streams} streams, calls of weight "
            + $"{gives.Quota} in 10 s, and {gives.HeadStartSeconds} s ahead in a queue.");
        if (known.NextTierNeeds is { } needs)
        {
            console.WriteLine($"The next tier needs {needs}.");
        }

        console.WriteLine($"Credits: {Figures.Sats(own.Credits)} of {Figures.Sats(own.MostCredits)} at most.");
        if (own.Cost is { } cost)
        {
            console.WriteLine(cost.Price == 0
                ? $"{cost.Operation} is free now."
                : $"{cost.Operation} costs {Figures.Sats(cost.Price)} credits now where others wait.");
        }
    }

    private static string WordOf(StandingTier tier) => tier.ToString().ToLowerInvariant();
}
