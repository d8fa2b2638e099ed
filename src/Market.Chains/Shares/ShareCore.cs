using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Engine;
using Market.Chains.Storage;
using Market.Sharechain;

namespace Market.Chains.Shares;

/// <summary>The sharechain's rules over a store of blocks. One thread at a time.</summary>
internal sealed class ShareCore : IChainCore<ShareBlock>
{
    // Nearly every header and proof is within the first; none is longer than the second.
    private const int HeadersAtOnce = 256;
    private const int UsualStart = 1_536;
    private const int LongestStart = 64 * 1024;

    // Shares parsed by one worker, and how many of them are at work before what they made is asked for.
    private const int ParsedAtOnce = 64;
    private const int MostWorkers = 4;

    private readonly SharechainProfile _profile;
    private readonly IScriptRules _scripts;
    private readonly IBlockStore _store;
    private readonly MainView _main;
    private readonly ShareStoreAdapter _blocks;
    private List<(Hash256 Id, ImmutableArray<TxId> Transactions)> _loaded = [];
    private readonly Queue<FoundBlock> _found = new();

    /// <summary>Opens the chain of a store.</summary>
    /// <exception cref="FormerRulesException">The store's shares are of other rules than this program's.</exception>
    public ShareCore(SharechainProfile profile, IScriptRules scripts, IBlockStore store, MainView main)
    {
        (_profile, _scripts, _store, _main) = (profile, scripts, store, main);
        var tip = store.GetTip() is { } id ? new ShareId(id) : (ShareId?)null;
        var invalid = store.LoadInvalid().ToHashSet();
        var state = Restore(profile, scripts, invalid);
        var from = state.Height;
        Chain = ShareChain.Open(
            state, _blocks = new ShareStoreAdapter(store, main), Shares(profile), tip, invalid.Select(each => new ShareId(each)));
        Replayed = Math.Abs(Chain.State.Height - from);
        Chain.Changed = change => Changed?.Invoke(ResultOf(change));
    }

    public ShareChain Chain { get; }

    public int Replayed { get; }

    public bool IsBroken => Chain.IsBroken;

    public Action<Action> Exclusively
    {
        get => Chain.Exclusively;
        set => Chain.Exclusively = value;
    }

    public Action<CoreResult>? Changed { get; set; }

    public IChainCore<ShareBlock> Reopen() => new ShareCore(_profile, _scripts, _store, _main);

    public ChainHead Head => new(
        Chain.TipNode.Id.Value, Chain.TipNode.Height, Chain.TipNode.Item.Header.Time, Chain.MedianTimePast);

    public LedgerRules Rules => Chain.State.Rules;

    public ICoinView Coins => Chain.State;

    public BlockContext NextContext => Chain.NextContext;

    public Hash256 IdOf(ShareBlock block) => block.Id.Value;

    public Hash256 ParentOf(ShareBlock block) => block.Header.Parent.Value;

    public ImmutableArray<Transaction> TransactionsOf(ShareBlock block) => block.Transactions;

    public long MemoryOf(ShareBlock block) => ShareMemory.Of(block);

    public Hash256? IdAt(int height) => Chain.AtHeight(height)?.Id.Value;

    public BlockPlace? Locate(Hash256 id) => Chain.Find(new ShareId(id)) is { } node
        ? new BlockPlace(
            new BlockRef(id, node.Height), node.Item.Header.Parent.Value, node.Item.Header.Time,
            ShareChain.MedianTimeOf(node), Chain.IsBest(node))
        : null;

    public bool IsBest(Hash256 id) => Chain.Find(new ShareId(id)) is { } node && Chain.IsBest(node);

    public ShareBlock? Remembered(Hash256 id) => _blocks.Remembered(new ShareId(id));

    public ShareBlock? Body(Hash256 id) => Chain.GetBlock(new ShareId(id));

    public bool HasRoots => _profile.Window is not null;

    public int? RootOf(OutPoint outPoint) =>
        HasRoots && Chain.State.Find(outPoint) is { } coin ? Chain.State.RootOf(coin) : null;

    public IEnumerable<KeyValuePair<OutPoint, Coin>> CoinsOf(Script script) =>
        Chain.State.CoinsOf(script).Select(coin => KeyValuePair.Create(coin.OutPoint, coin.Coin));

    /// <summary>Headers of shares with their proofs, read without the bodies behind them, up to a number of bytes; at least one.
    /// Safe for any thread.</summary>
    public List<ReadOnlyMemory<byte>> HeadersOf(IReadOnlyList<Hash256> ids, int mostBytes)
    {
        var headers = new List<ReadOnlyMemory<byte>>(ids.Count);
        var bytes = 0;
        for (var at = 0; at < ids.Count && (bytes < mostBytes || at == 0);)
        {
            // So many at once as would fit if each had the most that is read of it.
            var some = ids.Skip(at).Take(HeadersAtOnce).ToList();
            foreach (var (id, start) in some.Zip(_store.GetStarts(some, UsualStart)))
            {
                var header = start is { } usual ? KeptShare.HeaderIn(usual) : null;
                header ??= _store.GetStarts([id], LongestStart)[0] is { } whole ? KeptShare.HeaderIn(whole) : null;
                if (header is not { } found || (headers.Count > 0 && bytes + found.Length > mostBytes))
                {
                    return headers;
                }

                // A copy, so that what is behind it is not kept with it.
                headers.Add(found.ToArray());
                bytes += found.Length;
            }

            at += some.Count;
        }

        return headers;
    }

    public CoreResult Submit(ShareBlock block, long now, bool isWeighed)
    {
        var submission = Chain.Submit(block, _main, now, isWeighed);
        var moved = submission.Change is { } change ? ResultOf(change) : new CoreResult(SubmitCode.SideChain);
        return new CoreResult(
            submission.Outcome switch
            {
                ShareOutcome.NewTip => SubmitCode.Accepted,
                ShareOutcome.SideChain => SubmitCode.SideChain,
                ShareOutcome.Known => SubmitCode.Duplicate,
                ShareOutcome.Deferred => SubmitCode.Deferred,
                _ => SubmitCode.Refused,
            },
            submission.Verdict.IsValid ? null : new ShareCoreRefusal(submission.Verdict),
            moved.Disconnected,
            moved.Connected);
    }

    public List<(Hash256 Id, ImmutableArray<TxId> Transactions)> TakeLoaded()
    {
        var loaded = _loaded;
        _loaded = [];
        return loaded;
    }

    /// <summary>The newest mainchain blocks that stored shares found, oldest first; their fate is not known.</summary>
    public IReadOnlyCollection<FoundBlock> StoredFound => _found;

    /// <summary>See <see cref="IBlockStore.GetFound"/>.</summary>
    public ReadOnlyMemory<byte>? GetFound() => _store.GetFound();

    /// <summary>See <see cref="IBlockStore.WriteFound"/>.</summary>
    public void WriteFound(byte[] found) => _store.WriteFound(found);

    public void SaveSnapshot() =>
        _store.WriteSnapshot(new StoredSnapshot(Chain.State.Tip.Value, Chain.State.ToSnapshot()));

    public void Dispose() => _store.Dispose();

    private static CoreResult ResultOf(ShareChange change) => new(
        change.MovesTip ? SubmitCode.Accepted : SubmitCode.SideChain, null,
        [.. change.Disconnected.Select(Moved)], [.. change.Connected.Select(each => Moved(each.Block))])
    {
        Gone = [.. change.Connected.SelectMany(each => GoneWith(each.Undo))],
    };

    private static IEnumerable<OutPoint> GoneWith(ShareUndo undo)
    {
        var expired = undo.Window?.Expired.Select(coin => coin.OutPoint) ?? [];
        return undo.Redeem?.Frozen is { } frozen ? expired.Append(frozen.OutPoint) : expired;
    }

    private static MovedBlock Moved(ShareBlock block) =>
        new(new BlockRef(block.Id.Value, (int)block.Header.Height), block.Transactions);

    // While some are parsed those before them go into the tree: a restart keeps two cores at work.
    private IEnumerable<ShareIndexEntry> Shares(SharechainProfile profile)
    {
        var working = new Queue<Task<Parsed[]>>();
        foreach (var some in _store.Load().Chunk(ParsedAtOnce))
        {
            working.Enqueue(Task.Run(() => Array.ConvertAll(some, stored => Parse(stored, profile))));
            if (working.Count == MostWorkers)
            {
                foreach (var share in working.Dequeue().GetAwaiter().GetResult())
                {
                    yield return Keep(share);
                }
            }
        }

        foreach (var share in working.SelectMany(each => each.GetAwaiter().GetResult()))
        {
            yield return Keep(share);
        }
    }

    private ShareIndexEntry Keep(Parsed parsed)
    {
        _loaded.Add((parsed.Share.Id.Value, parsed.Transactions));
        _main.Keep(parsed.MainHeaders, parsed.Share.MainHeight);
        _main.Keep(parsed.Branches);
        if (parsed.Share.MainHeader.MeetsOwnTarget)
        {
            var share = parsed.Share;
            _found.Enqueue(new FoundBlock(
                share.MainHeader.Id, share.MainHeight + 1, share.Id, (int)share.Header.Height, false, share.Header.Time,
                FoundFate.Unknown, share.Header.Time, ""));
            if (_found.Count > FoundBlock.Most)
            {
                _found.Dequeue();
            }
        }

        return parsed.Share;
    }

    private static Parsed Parse(StoredBlock stored, SharechainProfile profile)
    {
        var isFirst = stored.Height == 1;
        if (KeptShare.Parse(stored.Bytes) is not { } kept || kept.Share.Id.Value != stored.Id
            || (isFirst && kept.Share.Header.Parent != profile.GenesisId))
        {
            throw new FormerRulesException(profile.Name);
        }

        // Hashed here, where others are at work meanwhile.
        foreach (var header in kept.MainHeaders.Concat(kept.Branches.SelectMany(branch => branch.Headers)))
        {
            _ = header.Id;
        }

        return new Parsed(
            ShareIndexEntry.Of(kept.Share, stored.Note, kept.Facts),
            [.. kept.Share.Transactions.Select(transaction => transaction.Id)],
            kept.MainHeaders,
            kept.Branches);
    }

    // A snapshot that is damaged, or of a share that is not stored, is no loss: the blocks are all here.
    private SharechainState Restore(SharechainProfile profile, IScriptRules scripts, HashSet<Hash256> invalid) =>
        _store.GetSnapshot() is { } snapshot
        && SharechainState.TryRestore(snapshot.Bytes, profile, scripts, out var state)
        && _store.GetStarts([state.Tip.Value], 1)[0] is not null && !invalid.Contains(state.Tip.Value)
            ? state
            : new SharechainState(profile, scripts);

    /// <summary>What is kept in memory of a share that is stored.</summary>
    private sealed record Parsed(
        ShareIndexEntry Share, ImmutableArray<TxId> Transactions, ImmutableArray<BlockHeader> MainHeaders,
        ImmutableArray<KeptBranch> Branches);
}
