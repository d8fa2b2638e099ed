using System.CommandLine;
using Market.Cli.Common;
using Market.Client.Recordings;
using Market.Contracts;
using Market.Strategies;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market bot --backtest`: what the bot would have come to in what was recorded.</summary>
internal static class BackTestCommand
{
    private static readonly Option<ulong> Seed = new("--seed")
    {
        Description = "With --backtest: decides which swaps fail; the same gives the same",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<decimal> Failures = new("--swap-failures")
    {
        Description = "With --backtest: the part of swaps that fail, 0 to 1",
        DefaultValueFactory = _ => 0.02m,
    };

    private static readonly Option<string> SwapTime = new("--swap-time")
    {
        Description = "With --backtest: from a trade until what was bought is there",
        DefaultValueFactory = _ => "3h",
    };

    private static readonly Option<string> RefundTime = new("--refund-time")
    {
        Description = "With --backtest: from a trade until what was locked is back, where its swap failed",
        DefaultValueFactory = _ => "24h",
    };

    private static readonly Option<int> Latency = new("--latency")
    {
        Description = "With --backtest: milliseconds from a look until its orders stand, at most those between two looks",
        DefaultValueFactory = _ => 500,
    };

    private static readonly Option<string> StartShares = new("--start-shares")
    {
        Description = "With --backtest: shares that it begins with",
        DefaultValueFactory = _ => "100",
    };

    private static readonly Option<string> StartCoins = new("--start-coins")
    {
        Description = "With --backtest: bitcoin that it begins with",
        DefaultValueFactory = _ => "1 BTC",
    };

    private static readonly Option<decimal> FeeFactor = new("--fee-factor")
    {
        Description = "With --backtest: fees of both chains, as a multiple of what they were when the recording began",
        DefaultValueFactory = _ => 1,
    };

    /// <summary>The options of a back-test.</summary>
    public static IReadOnlyList<Option> Options { get; } =
        [Seed, Failures, SwapTime, RefundTime, Latency, StartShares, StartCoins, FeeFactor];

    /// <summary>Plays a recording.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="path">The recording.</param>
    /// <param name="maker">How it quotes.</param>
    /// <param name="output">Is told.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<int> RunAsync(
        ParseResult arguments, string path, MakerOptions maker, Output output, CancellationToken cancellation)
    {
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            throw new CliException("no-recording", $"{path} is not there: `market record --out {path}` makes a recording.");
        }

        var named = arguments.GetResult(CommonOptions.Instrument) is null ? null : arguments.GetValue(CommonOptions.Instrument);
        var tape = new Tape(path, named);
        await tape.OpenAsync(cancellation);
        var factor = arguments.GetValue(FeeFactor);
        if (factor is < 0 or > 1_000)
        {
            throw new CliException("bad-fees", "--fee-factor is from 0 to 1000.");
        }

        var options = new BackTestOptions
        {
            Maker = maker,
            Instrument = tape.Instrument!.Id,
            Rules = tape.Instrument.Rules,
            Shares = Figures.ParseShares(arguments.GetValue(StartShares)!),
            Coins = new Sats(Figures.ParseSats(arguments.GetValue(StartCoins)!)),
            Seed = arguments.GetValue(Seed),
            SwapFailures = arguments.GetValue(Failures),
            SwapTime = Figures.ParsePeriod(arguments.GetValue(SwapTime)!, SwapTime.Name),
            RefundTime = Figures.ParsePeriod(arguments.GetValue(RefundTime)!, RefundTime.Name),
            Latency = TimeSpan.FromMilliseconds(arguments.GetValue(Latency)),
            CoinFees = FeesOf(tape.Fees?.Mainchain, factor),
            ShareFees = FeesOf(tape.Fees?.Sharechain, factor),
        };
        if (options.WhyNot is { } why)
        {
            throw new CliException("bad-backtest", why);
        }

        var test = new BackTest(options);
        await foreach (var next in tape.ReadAsync(cancellation))
        {
            test.Take(next);
        }

        var report = test.End();
        output.Result(report, console => Draw(console, report));
        return 0;
    }

    private static SwapFees FeesOf(ChainFees? fees, decimal factor) => fees is null
        ? new SwapFees(0, 0, 0)
        : new SwapFees(
            (long)(fees.Funding.Value * factor), (long)(fees.Claim.Value * factor), (long)(fees.Refund.Value * factor));

    /// <summary>The report for a person.</summary>
    internal static void Draw(IAnsiConsole console, BackTestReport report)
    {
        console.WriteLine($"Back-test in {report.Instrument}, {report.From:u} to {report.To:u}: "
            + $"{Figures.Sats(report.Events)} events, {Figures.Sats(report.Trades)} trades, {Figures.Sats(report.Gaps)} gaps of "
            + $"{report.GapSeconds:0} s together; seed {report.Seed}.");
        console.WriteLine($"Looked {Figures.Sats(report.Looks)} times and placed {Figures.Sats(report.Quotes)} quotes; for "
            + $"{Figures.Sats(report.Unfunded)} there were no coins. Fills: {Figures.Sats(report.MakerFills)} where a quote stood, "
            + $"{Figures.Sats(report.TakerFills)} where it took.");
        console.WriteLine($"In the market: a bid {report.BidTime:0.0%} of the time, an offer {report.AskTime:0.0%}, both "
            + $"{report.BothTime:0.0%}. Shares held: {Figures.Shares(report.LeastShares)} to {Figures.Shares(report.MostShares)}.");
        BotPnlCommand.Draw(console, report.Result);
        console.WriteLine($"Largest fall from the highest total: {BotPnlCommand.Signed(-report.Drawdown)}.");
        foreach (var supposed in report.Supposes)
        {
            console.WriteLine($"- {supposed}");
        }
    }
}
