using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains.Light;

/// <summary>A row of filter headers (BIP157), as one source tells it.</summary>
/// <param name="Previous">The filter header before the row.</param>
/// <param name="Hashes">SHA256d of each block's filter, oldest first.</param>
public sealed record FilterHashes(Hash256 Previous, ImmutableArray<Hash256> Hashes);

/// <summary>
/// Compact filters of blocks (BIP157), from a source that says it serves them. Nothing that it says is believed unchecked; every
/// call may throw <see cref="ChainUnavailableException"/> and ends in time.
/// </summary>
public interface IFilterSource
{
    /// <summary>Who may be one party with this one: sources of one group count as one.</summary>
    string Group { get; }

    /// <summary>The hashes of the filters of a row of blocks, as many as it tells; null where it has none.</summary>
    /// <param name="height">The first block's height.</param>
    /// <param name="blocks">The blocks, oldest first, at most 2,000.</param>
    /// <param name="cancellation">Gives up.</param>
    ValueTask<FilterHashes?> HashesAsync(int height, ImmutableArray<BlockId> blocks, CancellationToken cancellation);

    /// <summary>The filters of a row of blocks, in their order; null where it has none.</summary>
    /// <param name="height">The first block's height.</param>
    /// <param name="blocks">The blocks, oldest first, at most 1,000.</param>
    /// <param name="cancellation">Gives up.</param>
    ValueTask<ImmutableArray<ReadOnlyMemory<byte>>?> FiltersAsync(
        int height, ImmutableArray<BlockId> blocks, CancellationToken cancellation);
}
