using System.Collections.Concurrent;
using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Engine;
using Market.Sharechain;

namespace Market.Chains.Shares;

/// <summary>
/// The mainchain's headers as the sharechain's rules ask for them: from memory. They are learnt before a share is
/// judged, since the mainchain may be another process. A header that the mainchain's node never heard of, since its block
/// lost a race before, is taken from whoever serves the share, checked as any header is, and kept with the share. So is one that
/// cannot be asked for, because the mainchain's node is away: then the sharechain goes on with what its shares bring.
/// </summary>
internal sealed class MainView(IMainchain main, TimeProvider clock, int remembered = MainView.Remembered) : IMainchainView
{
    /// <summary>Headers kept of what the mainchain said.</summary>
    public const int Remembered = 20_000;

    // Headers between two blocks that are looked up one after the other.
    private const int NearBlocks = 1_000;
    private const int RetargetInterval = 2_016;

    // Where headers cost nothing, somebody's own branch could otherwise lift the height that shares build on so far that every
    // share on the real mainchain were too old. Blocks that lost a race, or that are just on their way here, are below this.
    private const int MostAhead = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly RecentCache<BlockId, Learnt> _learnt = new(remembered);
    private readonly ConcurrentDictionary<BlockId, KeptHeader> _kept = new();

    private readonly RecentCache<BlockId, Link> _links = new(remembered);
    private readonly RecentCache<(BlockId From, int Height), Jump> _jumps = new(remembered);

    // Those below are not asked for again and again meanwhile.
    private readonly RecentCache<BlockId, Far> _far = new(remembered);
    private Absence? _away;
    private readonly NetworkProfile _network = NetworkProfile.Of(main.Name);

    public MainchainPoint? Find(BlockId id) => _learnt.TryGet(id, out var learnt) ? learnt.Point : null;

    public BlockId? Ancestor(BlockId from, int height)
    {
        for (var at = from; _links.TryGet(at, out var link) && link.Height >= height; at = link.Previous)
        {
            if (link.Height == height)
            {
                return at;
            }

            if (_jumps.TryGet((at, height), out var there))
            {
                return there.Id;
            }
        }

        return null;
    }

    /// <summary>Learns the ancestors of a block down to a height, so that <see cref="Ancestor"/> knows them.</summary>
    /// <returns>False where one of them is not to be had (yet).</returns>
    public async ValueTask<bool> LearnAncestorsAsync(BlockId from, int height, CancellationToken cancellation)
    {
        for (var at = from; ;)
        {
            if (!_links.TryGet(at, out var link))
            {
                if (await LookUpAsync(at, cancellation).ConfigureAwait(false) is not { } header)
                {
                    return false;
                }

                link = new Link(header.Header.Previous, header.Height);
                _links.Put(at, link);
            }

            if (link.Height <= height
                || (link.Height - height > NearBlocks && await JumpAsync(at, height, cancellation).ConfigureAwait(false)))
            {
                return true;
            }

            at = link.Previous;
        }
    }

    // Far below, the mainchain's node is asked for the block of a height instead of for all between: those would not be kept.
    private async ValueTask<bool> JumpAsync(BlockId from, int height, CancellationToken cancellation)
    {
        if (_jumps.TryGet((from, height), out _))
        {
            return true;
        }

        // What is on the best chain before and after is an ancestor.
        if (await AskAsync(from, cancellation).ConfigureAwait(false) is { OnBestChain: true }
            && await AskAsync(limit => main.GetHeaderAsync(height, limit), cancellation).ConfigureAwait(false) is { } there
            && await AskAsync(from, cancellation).ConfigureAwait(false) is { OnBestChain: true })
        {
            _jumps.Put((from, height), new Jump(there.Header.Id));
            return true;
        }

        return false;
    }

    public Amount Subsidy(int height) => _network.Issuance.At(height);

    /// <summary>What is to be kept with a share on a block: that header, last, and its ancestors that only shares know.</summary>
    public ImmutableArray<BlockHeader> HeadersFor(BlockId id) => _learnt.TryGet(id, out var learnt) ? learnt.Headers : [];

    /// <summary>Keeps the headers that a share refers to, which were checked before.</summary>
    /// <param name="headers">See <see cref="HeadersFor"/>.</param>
    /// <param name="height">Height of the last.</param>
    public void Keep(ImmutableArray<BlockHeader> headers, int height)
    {
        for (var i = 0; i < headers.Length; i++)
        {
            _kept.TryAdd(headers[i].Id, new KeptHeader(headers[i], height - headers.Length + 1 + i));
        }
    }

    /// <summary>What is to be kept besides, for the shares that a share names and that build on other blocks than itself.</summary>
    public ImmutableArray<KeptBranch> BranchesFor(ShareBlock share) =>
    [
        .. share.Named.Select(named => named.Proof.MainHeader.Previous).Distinct()
            .Where(id => id != share.Proof.MainHeader.Previous)
            .Select(id => _learnt.TryGet(id, out var learnt) ? new KeptBranch(learnt.Point.Height, learnt.Headers) : null)
            .OfType<KeptBranch>(),
    ];

    /// <summary>Keeps those.</summary>
    public void Keep(ImmutableArray<KeptBranch> branches)
    {
        foreach (var branch in branches)
        {
            Keep(branch.Headers, branch.Height);
        }
    }

    /// <summary>A header that the mainchain knows, or that a share refers to; null where neither.</summary>
    public async ValueTask<BlockHeader?> HeaderAsync(BlockId id, CancellationToken cancellation) =>
        (await LookUpAsync(id, cancellation).ConfigureAwait(false))?.Header;

    /// <summary>Learns a header from the mainchain or from what is kept, unless it is known here.</summary>
    /// <returns>False where neither has it (yet).</returns>
    public async ValueTask<bool> LearnAsync(BlockId id, CancellationToken cancellation)
    {
        if (_learnt.TryGet(id, out _))
        {
            return true;
        }

        if (await AskAsync(id, cancellation).ConfigureAwait(false) is { } header
            && (header.OnBestChain || !await IsFarAheadAsync(header.Height, cancellation).ConfigureAwait(false)))
        {
            var bits = await NextBitsAsync(header, cancellation).ConfigureAwait(false);
            var point = new MainchainPoint(id, header.Height, bits, header.MedianTimePast);
            _learnt.Put(id, new Learnt(point, [header.Header]));
            return true;
        }

        return _kept.TryGetValue(id, out var kept)
            && await LearnForeignAsync(kept, cancellation).ConfigureAwait(false);
    }

    /// <summary>Learns a header from somebody who is not trusted, with those of its ancestors that are not known here.</summary>
    /// <param name="id">The header.</param>
    /// <param name="ask">Asks for a header by its block's id; null where it is not to be had.</param>
    /// <param name="now">The local clock, Unix seconds.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>False where one of them is not to be had, breaks a rule of headers, or is more than three above the tip of the
    /// mainchain here: that one is for later.</returns>
    /// <exception cref="ChainUnavailableException">The mainchain is away, and nobody else has the header.</exception>
    public async ValueTask<bool> LearnFromAsync(
        BlockId id, Func<BlockId, CancellationToken, ValueTask<BlockHeader?>> ask, long now,
        CancellationToken cancellation)
    {
        if (_far.TryGet(id, out var far) && await IsFarAheadAsync(far.Height, cancellation).ConfigureAwait(false))
        {
            return false;
        }

        var missing = new Stack<BlockHeader>();
        KeptHeader? anchor = null;
        for (var at = id; !await LearnAsync(at, cancellation).ConfigureAwait(false); at = missing.Peek().Previous)
        {
            var known = _kept.GetValueOrDefault(at);
            if (missing.Count == KeptShare.MostHeaders - 1
                || (known?.Header ?? await ask(at, cancellation).ConfigureAwait(false)) is not { } header
                || header.Id != at || !header.MeetsOwnTarget)
            {
                return Volatile.Read(ref _away) is { } away
                    ? throw new ChainUnavailableException(away.Error.Message, away.Error)
                    : false;
            }

            missing.Push(header);
            anchor ??= known;
            if (anchor is not null && await AnchorAsync(anchor, missing, cancellation).ConfigureAwait(false))
            {
                break;
            }
        }

        while (missing.TryPop(out var header))
        {
            var parent = Find(header.Previous)!;
            if (await IsFarAheadAsync(parent.Height + 1, cancellation).ConfigureAwait(false))
            {
                _far.Put(id, new Far(parent.Height + 1 + missing.Count));
                return false;
            }

            if (HeaderRules.Check(header, parent.MedianTimePast, parent.NextBits, now) != LedgerError.None
                || !await LearnForeignAsync(new KeptHeader(header, parent.Height + 1), cancellation)
                    .ConfigureAwait(false))
            {
                return false;
            }
        }

        return true;
    }

    // A header that a share brought was checked before, and by their links so were those below it: once there are enough of them
    // it is learnt again without the mainchain.
    private async ValueTask<bool> AnchorAsync(
        KeptHeader anchor, Stack<BlockHeader> missing, CancellationToken cancellation)
    {
        var deepest = missing.Peek();
        var depth = missing.TakeWhile(header => header.Id != anchor.Header.Id).Count();
        _kept.TryAdd(deepest.Id, new KeptHeader(deepest, anchor.Height - depth));
        if (depth < MedianTime.Span - 1 || !await LearnAsync(anchor.Header.Id, cancellation).ConfigureAwait(false))
        {
            return false;
        }

        while (missing.Pop().Id != anchor.Header.Id)
        {
            // Those above it are checked next.
        }

        return true;
    }

    // One whose parent is learnt, or can be.
    private async ValueTask<bool> LearnForeignAsync(KeptHeader foreign, CancellationToken cancellation)
    {
        var id = foreign.Header.Id;
        var below = await AskAsync(foreign.Header.Previous, cancellation).ConfigureAwait(false) is null
            ? HeadersFor(foreign.Header.Previous)
            : [];
        if (below.Length >= KeptShare.MostHeaders && _kept.ContainsKey(foreign.Header.Previous))
        {
            // Another share brought it, and it is stored with that one.
            below = [];
        }

        if (below.Length >= KeptShare.MostHeaders
            || await MedianTimeAsync(foreign.Header, cancellation).ConfigureAwait(false) is not { } median)
        {
            return false;
        }

        var header = new MainHeader(foreign.Header, foreign.Height, median, OnBestChain: false);
        var bits = await NextBitsAsync(header, cancellation).ConfigureAwait(false);
        _learnt.Put(id, new Learnt(
            new MainchainPoint(id, foreign.Height, bits, median), [.. below, foreign.Header]));
        return true;
    }

    private async ValueTask<uint?> MedianTimeAsync(BlockHeader header, CancellationToken cancellation)
    {
        var times = new List<uint> { header.Time };
        var at = new KeptHeader(header, int.MaxValue);
        while (times.Count < MedianTime.Span && at.Height > 0)
        {
            if (await LookUpAsync(at.Header.Previous, cancellation).ConfigureAwait(false) is not { } parent)
            {
                return null;
            }

            times.Add(parent.Header.Time);
            at = parent;
        }

        return MedianTime.Of([.. times]);
    }

    private async ValueTask<KeptHeader?> LookUpAsync(BlockId id, CancellationToken cancellation)
    {
        if (await AskAsync(id, cancellation).ConfigureAwait(false) is { } header)
        {
            return new KeptHeader(header.Header, header.Height);
        }

        return _learnt.TryGet(id, out var learnt)
            ? new KeptHeader(learnt.Headers[^1], learnt.Point.Height)
            : _kept.GetValueOrDefault(id);
    }

    // The embedded chain and regtest never retarget; on the main network and signets every 2,016th block may.
    private async ValueTask<CompactTarget> NextBitsAsync(MainHeader header, CancellationToken cancellation)
    {
        var retargets = _network.Difficulty == DifficultyRule.Retarget;
        if (!retargets && _network.Difficulty != DifficultyRule.Fixed)
        {
            throw new NotSupportedException($"The difficulty rules of mainchain \"{main.Name}\" are not known here.");
        }

        if (!retargets || (header.Height + 1) % RetargetInterval != 0)
        {
            return header.Header.Bits;
        }

        // The first block of the period is looked up by walking ids where the tip's own chain may be a side chain.
        var first = header.Header;
        if (header.OnBestChain)
        {
            first = (await main.GetHeaderAsync(header.Height - RetargetInterval + 1, cancellation).ConfigureAwait(false))
                ?.Header;
        }

        for (var left = RetargetInterval - 1; !header.OnBestChain && left > 0 && first is not null; left--)
        {
            first = (await LookUpAsync(first.Previous, cancellation).ConfigureAwait(false))?.Header;
        }

        return first is null
            ? throw new ChainUnavailableException($"The mainchain lost the ancestors of block {header.Header.Id}.")
            : Retarget.Next(header.Header, first, _network.EasiestBits);
    }

    // A mainchain that is away has no tip to measure by.
    private async ValueTask<bool> IsFarAheadAsync(int height, CancellationToken cancellation) =>
        await AskAsync(async limit => (ChainHead?)await main.GetTipAsync(limit).ConfigureAwait(false), cancellation)
            .ConfigureAwait(false) is { } tip && height > tip.Height + MostAhead;

    private ValueTask<MainHeader?> AskAsync(BlockId id, CancellationToken cancellation) =>
        AskAsync(limit => main.GetHeaderAsync(id, limit), cancellation);

    // A mainchain that is away knows nothing, and is not asked again for a moment: it must not hold up what comes next.
    private async ValueTask<T?> AskAsync<T>(Func<CancellationToken, ValueTask<T?>> ask, CancellationToken cancellation)
    {
        if (Volatile.Read(ref _away) is { } away && clock.GetElapsedTime(away.Since) < Pause)
        {
            return default;
        }

        try
        {
            var answer = await ask(cancellation).AsTask().WaitAsync(Patience, clock, cancellation).ConfigureAwait(false);
            Volatile.Write(ref _away, null);
            return answer;
        }
        catch (Exception error) when (error is ChainUnavailableException or TimeoutException)
        {
            Volatile.Write(ref _away, new Absence(error, clock.GetTimestamp()));
            return default;
        }
    }

    private sealed record Link(BlockId Previous, int Height);

    private sealed record Jump(BlockId Id);

    private sealed record Absence(Exception Error, long Since);

    private sealed record Learnt(MainchainPoint Point, ImmutableArray<BlockHeader> Headers);

    private sealed record Far(int Height);

    private sealed record KeptHeader(BlockHeader Header, int Height);
}
