using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Light;
using static Market.Client.NBitcoin.PeerHashes;
using NB = global::NBitcoin;
using P2P = global::NBitcoin.Protocol;

namespace Market.Client.NBitcoin;

/// <summary>
/// A peer's compact filters (BIP157), one question at a time. What it was not asked for is dropped; an answer that is not what was
/// asked for is none.
/// </summary>
internal sealed class PeerFilters(PeerSource peer) : IFilterSource, IDisposable
{
    /// <summary>Filter hashes of one question at most (BIP157).</summary>
    public const int MostHashes = 2_000;

    /// <summary>Filters of one question at most (BIP157).</summary>
    public const int MostFilters = 1_000;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private HashesQuestion? _hashes;
    private FiltersQuestion? _filters;

    public string Group => peer.Group;

    public async ValueTask<FilterHashes?> HashesAsync(
        int height, ImmutableArray<BlockId> blocks, CancellationToken cancellation)
    {
        Bound(blocks, MostHashes);
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var question = new HashesQuestion(Of(blocks[^1].Value));
            Volatile.Write(ref _hashes, question);
            return await peer.AskAsync(
                new P2P.GetCompactFilterHeadersPayload(P2P.FilterType.Basic, (uint)height, question.Stop), question.Answer.Task,
                cancellation).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _hashes, null);
            _turn.Release();
        }
    }

    public async ValueTask<ImmutableArray<ReadOnlyMemory<byte>>?> FiltersAsync(
        int height, ImmutableArray<BlockId> blocks, CancellationToken cancellation)
    {
        Bound(blocks, MostFilters);
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var question = new FiltersQuestion([.. blocks.Select(block => Of(block.Value))]);
            Volatile.Write(ref _filters, question);
            return await peer.AskAsync(
                new P2P.GetCompactFiltersPayload(P2P.FilterType.Basic, (uint)height, Of(blocks[^1].Value)),
                question.Answer.Task, cancellation).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _filters, null);
            _turn.Release();
        }
    }

    /// <summary>Hears an answer. On the library's thread, one message at a time: never waits.</summary>
    /// <returns>False where nobody asked for it: it is the peer's own talk.</returns>
    public bool TryHear(P2P.Payload payload) => payload switch
    {
        P2P.CompactFilterHeadersPayload { FilterType: P2P.FilterType.Basic } headers =>
            Volatile.Read(ref _hashes)?.TryHear(headers) ?? false,
        P2P.CompactFilterPayload { FilterType: P2P.FilterType.Basic } filter =>
            Volatile.Read(ref _filters)?.TryHear(filter) ?? false,
        _ => false,
    };

    /// <summary>Ends what is waited for: the peer is gone.</summary>
    public void Dispose()
    {
        var gone = new ChainUnavailableException($"{peer.Name} is gone.");
        Volatile.Read(ref _hashes)?.Answer.TrySetException(gone);
        Volatile.Read(ref _filters)?.Answer.TrySetException(gone);
    }

    private static void Bound(ImmutableArray<BlockId> blocks, int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks.Length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blocks.Length, most);
    }

    private sealed class HashesQuestion(NB.uint256 stop)
    {
        public NB.uint256 Stop => stop;

        public TaskCompletionSource<FilterHashes?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool TryHear(P2P.CompactFilterHeadersPayload headers)
        {
            if (headers.StopHash != stop || headers.FilterHeaders.Count > MostHashes || Answer.Task.IsCompleted)
            {
                return false;
            }

            // The library calls them headers; in this message they are hashes.
            Answer.TrySetResult(
                new FilterHashes(Of(headers.PreviousFilterHeader), [.. headers.FilterHeaders.Select(Of)]));
            return true;
        }
    }

    private sealed class FiltersQuestion(ImmutableArray<NB.uint256> blocks)
    {
        private readonly Dictionary<NB.uint256, byte[]> _heard = [];
        private readonly HashSet<NB.uint256> _asked = [.. blocks];

        public TaskCompletionSource<ImmutableArray<ReadOnlyMemory<byte>>?> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        // Each once, and none larger than a block's can be: so all together are bounded.
        public bool TryHear(P2P.CompactFilterPayload filter)
        {
            if (Answer.Task.IsCompleted || filter.FilterBytes.Length > CompactFilter.MostBytes
                || !_asked.Contains(filter.BlockHash) || !_heard.TryAdd(filter.BlockHash, filter.FilterBytes))
            {
                return false;
            }

            if (_heard.Count == _asked.Count)
            {
                Answer.TrySetResult([.. blocks.Select(block => (ReadOnlyMemory<byte>)_heard[block])]);
            }

            return true;
        }
    }
}
