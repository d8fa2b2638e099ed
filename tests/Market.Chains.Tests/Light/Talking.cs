using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains.Http;
using Market.Chains.Light;

namespace Market.Chains.Tests.Light;

/// <summary>A source whose word of unconfirmed transactions the test gives.</summary>
internal sealed class Talking(HttpLightSource inner) : ILightSources
{
    public Func<Transaction, bool>? Seen { get; private set; }

    /// <summary>Sources besides, each of which names one.</summary>
    public ImmutableArray<FeeRate> Floors { get; init; } = [];

    public ImmutableArray<ILightSource> Current => [.. inner.Current, .. Floors.Select(floor => new Asking(inner, floor))];

    public int Least => inner.Least;

    public string? Trouble => inner.Trouble;

    public void Start(Func<Transaction, bool> seen, Action moved) => (Seen, _) = (seen, moved);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class Asking(HttpLightSource inner, FeeRate floor) : ILightSource
    {
        public string Name => inner.Name;

        public FeeRate? LeastFeeRate => floor;

        public ValueTask<IReadOnlyList<BlockHeader>> HeadersAsync(
            IReadOnlyList<Hash256> locator, CancellationToken cancellation) => inner.HeadersAsync(locator, cancellation);

        public ValueTask<Block?> BlockAsync(BlockId id, CancellationToken cancellation) => inner.BlockAsync(id, cancellation);

        public ValueTask<BroadcastResult> OfferAsync(Transaction transaction, CancellationToken cancellation) =>
            inner.OfferAsync(transaction, cancellation);

        public void Blame(string reason) => inner.Blame(reason);
    }
}
