using System.CommandLine;
using Market.Bitcoin;
using Market.Chains;
using Market.Cli.Common;
using Market.Client.Api;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market faucet`: coins of a devnet for the wallet, on both chains.</summary>
public static class FaucetCommand
{
    private static readonly Option<ChainName?> Chain = new("--chain")
    {
        Description = "mainchain or sharechain; both where not given",
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command("faucet", "Get coins to try out with, on a devnet")
        {
            Chain, CommonOptions.Server, CommonOptions.Wallet, CommonOptions.Mainchain, CommonOptions.TrustServer,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        await using var session = await CliSession.OpenAsync(arguments, output, cancellation);
        if (session.Network != "devnet")
        {
            throw new CliException("no-faucet", $"There is a faucet on a devnet only; this wallet is of {session.Network}.");
        }

        using var api = new MarketApi(arguments.GetValue(CommonOptions.Server)!);
        ChainName[] chains = arguments.GetValue(Chain) is { } one ? [one] : [ChainName.Mainchain, ChainName.Sharechain];
        foreach (var chain in chains)
        {
            var kind = chain == ChainName.Mainchain ? ChainKind.Mainchain : ChainKind.Sharechain;
            var paid = await api.AskFaucetAsync(
                chain, session.Wallet.PrimaryScript(kind).ToString(), session.Instrument, cancellation);
            output.Result(
                new { chain = chain.ToString(), outpoint = paid.Outpoint, amount = paid.Amount.Value },
                console => console.WriteLine(
                    $"{Figure(paid)} in {paid.Outpoint}{(paid.Confirmed ? "" : ", with the next block")}"));
        }

        return 0;
    }

    private static string Figure(FaucetPayment paid) =>
        $"{paid.Amount.Value / (decimal)Amount.Coin} {(paid.Chain == ChainName.Mainchain ? "BTC" : "shares")}";
}
