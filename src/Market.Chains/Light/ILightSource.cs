using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains.Light;

/// <summary>
/// Where a light client gets headers and blocks: a peer of Bitcoin's network, or a market's node interface. Nothing that it says
/// is believed unchecked; every call may throw <see cref="ChainUnavailableException"/> and ends in time.
/// </summary>
public interface ILightSource
{
    /// <summary>For people.</summary>
    string Name { get; }

    /// <summary>Headers after the first id that it has on its best chain, at most 2,000, oldest first.</summary>
    ValueTask<IReadOnlyList<BlockHeader>> HeadersAsync(IReadOnlyList<Hash256> locator, CancellationToken cancellation);

    /// <summary>A block; null where it says that it has none.</summary>
    ValueTask<Block?> BlockAsync(BlockId id, CancellationToken cancellation);

    /// <summary>Offers a transaction.</summary>
    ValueTask<BroadcastResult> OfferAsync(Transaction transaction, CancellationToken cancellation);

    /// <summary>The least feerate that it relays; null where it did not say.</summary>
    FeeRate? LeastFeeRate { get; }

    /// <summary>Its compact filters; null where it serves none.</summary>
    IFilterSource? Filters => null;

    /// <summary>Hears that the source lied or broke a rule: it is not asked again.</summary>
    void Blame(string reason);
}

/// <summary>The sources there are now, and what they tell unasked.</summary>
public interface ILightSources : IAsyncDisposable
{
    /// <summary>Those that may be asked now.</summary>
    ImmutableArray<ILightSource> Current { get; }

    /// <summary>Fewer than these are too few to believe that nothing is kept back.</summary>
    int Least { get; }

    /// <summary>Why there are not more, for people; null where nothing is wrong.</summary>
    string? Trouble { get; }

    /// <summary>Begins; called once, before anything else.</summary>
    /// <param name="seen">
    /// Hears of each unconfirmed transaction, and answers whether a copy of it with another witness is worth asking for. Never
    /// waits and never throws.
    /// </param>
    /// <param name="moved">Hears that a source may have a new block. Never waits and never throws.</param>
    void Start(Func<Transaction, bool> seen, Action moved);
}
