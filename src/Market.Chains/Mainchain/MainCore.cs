using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Engine;
using Market.Chains.Storage;

namespace Market.Chains.Mainchain;

using Node = BlockNode<Hash256, BlockHeader>;
using Tree = BlockTree<Hash256, BlockHeader>;
using Walk = ChainWalk<Hash256, BlockHeader>;

/// <summary>The mainchain's tree, coins and store, all checked by Bitcoin's rules. One thread at a time.</summary>
internal sealed class MainCore : IChainCore<Block>
{
    /// <summary>Blocks below the tip whose work a branch must reach before its blocks are asked for or kept.</summary>
    public const int ReorgBound = 288;

    private const int CachedBlocks = 512;
    private const long CachedBytes = 64 * 1024 * 1024;

    private readonly MainParameters _parameters;
    private readonly IScriptRules _scripts;
    private readonly IBlockStore _store;
    private readonly Tree _tree;
    private readonly RecentCache<Hash256, Block> _bodies = new(
        CachedBlocks, CachedBytes, block => BlockMemory.Of(block.Transactions));
    private readonly HashSet<Hash256> _invalid;
    private IndexedCoins _coins = new();
    private Node _tip;
    private List<(Hash256 Id, ImmutableArray<TxId> Transactions)> _loaded = [];

    public MainCore(MainParameters parameters, IScriptRules scripts, IBlockStore store)
    {
        (_parameters, _scripts, _store) = (parameters, scripts, store);
        _invalid = [.. store.LoadInvalid()];
        Rules = parameters.Rules(scripts);
        var genesis = parameters.Genesis.Header;
        _tree = new Tree(genesis.Id.Value, genesis, genesis.Bits.Work());
        _tip = _tree.Root;
        Open();
    }

    public int Replayed { get; private set; }

    public bool IsBroken { get; private set; }

    public Action<Action> Exclusively { get; set; } = work => work();

    public Action<CoreResult>? Changed { get; set; }

    public LedgerRules Rules { get; }

    public ICoinView Coins => _coins;

    public ChainHead Head => new(_tip.Id, _tip.Height, _tip.Item.Time, MedianTimeOf(_tip));

    public BlockContext NextContext => new(_tip.Height + 1, MedianTimeOf(_tip));

    /// <summary>The bits required after a block: they never change.</summary>
    public CompactTarget NextBits => _parameters.Genesis.Header.Bits;

    public Hash256 IdOf(Block block) => block.Id.Value;

    public Hash256 ParentOf(Block block) => block.Header.Previous.Value;

    public ImmutableArray<Transaction> TransactionsOf(Block block) => block.Transactions;

    public long MemoryOf(Block block) => BlockMemory.Of(block.Transactions);

    public Hash256? IdAt(int height) => _tip.Ancestor(height)?.Id;

    public MainHeader? Header(Hash256 id) => _tree.Find(id) is { } node
        ? new MainHeader(node.Item, node.Height, MedianTimeOf(node), IsBest(node))
        : null;

    public BlockPlace? Locate(Hash256 id) => _tree.Find(id) is { } node
        ? new BlockPlace(
            new BlockRef(id, node.Height), node.Item.Previous.Value, node.Item.Time, MedianTimeOf(node), IsBest(node))
        : null;

    public bool IsBest(Hash256 id) => _tree.Find(id) is { } node && IsBest(node);

    public Block? Remembered(Hash256 id) => id == _parameters.Genesis.Id.Value ? _parameters.Genesis
        : _bodies.TryGet(id, out var block) ? block : null;

    public Block? Body(Hash256 id)
    {
        if (Remembered(id) is { } known)
        {
            return known;
        }

        if (_store.GetBlock(id) is not { } bytes)
        {
            return null;
        }

        var block = Block.Parse(bytes);
        _bodies.Put(id, block);
        return block;
    }

    public IEnumerable<KeyValuePair<OutPoint, Coin>> CoinsOf(Script script) => _coins.Of(script);

    public Hash256 StateHash() => _coins.StateHash();

    /// <summary>True where a branch of so much work comes within the bound of reorganisations of the tip.</summary>
    public bool IsNear(U256 chainWork) =>
        _tip.Ancestor(Math.Max(0, _tip.Height - ReorgBound))!.ChainWork <= chainWork;

    /// <summary>A scale for headers after a block; null where it is not known, or breaks a rule.</summary>
    public MainScale? Weigh(Hash256 parent) =>
        _tree.Find(parent) is { Status: not BlockStatus.Invalid } node ? new MainScale(node, NextBits) : null;

    public CoreResult Submit(Block block, long now, bool isWeighed)
    {
        if (IsBroken)
        {
            throw new InvalidOperationException("The store failed before: reopen the chain from it.");
        }

        var id = block.Id.Value;
        if (_tree.Find(id) is { } known)
        {
            return known.Status == BlockStatus.Invalid
                ? Refused(LedgerError.ParentInvalid)
                : new CoreResult(SubmitCode.Duplicate);
        }

        if (_invalid.Contains(id) || _invalid.Contains(block.Header.Previous.Value))
        {
            return Refused(LedgerError.ParentInvalid);
        }

        var failure = CheckHeader(block, now, out var parent);
        if (failure.IsOk && !isWeighed && !IsNear(parent!.ChainWork + NextBits.Work()))
        {
            return new CoreResult(SubmitCode.Refused, new LightBranchRefusal());
        }

        var onTip = ReferenceEquals(parent, _tip);
        if (failure.IsOk && onTip)
        {
            // Checked before it enters the tree: a block that is off only in its witnesses has the id of a good one.
            failure = BlockConnector.Check(
                _coins, block.Transactions, ContextAfter(_tip, block), Rules, out _);
        }

        if (!failure.IsOk)
        {
            return Refused(failure);
        }

        return Take(block, Tree.Prepare(id, parent!, block.Header, block.Header.Bits.Work()));
    }

    public List<(Hash256 Id, ImmutableArray<TxId> Transactions)> TakeLoaded()
    {
        var loaded = _loaded;
        _loaded = [];
        return loaded;
    }

    public bool HasRoots => false;

    public int? RootOf(OutPoint outPoint) => null;

    public IChainCore<Block> Reopen() => new MainCore(_parameters, _scripts, _store);

    public void SaveSnapshot() => _store.WriteSnapshot(new StoredSnapshot(_tip.Id, _coins.ToArray()));

    public void Dispose() => _store.Dispose();

    private static uint MedianTimeOf(Node node) => Tree.MedianTimePast(node, header => header.Time);

    /// <summary>What a block on another is checked in.</summary>
    internal static BlockContext ContextAfter(Node parent, Block block) => new(
        parent.Height + 1,
        MedianTimeOf(parent),
        Block.BaseSizeOf(block.Transactions.Length));

    private static CoreResult Refused(LedgerFailure failure) => new(
        failure.Error is LedgerError.ParentUnknown or LedgerError.TimeTooNew
            ? SubmitCode.Deferred
            : SubmitCode.Refused,
        new LedgerRefusal(failure));

    private static CoreResult Refused(LedgerError error) => Refused(new LedgerFailure(error));

    private bool IsBest(Node node) => ReferenceEquals(_tip.Ancestor(node.Height), node);

    private LedgerFailure CheckHeader(Block block, long now, out Node? parent)
    {
        parent = _tree.Find(block.Header.Previous.Value);

        // Work first: without it nothing dearer is looked at.
        if (block.Header.Bits != NextBits)
        {
            return new LedgerFailure(LedgerError.Bits);
        }

        if (!block.Header.MeetsOwnTarget)
        {
            return new LedgerFailure(LedgerError.ProofOfWork);
        }

        var failure = BlockChecks.Check(block, Rules);
        if (!failure.IsOk)
        {
            return failure;
        }

        return parent switch
        {
            null => new LedgerFailure(LedgerError.ParentUnknown),
            { Status: BlockStatus.Invalid } => new LedgerFailure(LedgerError.ParentInvalid),
            _ => CheckAfter(parent, block, now),
        };
    }

    // All that needs no coins, so that no block is stored that any look could have refused: a block that is off only in a
    // witness has the id of a good one, and would stand in its way.
    private LedgerFailure CheckAfter(Node parent, Block block, long now)
    {
        var error = HeaderRules.Check(block.Header, MedianTimeOf(parent), NextBits, now);
        return error != LedgerError.None
            ? new LedgerFailure(error)
            : BlockChecks.CheckInContext(block.Transactions, ContextAfter(parent, block), Rules);
    }

    // Planned and taken back, stored, made: nobody sees what is not stored, and nobody who reads waits for the store.
    private CoreResult Take(Block block, Node node)
    {
        try
        {
            var steps = StepsWith(block);
            var walk = new Walk(_tree, _tip, node, steps);
            walk.Plan(Exclusively);
            var (change, result) = ChangeOf(walk, steps, block, node);
            _store.Write(change);
            _bodies.Put(node.Id, block);
            Exclusively(() =>
            {
                walk.Make();
                _tip = walk.Tip;
                Changed?.Invoke(result);
            });
            return result;
        }
        catch
        {
            // Memory and store may differ from here on.
            IsBroken = true;
            throw;
        }
    }

    private static (StoreChange Change, CoreResult Result) ChangeOf(Walk walk, MainSteps steps, Block added, Node node)
    {
        if (walk.Fault is not null)
        {
            return (
                new StoreChange([], [.. walk.Fallen.Select(each => each.Id)], [], walk.Tip.Id), Refused(steps.Fault));
        }

        var stored = new StoredBlock(node.Id, node.Parent!.Id, node.Height, 0, added.ToArray());
        return walk.Path is not { } path
            ? (new StoreChange([stored], [], [], walk.Tip.Id), new CoreResult(SubmitCode.SideChain))
            : (new StoreChange(
                    [stored], [], [.. path.Connect.Select(each => new StoredUndo(each.Id, steps.UndoOf(each).ToArray()))],
                    node.Id),
                new CoreResult(SubmitCode.Accepted, null, steps.Moved(path.Disconnect), steps.Moved(path.Connect)));
    }

    private MainSteps StepsWith(Block? added) => new(_coins, Rules, _store, Body, added);

    // What is stored was valid when it was written: scripts are not run again.
    private void Open()
    {
        _loaded.Add((_parameters.Genesis.Id.Value, Ids(_parameters.Genesis)));
        foreach (var stored in _store.Load())
        {
            var whole = Block.Parse(stored.Bytes);
            _loaded.Add((stored.Id, Ids(whole)));
            var header = whole.Header;
            var parent = _tree.Find(stored.Parent)
                ?? throw new InvalidOperationException($"The parent of block {stored.Id} is not stored before it.");
            _tree.TryAdd(stored.Id, parent, header, header.Bits.Work(), out var node);
            _tree.MarkReady(node);
        }

        var tip = _store.GetTip() is { } id ? Stored(id) : _tree.Root;
        RestoreSnapshot(tip);
        Replayed = tip.Height - _tip.Height;
        Walk.Replay(_tree, _tip, tip, StepsWith(added: null));
        _tip = tip;
    }

    private void RestoreSnapshot(Node tip)
    {
        if (_store.GetSnapshot() is { } snapshot && _tree.Find(snapshot.Block) is { } at
            && ReferenceEquals(tip.Ancestor(at.Height), at) && IndexedCoins.Parse(snapshot.Bytes) is { } coins)
        {
            _coins = coins;
            _tip = at;
        }
    }

    private static ImmutableArray<TxId> Ids(Block block) => [.. block.Transactions.Select(transaction => transaction.Id)];

    private Node Stored(Hash256 id) =>
        _tree.Find(id) ?? throw new InvalidOperationException($"The tip {id} is not stored.");
}
