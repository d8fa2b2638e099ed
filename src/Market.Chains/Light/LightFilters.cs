using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Chains.Light;

/// <summary>
/// Compact filters (BIP157, BIP158) of old blocks. One is used only where sources of at least <see cref="LeastGroups"/> groups
/// serve filters and all that serve them name the same filter header for its block; every other block is read whole. So one
/// honest source among those that serve is enough, and one liar costs no more than the blocks that would have been skipped.
/// One thread at a time.
/// </summary>
internal sealed class LightFilters : IDisposable
{
    /// <summary>Groups of sources that must serve filters: what one says alone is not believed.</summary>
    public const int LeastGroups = 2;

    /// <summary>Filters asked for at once: about 2 MB on mainnet.</summary>
    public const int AtOnce = 100;

    /// <summary>
    /// Blocks that are read whole after an answer was of no use, before filters are asked for again; twice as many after each
    /// that follows, so that a source which leaves every question open costs a few waits and not one for every row.
    /// </summary>
    public const int Pause = 16;

    /// <summary>The most that are.</summary>
    public const int LongestPause = 4_096;

    private const int MostTries = 3;
    private const int MostVouched = 100_000;

    private readonly ILightSources _sources;
    private readonly LightBlocks _blocks;
    private readonly LightFollower _headers;
    private readonly LightOptions _options;
    private readonly TimeProvider _clock;
    private readonly FilterStore _store;
    private readonly Dictionary<BlockId, CompactFilter> _latest = [];
    private readonly Dictionary<BlockId, ImmutableArray<string>> _vouching = [];
    private readonly HashSet<string> _liars = [];
    private (int From, int To) _paused = (0, -1);
    private int _pause = Pause;
    private int _next;
    private string? _trouble;

    public LightFilters(
        ILightSources sources, LightBlocks blocks, LightFollower headers, LightOptions options, TimeProvider clock, string? file)
    {
        (_sources, _blocks, _headers, _options, _clock) = (sources, blocks, headers, options, clock);
        _store = new FilterStore(file);
    }

    /// <summary>Why blocks are read whole that filters might save; null where nothing is wrong. Safe for any thread.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    /// <summary>Blocks from here on are read whole whatever filters say.</summary>
    public int WholeFrom => _options.UsesFilters ? Math.Max(0, _headers.Height - _options.WholeBlocks + 1) : 0;

    /// <summary>The filter of an old block that was agreed on; null where there is none, or the block is not old.</summary>
    public CompactFilter? Find(MainHeader header) => header.Height >= WholeFrom ? null
        : _latest.TryGetValue(header.Header.Id, out var latest) ? latest
        : Kept(header.Header.Id);

    /// <summary>
    /// Asks the sources for the filters of an old block and of those after it. True where that block's is here now.
    /// </summary>
    public async ValueTask<bool> LoadAsync(MainHeader first, CancellationToken cancellation)
    {
        if (first.Height >= WholeFrom || (first.Height >= _paused.From && first.Height <= _paused.To))
        {
            return false;
        }

        // Again where a liar was found: the others may agree.
        for (var known = -1; known < _liars.Count;)
        {
            known = _liars.Count;
            var serving = _sources.Current.Where(source => source.Filters is not null && !_liars.Contains(source.Name)).ToList();
            var groups = serving.Select(source => source.Filters!.Group).Distinct().Count();
            if (groups < LeastGroups)
            {
                Say($"Old blocks are read whole: {groups} of at least {LeastGroups} sources of compact filters answer.");
                return false;
            }

            var row = RowFrom(first);
            if (await AgreeAsync(serving, row, cancellation).ConfigureAwait(false) is { Hashes.IsEmpty: false } agreed
                && await FetchAsync(serving, row[..agreed.Hashes.Length], agreed, cancellation).ConfigureAwait(false))
            {
                _pause = Pause;
                return true;
            }
        }

        _paused = (first.Height, first.Height + _pause - 1);
        _pause = Math.Min(2 * _pause, LongestPause);
        return false;
    }

    /// <summary>
    /// Holds a block that was read whole against its filter. False where the filter leaves out what the block pays: whoever
    /// vouched for it is not asked for filters again, and none that were kept are used any more.
    /// </summary>
    /// <param name="header">The block's place.</param>
    /// <param name="block">The block.</param>
    /// <param name="spent">Scripts that are known to be spent by it.</param>
    public bool IsTrue(MainHeader header, Block block, IEnumerable<Script> spent)
    {
        if (Find(header) is not { } filter || filter.HoldsAll(CompactFilter.PaidBy(block).Concat(spent)))
        {
            return true;
        }

        Say($"Old blocks are read again: the filter of block {block.Id} left out what it pays.");
        foreach (var name in _vouching.GetValueOrDefault(block.Id, []))
        {
            _liars.Add(name);
        }

        _latest.Clear();
        _vouching.Clear();
        Try(_store.Clear);
        return false;
    }

    public void Dispose() => _store.Dispose();

    private void Say(string? trouble) => Volatile.Write(ref _trouble, trouble);

    private ImmutableArray<MainHeader> RowFrom(MainHeader first)
    {
        var row = ImmutableArray.CreateBuilder<MainHeader>(AtOnce);
        var before = first.Header.Previous;
        for (var height = first.Height; height < WholeFrom && row.Count < AtOnce; height++)
        {
            // The branch may change meanwhile: then the row ends.
            if (_headers.HeaderAt(height) is not { } header || header.Header.Previous != before)
            {
                break;
            }

            row.Add(header);
            before = header.Header.Id;
        }

        return row.ToImmutable();
    }

    private static ImmutableArray<BlockId> IdsOf(ImmutableArray<MainHeader> row) => [.. row.Select(header => header.Header.Id)];

    // The front of the row for which all that serve name the same headers; null where one does not answer.
    private async ValueTask<FilterHashes?> AgreeAsync(
        List<ILightSource> serving, ImmutableArray<MainHeader> row, CancellationToken cancellation)
    {
        if (row.IsEmpty)
        {
            return null;
        }

        var answers = await Task.WhenAll(serving.Select(source => AskAsync(
            source, limit => source.Filters!.HashesAsync(row[0].Height, IdsOf(row), limit), cancellation))).ConfigureAwait(false);
        for (var i = 0; i < answers.Length; i++)
        {
            if (answers[i] is not { } answer || answer.Hashes.Length != row.Length)
            {
                Say($"Old blocks are read whole: {serving[i].Name} gives no filter headers.");
                return null;
            }
        }

        var first = answers[0]!;
        var same = answers.All(answer => answer!.Previous == first.Previous)
            ? Enumerable.Range(0, row.Length).TakeWhile(at => answers.All(answer => answer!.Hashes[at] == first.Hashes[at])).Count()
            : 0;
        if (same < row.Length)
        {
            Say($"Old blocks are read whole: the sources disagree on the filter of block {row[same].Height}.");
            await CatchAsync(serving, [.. answers.Select(answer => answer!.Hashes[same])], row[same], cancellation)
                .ConfigureAwait(false);
        }

        return new FilterHashes(first.Previous, first.Hashes[..same]);
    }

    // Sources that name different filters of one block cannot all be right: the block itself shows who left something out. Whoever
    // put something in that is not there is not caught, and does no harm but this.
    private async ValueTask CatchAsync(
        List<ILightSource> serving, ImmutableArray<Hash256> hashes, MainHeader at, CancellationToken cancellation)
    {
        var block = await _blocks.FetchAsync(at.Header, cancellation).ConfigureAwait(false);
        ImmutableArray<BlockId> one = [at.Header.Id];
        var answers = await Task.WhenAll(serving.Select(source => AskAsync(
            source, limit => source.Filters!.FiltersAsync(at.Height, one, limit), cancellation))).ConfigureAwait(false);
        for (var i = 0; i < answers.Length; i++)
        {
            if (answers[i] is [var bytes] && (Hash256.DoubleSha256(bytes.Span) != hashes[i]
                || !CompactFilter.TryParse(at.Header.Id, bytes, out var filter, out _)
                || !filter.HoldsAll(CompactFilter.PaidBy(block))))
            {
                _liars.Add(serving[i].Name);
            }
        }
    }

    // From one of them, each checked against the header that all named; from the next where one fails.
    private async ValueTask<bool> FetchAsync(
        List<ILightSource> serving, ImmutableArray<MainHeader> row, FilterHashes agreed, CancellationToken cancellation)
    {
        for (var attempt = 0; attempt < Math.Min(MostTries, serving.Count); attempt++)
        {
            var source = serving[(int)((uint)_next++ % (uint)serving.Count)];
            if (await AskAsync(source, limit => source.Filters!.FiltersAsync(row[0].Height, IdsOf(row), limit), cancellation)
                .ConfigureAwait(false) is not { } answer || answer.Length != row.Length)
            {
                Say($"Old blocks are read whole: {source.Name} gives no filters.");
                continue;
            }

            if (Read(row, answer, agreed) is { } filters)
            {
                Say(null);
                Keep(filters, [.. serving.Select(each => each.Name)]);
                return true;
            }

            // It named this header itself.
            _liars.Add(source.Name);
            Say($"Old blocks are read whole: {source.Name} gives filters that are not those of its headers.");
        }

        return false;
    }

    private static List<CompactFilter>? Read(
        ImmutableArray<MainHeader> row, ImmutableArray<ReadOnlyMemory<byte>> answer, FilterHashes agreed)
    {
        var filters = new List<CompactFilter>(row.Length);
        var previous = agreed.Previous;
        for (var i = 0; i < row.Length; i++)
        {
            var header = CompactFilter.HeaderOf(agreed.Hashes[i], previous);
            if (!CompactFilter.TryParse(row[i].Header.Id, answer[i], out var filter, out _)
                || filter.HeaderAfter(previous) != header)
            {
                return null;
            }

            filters.Add(filter);
            previous = header;
        }

        return filters;
    }

    private CompactFilter? Kept(BlockId block)
    {
        CompactFilter? kept = null;
        Try(() => kept = _store.Find(block));
        return kept;
    }

    private void Keep(List<CompactFilter> filters, ImmutableArray<string> names)
    {
        _latest.Clear();
        if (_vouching.Count > MostVouched)
        {
            _vouching.Clear();
        }

        foreach (var filter in filters)
        {
            _latest[filter.Block] = filter;
            _vouching[filter.Block] = names;
        }

        Try(() => _store.Put(filters));
    }

    // What the disk does not keep or give is asked for again.
    private void Try(Action access)
    {
        try
        {
            access();
        }
        catch (IOException error)
        {
            Say($"Filters cannot be kept: {error.Message}");
        }
    }

    // Nothing where it hangs, is gone or has none.
    private async Task<T?> AskAsync<T>(
        ILightSource source, Func<CancellationToken, ValueTask<T?>> ask, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(_options.Timeout, _clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            return await ask(limit.Token).AsTask().WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (ChainUnavailableException)
        {
            return default;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return default;
        }
    }
}
