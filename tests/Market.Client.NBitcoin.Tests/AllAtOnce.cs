using System.Collections.Concurrent;
using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Light;

namespace Market.Client.NBitcoin.Tests;

/// <summary>
/// Sources that are there once so many of them are, so that a test does not depend on who was connected first; and the blocks that
/// they were asked for.
/// </summary>
internal sealed class AllAtOnce(ILightSources inner, int count) : ILightSources
{
    private readonly ConcurrentDictionary<ILightSource, ILightSource> _counted = new();
    private bool _areThere;

    public ConcurrentQueue<BlockId> Asked { get; } = new();

    public ImmutableArray<ILightSource> Current
    {
        get
        {
            var current = inner.Current;
            _areThere |= current.Length >= count;
            return _areThere ? [.. current.Select(source => _counted.GetOrAdd(source, each => new Counted(each, Asked)))] : [];
        }
    }

    public int Least => inner.Least;

    public string? Trouble => inner.Trouble;

    public void Start(Func<Transaction, bool> seen, Action moved) => inner.Start(seen, moved);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class Counted(ILightSource inner, ConcurrentQueue<BlockId> asked) : ILightSource
    {
        public string Name => inner.Name;

        public FeeRate? LeastFeeRate => inner.LeastFeeRate;

        public IFilterSource? Filters => inner.Filters;

        public ValueTask<IReadOnlyList<BlockHeader>> HeadersAsync(
            IReadOnlyList<Hash256> locator, CancellationToken cancellation) => inner.HeadersAsync(locator, cancellation);

        public ValueTask<Block?> BlockAsync(BlockId id, CancellationToken cancellation)
        {
            asked.Enqueue(id);
            return inner.BlockAsync(id, cancellation);
        }

        public ValueTask<BroadcastResult> OfferAsync(Transaction transaction, CancellationToken cancellation) =>
            inner.OfferAsync(transaction, cancellation);

        public void Blame(string reason) => inner.Blame(reason);
    }
}
