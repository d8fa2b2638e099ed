using Market.Chains;
using Market.Chains.Watching;

namespace Market.Api.Chains;

/// <summary>The one follower of each chain: swaps, tips and the coins behind orders all read what it finds.</summary>
public sealed class ChainWatchers(TimeProvider clock) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IChain, ChainWatcher> _watchers = new(ReferenceEqualityComparer.Instance);

    /// <summary>The follower of a chain; it begins with the first to ask.</summary>
    public ChainWatcher Of(IChain chain)
    {
        lock (_gate)
        {
            if (!_watchers.TryGetValue(chain, out var watcher)) _watchers.Add(chain, watcher = new ChainWatcher(chain, clock));
            return watcher;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var watcher in _watchers.Values) await watcher.DisposeAsync();
    }
}
