using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains.Rpc;

/// <summary>Looks at a node at a steady pace, from the first reader on, and tells of new blocks and reorganisations.</summary>
internal sealed class RpcFollower(
    RpcOptions options, RpcBlocks blocks, RpcUnconfirmed unconfirmed, RpcTemplates templates, ChainEvents events, WakeUp look)
    : IAsyncDisposable
{
    // Deeper reorganisations are told as a gap: readers then compare the chain with what they know themselves.
    private const int RememberedBlocks = 2_048;

    private readonly LinkedList<BlockRef> _recent = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _startLock = new();
    private Task? _polling;

    /// <summary>Ends the looking.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_polling is not null)
        {
            await _polling.ConfigureAwait(false);
        }

        _stop.Dispose();
    }

    /// <summary>Events from now on.</summary>
    public IAsyncEnumerable<ChainEvent> Subscribe(CancellationToken cancellation)
    {
        var reading = events.Subscribe(cancellation);
        lock (_startLock)
        {
            _polling ??= Task.Run(() => PollAsync(_stop.Token), CancellationToken.None);
        }

        return reading;
    }

    private async Task PollAsync(CancellationToken cancellation)
    {
        var following = new Supervised(
            "Following the Bitcoin node", options.Clock, error => error is ChainUnavailableException, Lose)
        {
            Pauses = new Backoff(options.Clock, options.PollInterval, Supervised.LongestPause),
        };
        await following.RepeatAsync(
            async stop =>
            {
                await FollowTipAsync(stop).ConfigureAwait(false);
                await unconfirmed.RefreshAsync(stop).ConfigureAwait(false);
            },
            stop => look.PauseAsync(options.PollInterval, stop),
            cancellation).ConfigureAwait(false);
        _recent.Clear();
    }

    // Told once for each time the node goes away: readers ask the chain and see the error themselves.
    private void Lose(SupervisedFailure failure)
    {
        if (failure.IsFirst)
        {
            events.Publish(new ChainEvent.Gap());
        }
    }

    private async Task FollowTipAsync(CancellationToken cancellation)
    {
        var tip = await blocks.GetTipAsync(cancellation).ConfigureAwait(false);
        if (_recent.Last is null)
        {
            await RememberAsync(tip.Ref, cancellation).ConfigureAwait(false);
            return;
        }

        if (_recent.Last.Value.Id == tip.Id)
        {
            return;
        }

        templates.Forget(tip.Id);

        // Walk back from the new tip to a block remembered, then drop what was remembered above it.
        var known = _recent.ToDictionary(block => block.Id);
        var connected = new Stack<BlockRef>();
        var at = tip.Ref;
        while (!known.ContainsKey(at.Id))
        {
            connected.Push(at);
            if (connected.Count > RememberedBlocks || at.Height == 0
                || await blocks.FindHeaderAsync(new BlockId(at.Id), cancellation).ConfigureAwait(false) is not { } header)
            {
                _recent.Clear();
                await RememberAsync(tip.Ref, cancellation).ConfigureAwait(false);
                events.Publish(new ChainEvent.Gap());
                return;
            }

            at = new BlockRef(header.Header.Previous.Value, at.Height - 1);
        }

        var disconnected = ImmutableArray.CreateBuilder<BlockRef>();
        for (var last = _recent.Last; last is not null && last.Value.Id != at.Id; last = _recent.Last)
        {
            disconnected.Add(last.Value);
            _recent.RemoveLast();
        }

        var joined = connected.ToImmutableArray();
        foreach (var block in joined)
        {
            _recent.AddLast(block);
        }

        while (_recent.Count > RememberedBlocks)
        {
            _recent.RemoveFirst();
        }

        events.Publish(new ChainEvent.TipChanged(tip, disconnected.ToImmutable(), joined));
    }

    // The first look remembers some blocks below the tip, so that a reorganisation right after it has a known root.
    private async Task RememberAsync(BlockRef tip, CancellationToken cancellation)
    {
        const int below = 12;
        var at = tip;
        for (var i = 0; i <= below; i++)
        {
            _recent.AddFirst(at);
            if (at.Height == 0
                || await blocks.FindHeaderAsync(new BlockId(at.Id), cancellation).ConfigureAwait(false) is not { } header)
            {
                return;
            }

            at = new BlockRef(header.Header.Previous.Value, at.Height - 1);
        }
    }
}
