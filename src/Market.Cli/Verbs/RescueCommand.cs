using System.CommandLine;
using Market.Bitcoin;
using Market.Cli.Common;
using Market.Client.Keys;
using Market.Client.Recovery;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market rescue`: the words or the seed file, any sources of both chains, and no market.</summary>
public static class RescueCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Only list what is found, and what would be waited for",
    };

    private static readonly Option<bool> KeepCoins = new("--keep-coins")
    {
        Description = "At the end, do not move the coins to new addresses (which makes forgotten locks void)",
    };

    private static readonly Option<string> Network = new("--network")
    {
        Description = "Of words that are typed or piped in: the network that they are for",
        DefaultValueFactory = _ => "devnet",
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        Network.AcceptOnlyFromAmong([.. NetworkProfile.All.Select(profile => profile.Name)]);
        var command = new Command(
            "rescue",
            "Find every coin and swap of a wallet on both chains and bring all of it home, without a market: from the "
                + "wallet's file, or from its words where there is none")
        {
            DryRun, KeepCoins, Network, CommonOptions.Sharechain, CommonOptions.Wallet, CommonOptions.Mainchain,
            CommonOptions.Peers, CommonOptions.Shares,
            CommonOptions.Server, CommonOptions.TrustServer, CommonOptions.Filters,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var opened = SeedOf(arguments);
        await using var session = await CliSession.OpenForRescueAsync(arguments, opened, output, cancellation);
        using var journal = session.OpenJournal();
        var rescue = session.OpenRescue(journal, output.Notice);
        if (arguments.GetValue(DryRun))
        {
            var seen = await rescue.LookAsync(cancellation);
            output.Result(Plain(seen), console => Draw(console, seen, "There is:"));
            return 0;
        }

        output.Progress("Ending all swaps of this wallet. Stop with Ctrl-C; the next rescue goes on.");
        var report = await rescue.RunAsync(Pause, arguments.GetValue(KeepCoins), cancellation);
        output.Result(Plain(report), console => Draw(console, report, "All is over. The wallet holds:"));
        return 0;
    }

    // Words are kept nowhere: the next rescue asks for them again.
    private static OpenedSeed SeedOf(ParseResult arguments)
    {
        var path = CliSession.SeedPath(arguments.GetValue(CommonOptions.Wallet)!);
        return File.Exists(path)
            ? SeedFile.Open(path, Passphrase.Ask(twice: false))
            : OfWords(arguments, arguments.GetValue(Network)!);
    }

    private static OpenedSeed OfWords(ParseResult arguments, string network)
    {
        var sharechain = CommonOptions.SharechainOf(arguments, network);
        return new OpenedSeed(Phrase.Parse(Phrase.ReadInput()), network, sharechain);
    }

    private static object Plain(RescueReport report) => new
    {
        swaps = report.Swaps,
        over = report.Over,
        shares = report.Shares.Total.Sats,
        sats = report.Sats.Total.Sats,
    };

    private static void Draw(IAnsiConsole console, RescueReport report, string title)
    {
        foreach (var swap in report.Swaps)
        {
            console.MarkupLineInterpolated(
                $"[bold]{swap.Id}[/]  {swap.Side} of {Figures.Shares(swap.Shares)} shares for {Figures.Sats(swap.Sats)} sat");
            console.Write(new Padder(new Text(swap.Sentence), new Padding(2, 0, 0, 0)));
        }

        console.WriteLine($"Swaps looked after: {report.Swaps.Count}; long over: {report.Over}.");
        console.WriteLine(title);
        var (shares, sats) = (report.Shares, report.Sats);
        console.WriteLine(
            $"  {Figures.Shares(shares.Total.Sats)} shares ({Figures.Shares(shares.Spendable.Sats)} free to spend)");
        console.WriteLine($"  {Figures.Sats(sats.Total.Sats)} sat ({Figures.Sats(sats.Spendable.Sats)} free to spend)");
    }
}
