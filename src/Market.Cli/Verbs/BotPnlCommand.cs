using System.CommandLine;
using Market.Cli.Common;
using Market.Client.Api;
using Market.Client.Strategies;
using Market.Contracts;
using Market.Strategies;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market bot pnl`: what the bot made by trade, fee and outcome of swaps, from its ledger.</summary>
internal static class BotPnlCommand
{
    private static readonly Option<string?> Worth = new("--worth")
    {
        Description = "The value of a share that inventory is reckoned at; without it the market's model is asked",
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command("pnl", "Say what the bot made with this wallet, by trade, fee and outcome of swaps")
        {
            Worth, CommonOptions.Instrument, CommonOptions.Server, CommonOptions.Wallet,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var path = MakerLedger.PathIn(arguments.GetValue(CommonOptions.Wallet)!);
        if (!File.Exists(path))
        {
            throw new CliException("no-ledger", $"{path} is not there: market bot begins it when it quotes, and not on paper.");
        }

        using var ledger = MakerLedger.Read(path);
        var named = arguments.GetResult(CommonOptions.Instrument) is null ? null : arguments.GetValue(CommonOptions.Instrument);
        var worth = arguments.GetValue(Worth) is { } typed ? Figures.ParsePrice(typed).Sats : (decimal?)null;
        using var api = CliSession.ApiOf(arguments, null);
        foreach (var instrument in ledger.Instruments.Where(each => named is null || each == named).Order(StringComparer.Ordinal))
        {
            var mark = worth ?? await MarkAsync(api, instrument, cancellation);
            var result = ledger.Of(instrument).At(mark);
            output.Result(result, console => Draw(console, result));
        }

        if (ledger.Instruments.Count == 0)
        {
            output.Progress($"No quote has traded since {ledger.Begun:u}.");
        }

        return 0;
    }

    private static async Task<decimal> MarkAsync(MarketApi api, string instrument, CancellationToken cancellation)
    {
        try
        {
            return (decimal)(await api.GetDiscountAsync(instrument, cancellation)).ModelPrice;
        }
        catch (Exception e) when (e is MarketUnavailableException or MarketApiException)
        {
            throw new CliException(
                "no-worth", $"The market does not say what a share of {instrument} is worth ({e.Message}). Say it with --worth.");
        }
    }

    /// <summary>A result for a person.</summary>
    internal static void Draw(IAnsiConsole console, MakerResult result)
    {
        console.WriteLine($"{result.Instrument}, a share at {result.Mark:#,0.##} sat:");
        console.WriteLine($"  Trades settled: {Figures.Sats(result.Trades.Count)}; bought "
            + $"{Figures.Shares(result.Trades.Bought)}, sold {Figures.Shares(result.Trades.Sold)} shares.");
        console.WriteLine($"  Realized: {Signed(result.Realized)}");
        console.WriteLine($"  Inventory of {SignedShares(result.Inventory)} shares at that value, over what it cost: "
            + Signed(result.Unrealized));
        console.WriteLine($"  Market's fees: {Signed(result.MarketFees)}");
        console.WriteLine($"  Fees on Bitcoin: {Signed(result.CoinFees)}");
        console.WriteLine($"  Fees on the sharechain: {Signed(result.ShareFeesWorth)} ({SignedShares(result.ShareFees)} shares)");
        foreach (var outcome in result.Outcomes)
        {
            console.WriteLine($"  Swaps {outcome.Outcome.ToString().ToLowerInvariant()}: {Figures.Sats(outcome.Count)} for "
                + $"{InWords.Sats(outcome.Notional)}; chain fees {Signed(outcome.CoinFees)} and "
                + $"{SignedShares(outcome.ShareFees)} shares.");
        }

        if (result.Pending.Count > 0)
        {
            console.WriteLine($"  Under way, not counted: {Figures.Sats(result.Pending.Count)} trades; buying "
                + $"{Figures.Shares(result.Pending.Bought)}, selling {Figures.Shares(result.Pending.Sold)} shares.");
        }

        console.WriteLine($"  Total: {Signed(result.Total)}");
    }

    /// <summary>Satoshis with their sign, rounded down.</summary>
    internal static string Signed(decimal sats) => InWords.Sats((long)decimal.Floor(sats));

    private static string SignedShares(long units) => (units < 0 ? "-" : "") + Figures.Shares(Math.Abs(units));
}
