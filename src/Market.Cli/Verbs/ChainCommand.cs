using System.CommandLine;
using System.Net;
using Market.Chains.Mining;
using Market.Chains.Shares;
using Market.Chains.Stratum;
using Market.Cli.Common;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market chain`: both chains as a node has them; the designs of sharechain, and a devnet of each to watch.</summary>
public static class ChainCommand
{
    private const long DevnetRate = 50_000;
    private const int UsualShares = 200;
    private const int LongestMinutes = 7 * 24 * 60;
    private const int MostSpeed = 20;

    private static readonly Argument<string?> Row = new("ROW")
    {
        Description = "The design, such as p2share or p2poolv2-devnet; all where none is named",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string> Sharechain = new("--sharechain")
    {
        Description = "The design, one that ends with -devnet",
        DefaultValueFactory = _ => "p2share-devnet",
    };

    private static readonly Option<int?> Blocks = new("--blocks", "--shares")
    {
        Description = "Stop at this height; 200 where --minutes is not given either",
    };

    private static readonly Option<double?> Minutes = new("--minutes")
    {
        Description = "Stop after so many minutes of the devnet's clock",
    };

    private static readonly Option<int> Speed = new("--speed")
    {
        Description = "How many times as fast as yours the devnet's clock runs, 1 to 20",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<int> Miners = new("--miners")
    {
        Description = $"Miners of this processor, 1 to {RowRun.MostMiners}, each with a thread and a key of its own",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<bool> Traffic = new("--traffic")
    {
        Description = "Have the miners pay each other, and register Bitcoin blocks that lost their race",
    };

    private static readonly Option<long> Rate = new("--rate")
    {
        Description = "Hashes a second of each miner at most, 0 for as many as one thread can",
        DefaultValueFactory = _ => DevnetRate,
    };

    private static readonly Option<IPEndPoint?> Stratum = CommonOptions.Stratum(
        "Let miners connect meanwhile, by Stratum: HOST:PORT, such as 0.0.0.0:3333");

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var parameters = new Command("params", "Print the parameters of the designs of sharechain") { Row };
        parameters.SetAction(Print);
        var mine = new Command("mine", "Mine a devnet of a design in memory, and watch its rules act")
        {
            Sharechain, Blocks, Minutes, Miners, Traffic, Rate, Speed, Stratum,
        };
        mine.SetAction(MineAsync);
        return new Command("chain", "Look at both chains; designs of sharechain, their parameters and a devnet of each")
        {
            ChainStatusCommand.Build(), ChainBlockCommand.Build(), ChainTransactionCommand.Build(),
            ChainPayoutCommands.BuildHolders(), ChainPayoutCommands.BuildSelect(), LateWorkCommand.Build(), parameters, mine,
        };
    }

    private static int Print(ParseResult arguments)
    {
        var rows = arguments.GetValue(Row) is { } name
            ? [Find(name)]
            : ShareRows.All;
        foreach (var row in rows)
        {
            Output.Of(arguments).Result(
                new { row.Name, row.IsEnforced, Parameters = row.Parameters.ToDictionary() },
                console =>
                {
                    var table = new Table { Title = new TableTitle(row.Name) };
                    table.AddColumns("parameter", "value");
                    foreach (var (parameter, value) in row.Parameters)
                    {
                        table.AddRow(Markup.Escape(parameter), Markup.Escape(value));
                    }

                    console.Write(table);
                });
        }

        return 0;
    }

    private static async Task<int> MineAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var row = Find(arguments.GetValue(Sharechain)!);
        var (shares, minutes, rate) = (arguments.GetValue(Blocks), arguments.GetValue(Minutes), arguments.GetValue(Rate));
        var (miners, speed) = (arguments.GetValue(Miners), arguments.GetValue(Speed));
        if (shares < 1 || minutes is <= 0 or > LongestMinutes || rate < 0 || miners is < 1 or > RowRun.MostMiners
            || speed is < 1 or > MostSpeed)
        {
            throw new CliException(
                "bad-number", "--blocks takes 1 or more, --minutes more than 0 and a week at most, --rate 0 or more, "
                + $"--miners 1 to {RowRun.MostMiners}, --speed 1 to {MostSpeed}.");
        }

        var run = new RowRun(row.Name)
        {
            Shares = shares ?? (minutes is null ? UsualShares : null),
            For = minutes is { } given ? TimeSpan.FromMinutes(given) : null,
            Miners = miners,
            HashesPerSecond = rate == 0 ? null : rate,
            HasTraffic = arguments.GetValue(Traffic),
            Stratum = arguments.GetValue(Stratum) is { } listen ? new StratumOptions { Listen = listen } : null,
        };
        var tally = await RowDevnet.MineAsync(
            run, share => output.Result(share, console => Draw(console, share)),
            speed == 1 ? TimeProvider.System : new FasterClock(TimeProvider.System, speed), cancellation);
        output.Result(tally, console => Draw(console, tally));
        return 0;
    }

    private static void Draw(IAnsiConsole console, RowTally tally)
    {
        console.WriteLine(
            $"{tally.Row}, {tally.Seconds} s: {tally.Shares} share blocks, {tally.BesideChain} beside the chain, "
            + $"{tally.Reorgs} reorgs, {tally.Deepest} deep at most; {tally.Transactions} transactions, {tally.Bytes} bytes, "
            + $"{tally.Hashes} hashes.");
        console.WriteLine(
            $"Bitcoin blocks: {Words(tally.MainBlocks)}. Paid: {tally.Payees} scripts; {tally.Holders} take part next.");
        console.WriteLine(
            $"Expired {tally.Expired}, frozen {tally.Frozen}, set free {tally.Freed}, destroyed {tally.Destroyed}; uncles "
            + $"{tally.Uncles}; weak shares {tally.WeakShares}, named {tally.WeakNamed}; late work {tally.LateWorks}.");
        console.WriteLine($"{tally.Supply} units in {tally.Outputs} outputs.");
    }

    private static string Words(IReadOnlyDictionary<string, int> fates) =>
        fates.Count == 0 ? "none" : string.Join(", ", fates.Select(fate => $"{fate.Value} {fate.Key}"));

    private static void Draw(IAnsiConsole console, RowShare share) => console.WriteLine(
        $"{share.Height,5} {share.Id[..16]}... names {share.Named}, pays {share.Paid}, mints {share.Minted}; "
        + $"{share.Outputs} outputs of {share.Supply} units{(share.IsMainBlock ? "; a Bitcoin block" : "")}");

    private static ShareRow Find(string name) => ShareRows.Find(name) ?? throw new CliException(
        "unknown-row", $"There is no design \"{name}\": {string.Join(", ", ShareRows.All.Select(row => row.Name))}.");
}
