using System.Threading.Channels;
using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Chains.Stratum;
using Market.Sharechain;

namespace Market.Chains.Mining;

/// <summary>A share of a devnet, as a person watches it.</summary>
/// <param name="Height">Its height.</param>
/// <param name="Id">Its id.</param>
/// <param name="Named">Uncles or weak shares that it names.</param>
/// <param name="Paid">Scripts that its mainchain coinbase pays.</param>
/// <param name="Minted">Base units that its sharebase mints, fees included.</param>
/// <param name="Supply">Base units in all unspent, unexpired outputs at the tip by then, which may be a later share.</param>
/// <param name="Outputs">How many those are.</param>
/// <param name="Transactions">Transactions beside its sharebase.</param>
/// <param name="LateWorks">Late work that it registers.</param>
/// <param name="IsMainBlock">True where it is a mainchain block too.</param>
public sealed record RowShare(
    int Height, string Id, int Named, int Paid, long Minted, long Supply, int Outputs, int Transactions, int LateWorks,
    bool IsMainBlock);

/// <summary>How a devnet of one row is run.</summary>
/// <param name="Row">The row; one whose name ends with "-devnet".</param>
public sealed record RowRun(string Row)
{
    /// <summary>Miners at most.</summary>
    public const int MostMiners = 8;

    /// <summary>It ends with the share of this height; null for no height.</summary>
    public int? Shares { get; init; }

    /// <summary>It ends with the first share that this is true of, told of each once it was told; null for none.</summary>
    public Func<RowShare, bool>? Until { get; init; }

    /// <summary>It ends after so long by its own clock; null for no time.</summary>
    public TimeSpan? For { get; init; }

    /// <summary>Miners of the processor, each with a key and a thread of its own, 1 to <see cref="MostMiners"/>.</summary>
    public int Miners { get; init; } = 1;

    /// <summary>Hashes a second at most of each; null for as many as one thread can.</summary>
    public long? HashesPerSecond { get; init; }

    /// <summary>Whether the miners pay each other, and register Bitcoin blocks that lost.</summary>
    public bool HasTraffic { get; init; }

    /// <summary>Where others' miners may connect meanwhile; null where they may not.</summary>
    public StratumOptions? Stratum { get; init; }
}

/// <summary>
/// A devnet of one row in this process: embedded mainchain, sharechain and miners, in memory alone. Nothing is kept and nobody is
/// connected: it is for watching a row's rules act.
/// </summary>
public static class RowDevnet
{
    /// <summary>Mines until it is to end.</summary>
    /// <param name="run">How.</param>
    /// <param name="told">Told of every share of the best chain.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="NotSupportedException">There is no such devnet, or this build does not enforce its row.</exception>
    public static async Task<RowTally> MineAsync(
        RowRun run, Action<RowShare> told, TimeProvider clock, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(told);
        ArgumentOutOfRangeException.ThrowIfLessThan(run.Miners, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(run.Miners, RowRun.MostMiners);
        if (SharechainProfile.Find(run.Row) is not { IsDevnet: true } profile)
        {
            throw new NotSupportedException($"There is no devnet of the name {run.Row}.");
        }

        var begun = clock.GetTimestamp();
        var scripts = ChainOpening.Scripts();
        var store = new MemoryBlockStore();
        var nobody = Script.FromHex("0014" + new string('0', 40));
        await using var main = await EmbeddedMainchain.OpenAsync(
            new EmbeddedMainchainOptions { TreasuryScript = nobody }, scripts, new MemoryBlockStore(), clock, cancellation)
            .ConfigureAwait(false);
        await using var node = await ShareNode.OpenAsync(profile, scripts, store, main, clock, cancellation: cancellation)
            .ConfigureAwait(false);
        var found = Channel.CreateUnbounded<ShareResult>();
        await using var server = run.Stratum is null ? null : new StratumServer(node, main, run.Stratum, clock);
        if (server is not null)
        {
            server.HandedIn += share => found.Writer.TryWrite(share.Result);
            server.Start();
        }

        // Worth nothing: everybody has these keys.
        var keys = Enumerable.Range(1, run.Miners)
            .Select(number => PrivateKey.Create([.. new byte[PrivateKey.Length - 1], (byte)number])).ToList();
        var miners = keys.Select(key => new ShareMiner(
            node, RowTraffic.ScriptOf(key), new MinerOptions { MaxHashesPerSecond = run.HashesPerSecond }, main, clock)).ToList();
        var (reorgs, listening) = (new RowReorgs(), CancellationTokenSource.CreateLinkedTokenSource(cancellation));
        var counting = CountAsync(node.SubscribeAsync(listening.Token), reorgs);
        var traffic = run.HasTraffic ? new RowTraffic(node, main, keys) : null;
        try
        {
            miners.ForEach(miner => miner.Submitted += result => found.Writer.TryWrite(result));
            miners.ForEach(miner => miner.Start());
            await WatchAsync(run, node, found.Reader, traffic, told, clock, cancellation).ConfigureAwait(false);
        }
        finally
        {
            foreach (var miner in miners)
            {
                await miner.DisposeAsync().ConfigureAwait(false);
            }

            keys.ForEach(key => key.Dispose());
            await listening.CancelAsync().ConfigureAwait(false);
            await counting.ConfigureAwait(false);
            listening.Dispose();
        }

        var reports = miners.Select(miner => miner.Report).ToList();
        return await RowTally.OfAsync(node, store, clock.GetElapsedTime(begun), reports, reorgs, cancellation)
            .ConfigureAwait(false);
    }

    private static async Task CountAsync(IAsyncEnumerable<ChainEvent> events, RowReorgs reorgs)
    {
        try
        {
            await foreach (var happened in events.ConfigureAwait(false))
            {
                reorgs.Take(happened);
            }
        }
        catch (OperationCanceledException)
        {
            // The devnet has ended.
        }
    }

    private static async Task WatchAsync(
        RowRun run, ShareNode node, ChannelReader<ShareResult> found, RowTraffic? traffic, Action<RowShare> told,
        TimeProvider clock, CancellationToken cancellation)
    {
        using var limit = new TimeLimit(clock, run.For ?? Timeout.InfiniteTimeSpan, cancellation);
        try
        {
            await foreach (var result in found.ReadAllAsync(limit.Token).ConfigureAwait(false))
            {
                if (result.Code != SubmitCode.Accepted
                    || await DescribeAsync(node, result, limit.Token).ConfigureAwait(false) is not { } share)
                {
                    continue;
                }

                told(share);
                if (traffic is not null)
                {
                    await traffic.StepAsync(share.Height, limit.Token).ConfigureAwait(false);
                }

                if (share.Height >= run.Shares || run.Until?.Invoke(share) == true)
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Its time is over.
        }
    }

    private static async Task<RowShare?> DescribeAsync(ShareNode node, ShareResult result, CancellationToken cancellation)
    {
        var block = await node.GetShareAsync(result.Id, cancellation).ConfigureAwait(false);
        var figures = await node.GetFiguresAsync(cancellation).ConfigureAwait(false);
        return block is null ? null : new RowShare(
            (int)block.Header.Height, block.Id.ToString(), block.Named.Length,
            block.Proof.MainCoinbase.Outputs.Count(output => output.Value != Amount.Zero),
            block.Transactions[0].Outputs.Sum(output => output.Value.Sats),
            figures.Supply.Sats, figures.Coins, block.Transactions.Length - 1, LateRegistration.ReadAll(block).Count(),
            result.IsMainBlock);
    }
}
