using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains.Engine;
using Market.Sharechain;

namespace Market.Chains.Shares;

/// <summary>
/// Tells the fate of the mainchain blocks that shares found: what the mainchain's node answered when they were offered, and what it
/// says of them with each of its new blocks, until they are a hundred deep. Kept with the chain. While nothing was found nobody is
/// asked.
/// </summary>
internal sealed class FoundBlocks : IAsyncDisposable
{
    // From then on the mainchain lets its own coinbase be spent.
    private const int Settled = 100;
    private const string Name = "Telling the fate of Bitcoin blocks found";

    private readonly FoundBook _book = new();
    private readonly IMainchain _main;
    private readonly TimeProvider _clock;
    private readonly Action<byte[]> _keep;
    private readonly Action<FoundBlock> _told;
    private readonly WakeUp _wake;
    private readonly Supervised _listening;
    private readonly Action<SupervisedFailure> _failed;
    private readonly SemaphoreSlim _keeping = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private Task? _hearing;
    private int _changes;
    private int _kept;

    /// <summary>Begins with what was kept.</summary>
    /// <param name="main">Tells of its blocks; not disposed.</param>
    /// <param name="kept">What was kept when it ended last; null for nothing.</param>
    /// <param name="keep">Keeps the whole; may wait for a store.</param>
    /// <param name="clock">The time.</param>
    /// <param name="told">Told of each block found, and of each change of its fate: return quickly.</param>
    /// <param name="failed">Told of each failure: return quickly.</param>
    public FoundBlocks(
        IMainchain main, ReadOnlyMemory<byte>? kept, Action<byte[]> keep, TimeProvider clock, Action<FoundBlock> told,
        Action<SupervisedFailure> failed)
    {
        (_main, _keep, _clock, _told, _failed) = (main, keep, clock, told, failed);
        _book.Read(kept ?? default);
        _wake = new WakeUp(clock);
        _listening = new Supervised(Name, clock, IsAway, failed);
        var telling = new Supervised(Name, clock, IsAway, failed);
        _running = Task.Run(
            () => telling.RepeatAsync(StepAsync, stop => _wake.PauseAsync(Timeout.InfiniteTimeSpan, stop), _stop.Token),
            CancellationToken.None);
    }

    /// <summary>All that are remembered, the newest first.</summary>
    public ImmutableArray<FoundBlock> All => _book.All;

    /// <summary>Blocks that nobody answered for yet, whole, the oldest first: they are to be offered again.</summary>
    public ImmutableArray<Block> Unanswered => _book.Whole;

    /// <summary>Remembers a block found, unless it is known.</summary>
    /// <param name="id">The mainchain block.</param>
    /// <param name="height">Its height.</param>
    /// <param name="share">The share whose work it is.</param>
    /// <param name="shareHeight">The share's height.</param>
    /// <param name="isWeak">True where that is a weak share.</param>
    /// <param name="offered">The block itself where it is offered to the mainchain from here, which is kept until its fate is
    /// known; else null.</param>
    public void Add(BlockId id, int height, ShareId share, int shareHeight, bool isWeak, Block? offered)
    {
        var now = Now;
        var fate = offered is not null ? FoundFate.Waiting : FoundFate.Unknown;
        var block = new FoundBlock(id, height, share, shareHeight, isWeak, now, fate, now, "");
        if (_book.Add(block, offered))
        {
            Tell(block);
        }
    }

    /// <summary>Remembers one of a share that was stored before, told to nobody.</summary>
    public void AddStored(FoundBlock block)
    {
        if (_book.Add(block))
        {
            Interlocked.Increment(ref _changes);
            _wake.Call();
        }
    }

    /// <summary>What the mainchain's node answered to the offer of a block.</summary>
    public void Answer(SubmitResult result)
    {
        var fate = result.Code switch
        {
            SubmitCode.Accepted or SubmitCode.Duplicate => FoundFate.Accepted,
            SubmitCode.SideChain => FoundFate.Stale,
            SubmitCode.Deferred => FoundFate.Waiting,
            _ => FoundFate.Refused,
        };
        Change(new BlockId(result.Id), _ => fate, result.Detail);
    }

    /// <summary>Nobody answered for as long as it was offered.</summary>
    public void GiveUp(BlockId id, string words)
    {
        _book.Forget(id);
        Change(id, fate => fate == FoundFate.Waiting ? FoundFate.Unknown : fate, words);
    }

    /// <summary>Keeps what is known by now, before it returns: what the mainchain did not answer for outlives the process. A store
    /// that fails is told of, and asked again with the next change.</summary>
    public async Task KeepNowAsync()
    {
        try
        {
            await KeepAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _failed(new SupervisedFailure(Name, error, IsPassing: false, TimeSpan.Zero, IsFirst: true));
        }
    }

    /// <summary>Ends; what was not kept yet is kept.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await (_hearing ?? Task.CompletedTask).ConfigureAwait(false);
        try
        {
            await KeepAsync().ConfigureAwait(false);
        }
        finally
        {
            _stop.Dispose();
            _wake.Dispose();
        }
    }

    private long Now => _clock.GetUtcNow().ToUnixTimeSeconds();

    private static bool IsAway(Exception error) => error is ChainUnavailableException;

    private void Change(BlockId id, Func<FoundFate, FoundFate> next, string words)
    {
        var kept = words.Length <= FoundBlock.MostWords ? words : words[..FoundBlock.MostWords];
        var changed = _book.Change(id, block => next(block.Fate) is var fate
            && (fate != block.Fate || (fate == FoundFate.Waiting && kept != block.Words))
            ? block with { Fate = fate, Words = kept, Since = Now }
            : null);
        if (changed is not null)
        {
            Tell(changed);
        }
    }

    private void Tell(FoundBlock block)
    {
        Interlocked.Increment(ref _changes);
        _told(block);
        _wake.Call();
    }

    private async Task StepAsync(CancellationToken cancellation)
    {
        await KeepAsync().ConfigureAwait(false);
        await CheckAsync(cancellation).ConfigureAwait(false);
        await KeepAsync().ConfigureAwait(false);
    }

    private async Task KeepAsync()
    {
        await _keeping.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            var changes = Volatile.Read(ref _changes);
            if (changes != _kept)
            {
                await StoreThreads.StartAsync(() =>
                {
                    _keep(_book.ToArray());
                    return true;
                }).ConfigureAwait(false);
                _kept = changes;
            }
        }
        finally
        {
            _keeping.Release();
        }
    }

    // By how things stand, not by what happened: a reorganisation that nobody heard of is seen all the same.
    private async Task CheckAsync(CancellationToken cancellation)
    {
        if (_book.All.IsEmpty)
        {
            return;
        }

        var tip = await _main.GetTipAsync(cancellation).ConfigureAwait(false);
        foreach (var block in _book.All.Where(block => block.Height > tip.Height - Settled))
        {
            _hearing ??= Task.Run(ListenAsync, CancellationToken.None);
            if (await _main.GetHeaderAsync(block.Id, cancellation).ConfigureAwait(false) is not { } header)
            {
                continue;
            }

            Change(
                block.Id, fate => header.OnBestChain ? FoundFate.Accepted : OffBestChain(fate),
                header.OnBestChain ? "" : "the best chain has another block at its height");
        }
    }

    // A node keeps headers of blocks that it refused.
    private static FoundFate OffBestChain(FoundFate fate) => fate switch
    {
        FoundFate.Accepted => FoundFate.Orphaned,
        FoundFate.Waiting or FoundFate.Unknown => FoundFate.Stale,
        _ => fate,
    };

    // What happened before it listened is looked at too: nothing else ends the pause.
    private Task ListenAsync() => _main.ListenForTipsAsync(_listening, _wake.Call, _stop.Token, begun: _wake.Call);
}
