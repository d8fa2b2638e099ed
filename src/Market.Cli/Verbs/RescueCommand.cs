using System.Collections.Immutable;
using System.CommandLine;
using Market.Bitcoin;
using Market.Cli.Common;
using Market.Client;
using Market.Client.Keys;
using Market.Client.Recovery;
using Market.Swaps;
using Market.Swaps.Agent;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market rescue`: the words or the seed file, any sources of both chains, and no market.</summary>
public static class RescueCommand
{
    private const string GoesOn = "market rescue, with the same options";

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
        Description = "Of words that are typed or piped in: the network that they are for. A wallet's file must be for it",
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
        var others = NotLookedAt(opened, isOfWords: !File.Exists(SeedPath(arguments)));
        var rescue = session.OpenRescue(journal, output.Notice);
        if (arguments.GetValue(DryRun))
        {
            var seen = await rescue.LookAsync(cancellation);
            output.Result(Plain(seen, others), console => Draw(console, seen, others, "There is:"));
            return 0;
        }

        output.Progress("Ending all swaps of this wallet. Stop with Ctrl-C; the next rescue goes on.");
        var report = await LockedWords.RunAsync(
            stop => rescue.RunAsync(Pause, arguments.GetValue(KeepCoins), stop),
            () => output.Progress(Left(rescue.Swaps, rescue.IsWhole, rescue.Tips)),
            cancellation);
        output.Result(Plain(report, others), console => Draw(console, report, others, "All is over. The wallet holds:"));
        return 0;
    }

    /// <summary>The seed: of the wallet's file or, where there is none, of words. Words are kept nowhere: the next rescue asks for
    /// them again.</summary>
    /// <exception cref="CliException">The file is of other chains than the command line names.</exception>
    public static OpenedSeed SeedOf(ParseResult arguments)
    {
        var path = SeedPath(arguments);
        if (!File.Exists(path))
        {
            return OfWords(arguments, arguments.GetValue(Network)!);
        }

        var opened = SeedFile.Open(path, Passphrase.Ask(twice: false));
        try
        {
            CheckNamed(arguments, opened, path);
            return opened;
        }
        catch
        {
            opened.Seed.Dispose();
            throw;
        }
    }

    /// <summary>The sharechains that the words may have other wallets on, which this rescue does not see; a wallet's file is of
    /// one.</summary>
    /// <param name="opened">What is rescued.</param>
    /// <param name="isOfWords">False for a wallet's file.</param>
    public static ImmutableArray<string> NotLookedAt(OpenedSeed opened, bool isOfWords)
    {
        var seen = WalletChains.Of(opened.Network, opened.Sharechain).Sharechain;
        return isOfWords ? ChainSources.TradedOn(opened.Network).Remove(seen) : [];
    }

    /// <summary>What is said to whoever interrupts a rescue.</summary>
    /// <param name="swaps">The swaps found so far.</param>
    /// <param name="isWhole">Whether both chains were looked through.</param>
    /// <param name="tips">What the chains showed last; null before they were seen.</param>
    public static string Left(IReadOnlyCollection<AgentSwap> swaps, bool isWhole, SwapTips? tips)
    {
        var isLocked = swaps.Any(swap => !swap.IsOver);
        var known = isLocked ? LockedWords.Of(swaps, tips, GoesOn) : $"Go on with: {GoesOn}";
        return !isWhole ? $"The chains were not looked through to their end: more may be locked than is known by now.\n{known}"
            : isLocked ? known
            : $"Nothing is locked in a swap; coins may not all be moved to new addresses. {known}";
    }

    // Who names another chain than the file's means another wallet, and would take the end of this one's swaps for that one's.
    private static void CheckNamed(ParseResult arguments, OpenedSeed opened, string path)
    {
        var its = WalletChains.Of(opened.Network, opened.Sharechain);
        if (arguments.GetResult(Network) is { Implicit: false } && arguments.GetValue(Network) is { } network
            && network != its.Network)
        {
            throw Refused("wrong-network", network);
        }

        if (arguments.GetValue(CommonOptions.Sharechain) is { } sharechain && sharechain != its.Sharechain)
        {
            throw Refused("wrong-sharechain", sharechain);
        }

        CliException Refused(string code, string named) => new(
            code,
            $"The wallet in {path} is of {its}, not of {named}. Name the folder of that one with --wallet; one without a wallet "
            + "takes its words.");
    }

    private static string SeedPath(ParseResult arguments) => CliSession.SeedPath(arguments.GetValue(CommonOptions.Wallet)!);

    private static OpenedSeed OfWords(ParseResult arguments, string network)
    {
        var sharechain = CommonOptions.SharechainOf(arguments, network);
        return new OpenedSeed(Phrase.Parse(Phrase.ReadInput()), network, sharechain);
    }

    private static object Plain(RescueReport report, ImmutableArray<string> others) => new
    {
        swaps = report.Swaps,
        over = report.Over,
        shares = report.Shares.Total.Sats,
        sats = report.Sats.Total.Sats,
        notLookedAt = others,
    };

    private static void Draw(IAnsiConsole console, RescueReport report, ImmutableArray<string> others, string title)
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
        if (!others.IsEmpty)
        {
            console.WriteLine(
                $"Not looked at: what these words hold on {string.Join(", ", others)}. Where there was a wallet on one of these, "
                + "rescue it too, with --sharechain and another --wallet.");
        }
    }
}
