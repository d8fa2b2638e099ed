using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Engine;
using Market.Chains.Mining;
using Market.Chains.Storage;

namespace Market.Chains.Mainchain;

/// <summary>
/// The mainchain of devnet, inside this process: Bitcoin's rules and a low target. A simulated rest of the network
/// finds blocks at random times with real nonces; it can be paused, and blocks and forks can be made at will.
/// </summary>
public sealed class EmbeddedMainchain : MainchainNode
{
    // How often one block is mined anew because another came first.
    private const int MostTries = 1_000;

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    private readonly EmbeddedMainchainOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _running;
    private readonly Supervised _miner;
    private Task _mining = Task.CompletedTask;
    private ulong _extraNonce = (ulong)Random.Shared.NextInt64();
    private bool _paused;

    private EmbeddedMainchain(
        EmbeddedMainchainOptions options, IScriptRules scripts, IBlockStore store, TimeProvider clock)
        : base(options.Parameters, scripts, store, clock, options.Mempool)
    {
        _options = options;
        _paused = !options.Mine;
        _running = new SemaphoreSlim(options.Mine ? 1 : 0, 1);
        _miner = new Supervised("The rest of the network", clock, error => error is ChainUnavailableException, TellBug);
    }

    /// <summary>Opens the chain, and mines its first blocks where they are missing.</summary>
    /// <param name="options">How it starts and who mines it.</param>
    /// <param name="scripts">Verifies scripts.</param>
    /// <param name="store">Its blocks; disposed with it.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<EmbeddedMainchain> OpenAsync(
        EmbeddedMainchainOptions options, IScriptRules scripts, IBlockStore store, TimeProvider clock,
        CancellationToken cancellation = default)
    {
        var chain = await Task.Run(
            () => new EmbeddedMainchain(options, scripts, store, clock), cancellation).ConfigureAwait(false);
        await Task.Run(() => chain.PremineAsync(cancellation), CancellationToken.None).ConfigureAwait(false);
        chain._mining = Task.Run(() => chain.MineOnAsync(chain._stop.Token), CancellationToken.None);
        return chain;
    }

    /// <summary>Silences the rest of the network.</summary>
    public void Pause()
    {
        lock (_running)
        {
            if (!_paused)
            {
                _paused = true;
#pragma warning disable RS0030 // Of a devnet, by whoever runs it: the block that is being mined is waited for, and no other comes.
                _running.Wait(CancellationToken.None);
#pragma warning restore RS0030
            }
        }
    }

    /// <summary>Lets the rest of the network mine again.</summary>
    public void Resume()
    {
        lock (_running)
        {
            if (_paused)
            {
                _paused = false;
                _running.Release();
            }
        }
    }

    /// <summary>Mines blocks on the tip, with what waits in the mempool.</summary>
    /// <param name="count">How many.</param>
    /// <param name="payTo">Paid by their coinbases; the rest of the network where null.</param>
    /// <param name="time">Unix seconds of the first, each next a second later; the clock where null.</param>
    /// <param name="cancellation">Stops mining.</param>
    /// <returns>Their ids, oldest first.</returns>
    public Task<ImmutableArray<BlockId>> MineAsync(
        int count, Script? payTo = null, uint? time = null, CancellationToken cancellation = default) => Task.Run(
        async () =>
        {
            var ids = ImmutableArray.CreateBuilder<BlockId>(count);
            for (var i = 0; i < count; i++)
            {
                ids.Add(await MineOneAsync(payTo ?? NetworkScript, time + (uint)i, true, cancellation).ConfigureAwait(false)
                    ?? throw new OperationCanceledException(cancellation));
            }

            return ids.MoveToImmutable();
        },
        cancellation);

    /// <summary>
    /// Mines a branch on an older block. It takes over where it is longer than what is on top of that block: the
    /// transactions there return to the mempool unless the branch holds or contradicts them.
    /// </summary>
    /// <param name="below">Height of the block to build on.</param>
    /// <param name="count">How many blocks.</param>
    /// <param name="payTo">Paid by their coinbases; the rest of the network where null.</param>
    /// <param name="first">Transactions of the branch's first block, parents first; all must be valid there.</param>
    /// <param name="cancellation">Stops mining.</param>
    /// <returns>Their ids, oldest first.</returns>
    /// <exception cref="InvalidOperationException">A block of the branch was refused; says why.</exception>
    public Task<ImmutableArray<BlockId>> MineForkAsync(
        int below, int count, Script? payTo = null, ImmutableArray<Transaction> first = default,
        CancellationToken cancellation = default) => Task.Run(
        () => MineBranchAsync(PlaceAt(below), count, payTo ?? NetworkScript, first.IsDefault ? [] : first, cancellation),
        cancellation);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await _mining.ConfigureAwait(false);
            _stop.Dispose();
            _running.Dispose();
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async Task PremineAsync(CancellationToken cancellation)
    {
        for (var height = Tip.Height + 1; height <= _options.PremineBlocks; height++)
        {
            var age = (long)(_options.PremineBlocks - height) * Parameters.TargetSpacing;
            var time = (uint)Math.Max(Now - age, Tip.MedianTimePast + 1);
            var faucet = height <= _options.FaucetBlocks ? _options.FaucetScript : null;
            _ = await MineOneAsync(faucet ?? _options.TreasuryScript, time, true, cancellation).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private Script NetworkScript => _options.FaucetScript ?? _options.NetworkScript;

    private ChainHead Tip => Read(core => core.Head);

    private BlockPlace PlaceAt(int below) => Read(core => core.IdAt(below) is { } id ? core.Locate(id) : null)
        ?? throw new ArgumentOutOfRangeException(nameof(below), below, "There is no block of that height.");

    private async Task<ImmutableArray<BlockId>> MineBranchAsync(
        BlockPlace below, int count, Script payTo, ImmutableArray<Transaction> first, CancellationToken cancellation)
    {
        var ids = ImmutableArray.CreateBuilder<BlockId>(count);
        var parent = below;
        for (var i = 0; i < count; i++)
        {
            var height = parent.Block.Height + 1;
            var time = (uint)Math.Max(Now, parent.MedianTimePast + 1);
            var block = BlockAssembler.Assemble(
                new BlockId(parent.Block.Id), height, time, NextBits, i == 0 ? first : [], payTo,
                Parameters.Issuance.At(height), Interlocked.Increment(ref _extraNonce));
            var solved = HeaderSolver.Solve(block.Header, cancellation)
                ?? throw new OperationCanceledException(cancellation);
            var result = await SubmitBlockAsync(block with { Header = solved }, isWeighed: true, cancellation)
                .ConfigureAwait(false);
            if (!result.IsAccepted)
            {
                throw new InvalidOperationException($"A block of the branch was refused: {result.Detail}");
            }

            ids.Add(solved.Id);
            parent = Read(core => core.Locate(solved.Id.Value))!;
        }

        return ids.MoveToImmutable();
    }

    // Null where cancelled. Tries anew where another block came first, if the caller insists.
    private async Task<BlockId?> MineOneAsync(Script payTo, uint? time, bool insist, CancellationToken cancellation)
    {
        for (var tries = 0; tries < MostTries && !cancellation.IsCancellationRequested; tries++)
        {
            var template = BuildTemplate();
            var block = BlockAssembler.Assemble(
                template.Previous, template.Height, Math.Max(time ?? template.Time, template.MinimumTime),
                template.Bits, template.Transactions, payTo, template.CoinbaseValue,
                Interlocked.Increment(ref _extraNonce));
            if (HeaderSolver.Solve(block.Header, cancellation) is not { } solved)
            {
                continue;
            }

            var result = await SubmitBlockAsync(block with { Header = solved }, isWeighed: false, cancellation)
                .ConfigureAwait(false);
            if (result.Code == SubmitCode.Accepted || (!insist && result.IsAccepted))
            {
                return solved.Id;
            }

            if (result.Code is SubmitCode.Refused or SubmitCode.Deferred)
            {
                throw new InvalidOperationException($"A block made from the node's own template was refused: "
                    + result.Detail);
            }
        }

        return cancellation.IsCancellationRequested
            ? null
            : throw new InvalidOperationException("Other blocks came first, again and again.");
    }

    // The times between blocks are exponential, as with real miners. Where the store failed the chain was opened again, and the
    // next block is tried in its time.
    private Task MineOnAsync(CancellationToken cancellation) => _miner.RepeatAsync(
        async stop =>
        {
            var wait = -Math.Log(1 - Random.Shared.NextDouble()) * _options.MeanInterval;
            await Task.Delay(wait < LongestPause ? wait : LongestPause, Clock, stop).ConfigureAwait(false);
            await _running.WaitAsync(stop).ConfigureAwait(false);
            try
            {
                await MineOneAsync(NetworkScript, null, false, stop).ConfigureAwait(false);
            }
            finally
            {
                _running.Release();
            }
        },
        TimeSpan.Zero,
        cancellation);
}
