using System.CommandLine;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Mining;
using Market.Cli.Common;
using Market.Client;
using Market.Client.Agent;
using Market.Client.Strategies;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market mine`: mines shares with this machine's processor.</summary>
public static class MineCommand
{
    private const long DevnetRate = 50_000;
    private static readonly TimeSpan ReportPause = TimeSpan.FromSeconds(10);

    private static readonly Option<int> Threads = new("--threads")
    {
        Description = "Threads that hash",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<long?> Rate = new("--rate")
    {
        Description = $"Hashes a second at most; on devnet and regtest {DevnetRate} where not given, 0 for as many as it can",
    };

    private static readonly Option<string?> Sell = new("--sell")
    {
        Description = "Offer what this wallet mines, and all it mined before and has not spent, for so many satoshis a share, as "
            + "soon as it may be spent, and drive its swaps; shares that expire each in the instrument of their series. After "
            + "--blocks selling goes on until Ctrl-C",
    };

    private static readonly Option<int?> Blocks = new("--blocks", "--shares")
    {
        Description = "Stop after so many accepted share blocks",
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command("mine", "Mine shares with this machine's processor")
        {
            Threads, Rate, Blocks, Sell, CommonOptions.Server, CommonOptions.Wallet, CommonOptions.Mainchain,
            CommonOptions.TrustServer,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var threads = arguments.GetValue(Threads);
        if (threads < 1 || threads > Environment.ProcessorCount)
        {
            throw new CliException("bad-threads", $"--threads takes 1 to {Environment.ProcessorCount} on this machine.");
        }

        if (arguments.GetValue(Blocks) is < 1 || arguments.GetValue(Rate) is < 0)
        {
            throw new CliException("bad-number", "--blocks takes 1 or more, --rate 0 or more.");
        }

        var price = arguments.GetValue(Sell) is { } text ? Figures.ParsePrice(text) : (Price?)null;
        await using var session = await CliSession.OpenAsync(arguments, output, cancellation);
        using var trader = price is null ? null : await session.OpenTraderAsync(output.Notice, cancellation);
        var rate = arguments.GetValue(Rate) ?? (NetworkProfile.Of(session.Network).BlocksAreFree ? DevnetRate : 0);
        var script = session.Wallet.PrimaryScript(ChainKind.Sharechain);
        var options = new MinerOptions { Threads = threads, MaxHashesPerSecond = rate == 0 ? null : rate };
        await using var miner = new ShareMiner(session.Sharechain, script, options, session.Mainchain, CliSession.Clock);
        var wanted = arguments.GetValue(Blocks) ?? int.MaxValue;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        miner.Submitted += result =>
        {
            output.Result(
                new { share = result.Id.ToString(), result = result.Code.ToString(), mainBlock = result.MainBlock?.ToString() },
                console => console.MarkupLineInterpolated(
                    $"{DateTime.Now:HH:mm:ss} share block {result.Id.ToString()[..16]}... {Words(result)}"));
            if (miner.Report.Accepted >= wanted)
            {
                done.TrySetResult();
            }
        };
        output.Progress($"Mining to {session.AddressOf(ChainKind.Sharechain, script)} with {threads} thread(s). Stop with Ctrl-C.");
        if (trader is not null)
        {
            return await LockedWords.RunAsync(
                trader, arguments, output,
                stop => SellAsync(trader, price!.Value, mining => MineAsync(miner, output, done.Task, mining), output, stop),
                cancellation);
        }

        await MineAsync(miner, output, done.Task, cancellation);
        return 0;
    }

    private static async Task MineAsync(ShareMiner miner, Output output, Task done, CancellationToken cancellation)
    {
        miner.Start();
        await ReportUntilAsync(miner, output, done, cancellation);
        await miner.StopAsync();
        var report = miner.Report;
        output.Progress($"{report.Accepted} share blocks accepted, {report.Stale} stale, {report.MainBlocks} Bitcoin blocks.");
    }

    // Never without the agent: what is offered may be bought at any moment.
    private static async Task<int> SellAsync(
        Trader trader, Price price, Func<CancellationToken, Task> mine, Output output, CancellationToken cancellation)
    {
        trader.Desk.OnNews = output.Progress;
        var sale = new MinedSale(trader.Api, trader.Desk, trader.Wallet, price, CliSession.Clock) { OnSaid = output.Progress };
        async Task MineAndStayAsync(CancellationToken stop)
        {
            await mine(stop);
            await Task.Delay(Timeout.InfiniteTimeSpan, CliSession.Clock, stop);
        }

        await WithAgent.AllAsync(cancellation, [sale.RunAsync, MineAndStayAsync]);
        return 0;
    }

    private static async Task ReportUntilAsync(
        ShareMiner miner, Output output, Task done, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reporting = new Supervised("The report", CliSession.Clock, _ => false) { EndsBy = _ => true };
        var reports = reporting.RepeatAsync(
            async stop =>
            {
                await Task.Delay(ReportPause, CliSession.Clock, stop);
                var report = miner.Report;
                var trouble = report.LastError is { } error ? $"; {error}" : "";
                output.Progress($"{report.HashesPerSecond / 1000:N0} kH/s, {report.Accepted} share blocks accepted{trouble}");
            },
            TimeSpan.Zero, over.Token);
        await Task.WhenAny(done, reports);
        await over.CancelAsync();
        await reports;
    }

    private static string Words(ShareResult result) => result switch
    {
        { IsSuccess: true, IsMainBlock: true } => "accepted, and it is a Bitcoin block",
        { IsSuccess: true, MainBlock: not null } => "accepted, and its work is enough for a Bitcoin block",
        { Code: SubmitCode.Accepted } => "accepted",
        { IsSuccess: true } => "accepted, beside the best chain",
        _ => $"{result.Code}: {result.Refusal} {result.Detail}",
    };
}
