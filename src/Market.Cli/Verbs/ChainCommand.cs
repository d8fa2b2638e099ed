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

    private static readonly Option<int> Shares = new("--shares")
    {
        Description = "Stop at this height",
        DefaultValueFactory = _ => 200,
    };

    private static readonly Option<long> Rate = new("--rate")
    {
        Description = "Hashes a second at most, 0 for as many as one thread can",
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
            Sharechain, Shares, Rate, Stratum,
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
        var (shares, rate) = (arguments.GetValue(Shares), arguments.GetValue(Rate));
        if (shares < 1 || rate < 0)
        {
            throw new CliException("bad-number", "--shares takes 1 or more, --rate 0 or more.");
        }

        var report = await RowDevnet.MineAsync(
            row.Name, shares, rate == 0 ? null : rate, share => output.Result(share, console => Draw(console, share)),
            TimeProvider.System,
            arguments.GetValue(Stratum) is { } listen ? new StratumOptions { Listen = listen } : null, cancellation);
        output.Progress($"{report.Accepted} shares, {report.Weak} weak shares, {report.Stale} beside the chain, "
            + $"{report.MainBlocks} Bitcoin blocks, {report.Hashes} hashes.");
        return 0;
    }

    private static void Draw(IAnsiConsole console, RowShare share) => console.WriteLine(
        $"{share.Height,5} {share.Id[..16]}... names {share.Named}, pays {share.Paid}, mints {share.Minted}; "
        + $"{share.Outputs} outputs of {share.Supply} units{(share.IsMainBlock ? "; a Bitcoin block" : "")}");

    private static ShareRow Find(string name) => ShareRows.Find(name) ?? throw new CliException(
        "unknown-row", $"There is no design \"{name}\": {string.Join(", ", ShareRows.All.Select(row => row.Name))}.");
}
