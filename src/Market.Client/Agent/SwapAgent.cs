using System.Threading.Channels;
using Market.Chains;
using Market.Client.Api;
using Market.Client.Orders;
using Market.Client.Wallets;
using Market.Swaps;

namespace Market.Client.Agent;

/// <summary>
/// Drives the own swaps to their end. It holds the keys, checks every figure that the market states, folds what both
/// chains
/// show into the same machine as the market, and does what the machine says its role owes: locks, reveals, claims,
/// takes back,
/// broadcasts again and raises fees. What it does next follows from its journal and the chains alone, so it resumes
/// after a
/// crash at any point, and needs the market for nothing but the terms. It places no orders.
/// </summary>
public sealed partial class SwapAgent
{
    private readonly AgentOptions _options;
    private readonly Wallet _wallet;
    private readonly SwapStore _store;
    private readonly OrderLog? _orders;
    private readonly MarketApi? _market;
    private readonly TimeProvider _time;
    private readonly ChainScan _share;
    private readonly ChainScan _coin;
    private readonly Dictionary<string, AgentSwap> _swaps = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>An agent. The journal is read at once: a swap under way goes on with the first step.</summary>
    /// <param name="options">How it runs.</param>
    /// <param name="wallet">Keys, coins and both chains.</param>
    /// <param name="store">The journal.</param>
    /// <param name="market">Where swaps come from; null to finish what was begun, with the market gone.</param>
    /// <param name="orders">What was really ordered; null refuses every new swap.</param>
    /// <param name="time">The clock.</param>
    public SwapAgent(
        AgentOptions options,
        Wallet wallet,
        SwapStore store,
        MarketApi? market = null,
        OrderLog? orders = null,
        TimeProvider? time = null)
    {
        (_options, _wallet, _store, _market, _orders) = (options, wallet, store, market, orders);
        _time = time ?? TimeProvider.System;
        _share = new ChainScan(wallet.On(ChainKind.Sharechain));
        _coin = new ChainScan(wallet.On(ChainKind.Mainchain));
        foreach (var swap in store.Load())
        {
            _swaps[swap.Id] = swap;
            if (!swap.IsOver)
            {
                Watch(swap);
            }
        }
    }

    /// <summary>Told of everything that happens. Must not throw.</summary>
    public Action<AgentNotice>? OnNotice { get; init; }

    /// <summary>Every swap of the journal, over or not.</summary>
    public IReadOnlyCollection<AgentSwap> Swaps
    {
        get
        {
            lock (_swaps)
            {
                return [.. _swaps.Values];
            }
        }
    }

    /// <summary>True where every swap is over.</summary>
    public bool IsIdle => Swaps.All(swap => swap.IsOver);

    /// <summary>Takes steps until cancelled: at every change of a chain, and at least once a pause.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var listeners = new[] { ListenAsync(_share.Chain, stop.Token), ListenAsync(_coin.Chain, stop.Token) };
        try
        {
            while (!cancellation.IsCancellationRequested)
            {
                await StepAsync(cancellation).ConfigureAwait(false);
                using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                pause.CancelAfter(_options.Pause);
                try
                {
                    await _wake.Reader.ReadAsync(pause.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
                {
                    // The pause is over.
                }
            }

            cancellation.ThrowIfCancellationRequested();
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(listeners).ConfigureAwait(false);
        }
    }

    /// <summary>Looks once at market and chains and does all that is owed. Steps never overlap.</summary>
    public async Task StepAsync(CancellationToken cancellation = default)
    {
        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (!await TryRefreshAsync(cancellation).ConfigureAwait(false))
            {
                return;
            }

            await SyncWithMarketAsync(cancellation).ConfigureAwait(false);
            if (!await TryRefreshAsync(cancellation).ConfigureAwait(false))
            {
                return;
            }

            foreach (var swap in Swaps)
            {
                if (!swap.IsOver && swap.Swap.Terms is not null)
                {
                    await DriveAsync(swap, cancellation).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            _one.Release();
        }
    }

    private SwapTips Tips() => new(
        new TipView(_share.Tip!.Height, _share.Tip.MedianTimePast),
        new TipView(_coin.Tip!.Height, _coin.Tip.MedianTimePast),
        _time.GetUtcNow().ToUnixTimeSeconds());

    private ChainScan ScanOf(SwapChain chain) => chain == SwapChain.Share ? _share : _coin;

    private async Task<bool> TryRefreshAsync(CancellationToken cancellation)
    {
        try
        {
            await _share.RefreshAsync(cancellation).ConfigureAwait(false);
            await _coin.RefreshAsync(cancellation).ConfigureAwait(false);
            return true;
        }
        catch (ChainUnavailableException e)
        {
            Say(AgentNoticeKind.Unreachable, null, e.Message);
            return false;
        }
    }

    private async Task ListenAsync(IChain chain, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await foreach (var _ in chain.SubscribeAsync(cancellation).ConfigureAwait(false))
                {
                    _wake.Writer.TryWrite(true);
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (ChainUnavailableException e)
            {
                Say(AgentNoticeKind.Unreachable, null, e.Message);
            }

            try
            {
                await Task.Delay(_options.Pause, cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Watch(AgentSwap swap)
    {
        if (swap.Swap.Terms is not { } terms)
        {
            return;
        }

        foreach (var leg in new[] { Role.Initiator, Role.Participant })
        {
            var htlc = terms.HtlcOf(leg);
            var chain = swap.Swap.ChainOf(leg);
            ScanOf(chain).Watch(
                htlc.ScriptPubKey, htlc.WitnessScript, chain == SwapChain.Share ? swap.ShareHeight : swap.CoinHeight);
        }
    }

    private void Forget(AgentSwap swap)
    {
        foreach (var leg in new[] { Role.Initiator, Role.Participant })
        {
            ScanOf(swap.Swap.ChainOf(leg)).Forget(swap.Swap.Terms!.HtlcOf(leg).ScriptPubKey);
        }
    }

    /// <summary>Writes a swap to disk, then goes on with it.</summary>
    private AgentSwap Keep(AgentSwap swap)
    {
        _store.Save(swap);
        lock (_swaps)
        {
            _swaps[swap.Id] = swap;
        }

        return swap;
    }

    private void Say(AgentNoticeKind kind, string? swapId, string text) =>
        OnNotice?.Invoke(new AgentNotice(kind, swapId, text));
}
