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

    private readonly SharechainProfile _profile;
    private readonly IScriptRules _scripts;
    private readonly IBlockStore _store;
    private readonly MainView _main;
    private List<(Hash256 Id, ImmutableArray<TxId> Transactions)> _loaded = [];

    /// <summary>Opens the chain of a store.</summary>
    /// <exception cref="FormerRulesException">The store's shares are of other rules than this program's.</exception>
    public ShareCore(SharechainProfile profile, IScriptRules scripts, IBlockStore store, MainView main)
    {
        (_profile, _scripts, _store, _main) = (profile, scripts, store, main);
        var shares = store.Load().Select(stored => Kept(stored, profile)).ToList();
        var state = Restore(profile, scripts, shares);
        var from = state.Height;
        var tip = store.GetTip() is { } id ? new ShareId(id) : (ShareId?)null;
        Chain = ShareChain.Open(
            state, new ShareStoreAdapter(store, main), shares, tip, store.LoadInvalid().Select(id => new ShareId(id)));
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

    public Hash256? IdAt(int height) => Chain.AtHeight(height)?.Id.Value;

    public BlockPlace? Locate(Hash256 id) => Chain.Find(new ShareId(id)) is { } node
        ? new BlockPlace(
            new BlockRef(id, node.Height), node.Item.Header.Parent.Value, node.Item.Header.Time,
            ShareChain.MedianTimeOf(node), Chain.IsBest(node))
        : null;

    public bool IsBest(Hash256 id) => Chain.Find(new ShareId(id)) is { } node && Chain.IsBest(node);

    public ShareBlock? Body(Hash256 id) => Chain.GetBlock(new ShareId(id));

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

    public void SaveSnapshot() =>
        _store.WriteSnapshot(new StoredSnapshot(Chain.State.Tip.Value, Chain.State.ToSnapshot()));

    public void Dispose() => _store.Dispose();

    private static CoreResult ResultOf(ShareChange change) => new(
        change.MovesTip ? SubmitCode.Accepted : SubmitCode.SideChain, null,
        [.. change.Disconnected.Select(Moved)], [.. change.Connected.Select(each => Moved(each.Block))]);

    private static MovedBlock Moved(ShareBlock block) =>
        new(new BlockRef(block.Id.Value, (int)block.Header.Height), block.Transactions);

    private ShareIndexEntry Kept(StoredBlock stored, SharechainProfile profile)
    {
        var isFirst = stored.Height == 1;
        if (KeptShare.Parse(stored.Bytes) is not { } kept || kept.Share.Id.Value != stored.Id
            || (isFirst && kept.Share.Header.Parent != profile.GenesisId))
        {
            throw new FormerRulesException(profile.Name);
        }

        _loaded.Add((stored.Id, [.. kept.Share.Transactions.Select(transaction => transaction.Id)]));
        _main.Keep(kept.MainHeaders, stored.Note);
        return new ShareIndexEntry(kept.Share.Id, kept.Share.Header, stored.Note);
    }

    // A snapshot that is damaged, or of a share that is not stored, is no loss: the blocks are all here.
    private SharechainState Restore(
        SharechainProfile profile, IScriptRules scripts, List<ShareIndexEntry> shares) =>
        _store.GetSnapshot() is { } snapshot
        && SharechainState.TryRestore(snapshot.Bytes, profile, scripts, out var state)
        && shares.Exists(share => share.Id == state.Tip)
            ? state
            : new SharechainState(profile, scripts);
}
