using System.Collections.Immutable;
using System.CommandLine;
using Market.Bitcoin;
using Market.Cli.Common;
using Market.Sharechain;
using Market.Swaps;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market swaps plan`: what the times of a network's swaps are made of, line by line. Needs no market.</summary>
internal static class SwapsPlanCommand
{
    private static readonly Option<string> Network = new("--network")
    {
        Description = "The network whose swaps are planned",
        DefaultValueFactory = _ => "mainnet",
    };

    private static readonly Option<string?> Worth = new("--worth")
    {
        Description = "Satoshis at stake: the more, the deeper the locks must be; left out, the least depth",
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        Network.AcceptOnlyFromAmong([.. NetworkProfile.All.Select(profile => profile.Name)]);
        var command = new Command("plan", "Print the margins of a network's swaps line by line, with their sums")
        {
            Network, CommonOptions.Sharechain, Worth,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult arguments)
    {
        var plan = Of(
            arguments.GetValue(Network)!,
            arguments.GetValue(CommonOptions.Sharechain),
            arguments.GetValue(Worth) is { } worth ? new Amount(Figures.ParseSats(worth)) : default);
        Output.Of(arguments).Result(plan, console => Draw(console, plan));
        return 0;
    }

    /// <summary>The spans of a network's swaps.</summary>
    /// <param name="network">Its name.</param>
    /// <param name="sharechain">The design of the sharechain; null for the network's own.</param>
    /// <param name="worth">What is at stake.</param>
    internal static PrintedPlan Of(string network, string? sharechain, Amount worth)
    {
        var row = sharechain is null ? SharechainProfile.Of(network) : SharechainProfile.Of(network, sharechain)
            ?? throw new CliException("bad-sharechain", $"There is no sharechain \"{sharechain}\": see market chain params.");
        var rules = SwapRules.Of(row.On(NetworkProfile.Of(network)));
        var margins = new SwapMargins(rules, worth);
        PrintedSpan Span(string name, ImmutableArray<SwapMargin> parts)
        {
            var sum = SwapMargins.Sum(parts);
            return new PrintedSpan(name, parts, sum, margins.RoundUp(sum));
        }

        return new PrintedPlan(
            network,
            row.Design,
            margins.InitiatorConfirmations,
            margins.ParticipantConfirmations,
            [
                Span("From the last moment to reveal until T_short", margins.Reveal()),
                Span("From the fixing of the terms until T_short", margins.Short()),
                Span("From T_short until T_long", margins.Delta()),
            ]);
    }

    private static void Draw(IAnsiConsole console, PrintedPlan plan)
    {
        console.WriteLine($"Swaps of {plan.Sharechain} on {plan.Network}: the shares' lock counts at "
            + $"{plan.ShareConfirmations} confirmations, the BTC's at {plan.CoinConfirmations}.");
        foreach (var span in plan.Spans)
        {
            console.WriteLine();
            console.WriteLine(span.Name);
            foreach (var part in span.Parts)
            {
                console.WriteLine($"{Time(part.Seconds),12}  {part.Name}: {part.Why}");
            }

            console.WriteLine($"{Time(span.Sum),12}  in all, rounded up to {Time(span.Rounded)}");
        }
    }

    private static string Time(int seconds) => seconds < 3600
        ? $"{seconds / 60} min {seconds % 60:00} s"
        : $"{seconds / 3600} h {seconds % 3600 / 60:00} min";
}

/// <summary>A network's swaps as they are printed.</summary>
/// <param name="Network">Its name.</param>
/// <param name="Sharechain">The design of its sharechain.</param>
/// <param name="ShareConfirmations">Depth at which the shares' lock counts.</param>
/// <param name="CoinConfirmations">Depth at which the BTC's lock counts.</param>
/// <param name="Spans">The spans of their clock.</param>
internal sealed record PrintedPlan(
    string Network, string Sharechain, int ShareConfirmations, int CoinConfirmations, ImmutableArray<PrintedSpan> Spans);

/// <summary>One span and its parts.</summary>
/// <param name="Name">From when until when.</param>
/// <param name="Parts">What it is made of.</param>
/// <param name="Sum">Seconds in all.</param>
/// <param name="Rounded">Seconds as planned.</param>
internal sealed record PrintedSpan(string Name, ImmutableArray<SwapMargin> Parts, int Sum, int Rounded);
