using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>How a share offered went.</summary>
public enum ShareOutcome
{
    /// <summary>Valid, and the new tip.</summary>
    NewTip,

    /// <summary>Valid as far as can be told off the best chain, and kept.</summary>
    SideChain,

    /// <summary>Known already.</summary>
    Known,

    /// <summary>May be valid later: its parent, mainchain block or time is not known or not reached.</summary>
    Deferred,

    /// <summary>Breaks a rule.</summary>
    Refused,
}

/// <summary>What became of a share offered.</summary>
/// <param name="Outcome">How it went.</param>
/// <param name="Verdict">The rule broken where it was refused or deferred.</param>
/// <param name="Change">What was written; null where nothing was.</param>
public sealed record ShareSubmission(ShareOutcome Outcome, ShareVerdict Verdict, ShareChange? Change);

/// <summary>A share that was stored, without its transactions: what the tree is rebuilt from.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Header">Its header.</param>
/// <param name="MainHeight">Height of the mainchain block that its proof builds on.</param>
/// <param name="MainHeader">The mainchain header that proves it.</param>
/// <param name="Work">Its work, as the choice of the best chain counts it.</param>
/// <param name="Facts">What the mainchain said about it.</param>
public sealed record ShareIndexEntry(
    ShareId Id, ShareHeader Header, int MainHeight, BlockHeader MainHeader, U256 Work, ShareFacts Facts)
{
    /// <summary>A whole share's.</summary>
    public static ShareIndexEntry Of(ShareBlock block, int mainHeight, ShareFacts facts) =>
        new(block.Id, block.Header, mainHeight, block.Proof.MainHeader, block.Work, facts);
}

/// <summary>
/// The sharechain as one node sees it: the tree of shares, the state at the best one, reorganisations. Time and
/// mainchain are arguments; blocks are read from and written to a store. Not safe for several threads at once.
/// </summary>
public sealed class ShareChain
{
    /// <summary>How many times as easy a share may be that waits for its parent. Difficulty may have fallen meanwhile.</summary>
    public const int EasierWhileWaiting = 8;

    private readonly IShareStore _store;
    private readonly BlockTree<ShareId, ShareInfo> _tree;
    private readonly RefusedShares _refused = new();
    private long _sequence;

    private ShareChain(SharechainState state, IShareStore store)
    {
        State = state;
        _store = store;
        var genesis = ShareInfo.OfGenesis(state.Profile);
        _tree = new BlockTree<ShareId, ShareInfo>(genesis.Id, genesis, genesis.Header.Bits.Work());
        TipNode = _tree.Root;
    }

    /// <summary>The chain's profile.</summary>
    public SharechainProfile Profile => State.Profile;

    /// <summary>The state at the tip. Look, and change nothing.</summary>
    public SharechainState State { get; }

    /// <summary>
    /// Runs what changes the tree or the state while nobody reads them; at once where it is not set. Reads of the store and
    /// writes to it are never inside, so that readers are kept out for moments only.
    /// </summary>
    public Action<Action> Exclusively { get; set; } = work => work();

    /// <summary>Told of a change that is stored, within the moment that makes it seen.</summary>
    public Action<ShareChange>? Changed { get; set; }

    /// <summary>True where the store failed, and memory may differ from it: nothing more is taken.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The best share.</summary>
    public BlockNode<ShareId, ShareInfo> TipNode { get; private set; }

    /// <summary>Median time past of the tip, Unix seconds: what the next block's lock times compare with.</summary>
    public uint MedianTimePast => MedianTimeOf(TipNode);

    /// <summary>What a transaction in the next block is checked against; a block's own overhead is estimated.</summary>
    public BlockContext NextContext => new(TipNode.Height + 1, MedianTimePast, EstimatedBaseSize);

    // Header, a coinbase of some 300 bytes and the longest branch.
    private static int EstimatedBaseSize => 1_024;

    /// <summary>A chain of genesis alone.</summary>
    /// <param name="profile">Its profile.</param>
    /// <param name="scripts">Verifies scripts.</param>
    /// <param name="store">Where blocks go; holds none yet.</param>
    public static ShareChain Create(SharechainProfile profile, IScriptRules scripts, IShareStore store) =>
        new(new SharechainState(profile, scripts), store);

    /// <summary>
    /// Reopens a chain: the tree from what is stored, the state from a snapshot, then the blocks between the snapshot
    /// and the tip, which were valid when they were stored.
    /// </summary>
    /// <param name="state">A restored snapshot, or a fresh state; at genesis or at a stored share.</param>
    /// <param name="store">The store.</param>
    /// <param name="shares">Every stored share that is not invalid, in order of arrival.</param>
    /// <param name="tip">The best share when the store was last written; null for genesis.</param>
    /// <param name="invalid">Stored shares that were found to break a rule: they are not stored again.</param>
    /// <exception cref="InvalidOperationException">What is stored does not fit together.</exception>
    public static ShareChain Open(
        SharechainState state, IShareStore store, IEnumerable<ShareIndexEntry> shares, ShareId? tip,
        IEnumerable<ShareId>? invalid = null)
    {
        var chain = new ShareChain(state, store);
        foreach (var refused in invalid ?? [])
        {
            chain._refused.AddStored(refused);
        }

        foreach (var share in shares)
        {
            var parent = chain._tree.Find(share.Header.Parent)
                ?? throw new InvalidOperationException($"The parent of {share.Id} is not stored before it.");
            var info = parent.Item.Child(share.Id, share.Header, share.MainHeight, state.Profile);
            chain.Enter(chain.Prepare(parent, info with { Facts = share.Facts }, share.MainHeader, share.Work));
        }

        var from = chain._tree.Find(state.Tip)
            ?? throw new InvalidOperationException($"The snapshot's share {state.Tip} is not stored.");
        var to = tip is { } id
            ? chain._tree.Find(id) ?? throw new InvalidOperationException($"The tip {id} is not stored.")
            : chain._tree.Root;
        ChainWalk<ShareId, ShareInfo>.Replay(chain._tree, from, to, new ShareSteps(chain.State, store));
        chain.TipNode = to;
        return chain;
    }

    /// <summary>A share known; null where it is not.</summary>
    public BlockNode<ShareId, ShareInfo>? Find(ShareId id) => _tree.Find(id);

    /// <summary>The share at a height of the best chain; null above the tip.</summary>
    public BlockNode<ShareId, ShareInfo>? AtHeight(int height) => TipNode.Ancestor(height);

    /// <summary>True where the share is on the best chain.</summary>
    public bool IsBest(BlockNode<ShareId, ShareInfo> node) => ReferenceEquals(TipNode.Ancestor(node.Height), node);

    /// <summary>A stored block; null where it is not known, and for genesis, which has none.</summary>
    public ShareBlock? GetBlock(ShareId id) => _store.GetBlock(id);

    /// <summary>Median time past of a share, Unix seconds.</summary>
    public static uint MedianTimeOf(BlockNode<ShareId, ShareInfo> node) =>
        BlockTree<ShareId, ShareInfo>.MedianTimePast(node, info => info.Header.Time);

    /// <summary>True where a branch of so much work comes within the row's reorg bound of the tip.</summary>
    /// <param name="chainWork">Work from genesis up to and with the branch's last block.</param>
    public bool IsNear(U256 chainWork) =>
        TipNode.Ancestor(Math.Max(0, TipNode.Height - Profile.ReorgBound))!.ChainWork <= chainWork;

    /// <summary>A scale for headers after a share; null where it is not known, or breaks a rule.</summary>
    public HeaderScale? Weigh(ShareId parent) =>
        _tree.Find(parent) is { Status: not BlockStatus.Invalid } node ? new HeaderScale(node, Profile) : null;

    /// <summary>
    /// Shares beside the best chain that its next block may name, ascending; none in rows without uncles. Where there are more than
    /// it may name, the newest.
    /// </summary>
    public ImmutableArray<NamedShare> Uncles()
    {
        if (Profile.Uncles is not { } rule)
        {
            return [];
        }

        var found = new List<NamedShare>();
        for (var depth = 1; depth <= rule.Depth && TipNode.Ancestor(TipNode.Height - depth) is { } under; depth++)
        {
            foreach (var node in BlockTree<ShareId, ShareInfo>.WithDescendants(under).Where(
                node => ReferenceEquals(node.Parent, under) && node.Status != BlockStatus.Invalid && !IsBest(node)))
            {
                if (found.Count < rule.Most && GetBlock(node.Id) is { } block && NamedShare.Of(block) is var share
                    && NamedChecks.CheckSharebase(share) == ShareRefusal.None
                    && StateChecks.CheckNamed(State, share).IsValid)
                {
                    found.Add(share);
                }
            }
        }

        found.Sort((left, right) => left.Id.CompareTo(right.Id));
        return [.. found];
    }

    /// <summary>Whether the next block may name a share, as far as this node can see; its own bytes are looked at too.</summary>
    /// <param name="share">A share that is not on this chain.</param>
    /// <param name="mainchain">The mainchain as this node sees it.</param>
    /// <param name="now">The local clock, Unix seconds.</param>
    public ShareVerdict CheckNamed(NamedShare share, IMainchainView mainchain, long now)
    {
        var verdict = NamedChecks.CheckInContext(share, TipNode, Profile, mainchain, now);
        return verdict.IsValid ? StateChecks.CheckNamed(State, share) : verdict;
    }

    /// <summary>As <see cref="CheckNamed"/>, of a weak share that came by itself: one that stands on a share which is not of the
    /// best chain waits, for that share's branch may become the best one, and nobody sends it a second time.</summary>
    /// <param name="share">A share that is not on this chain.</param>
    /// <param name="mainchain">The mainchain as this node sees it.</param>
    /// <param name="now">The local clock, Unix seconds.</param>
    public ShareVerdict CheckArrived(NamedShare share, IMainchainView mainchain, long now)
    {
        if (_tree.Find(share.Header.Parent) is not { } under)
        {
            return ShareRefusal.ParentUnknown;
        }

        var verdict = CheckNamed(share, mainchain, now);
        if (verdict.Refusal != ShareRefusal.NamedTooDeep || IsBest(under) || under.Status == BlockStatus.Invalid
            || TipNode.Height - (long)under.Height >= Profile.Weak!.Depth)
        {
            return verdict;
        }

        var own = NamedChecks.CheckInContext(share, under, Profile, mainchain, now);
        return own.IsValid ? ShareRefusal.BranchTooLight : own;
    }

    /// <summary>
    /// The mainchain heights about which a share will ask, as seen from the block that it builds on. What it asks about has to be
    /// known before it is offered, or it waits.
    /// </summary>
    /// <param name="block">The share.</param>
    /// <param name="mainHeight">Height of the mainchain block that it builds on.</param>
    public ImmutableArray<int> HeightsAsked(ShareBlock block, int mainHeight) =>
        MainFacts.HeightsAsked(block, _tree.Find(block.Header.Parent)?.Item, Profile, mainHeight);

    /// <summary>
    /// What a share's header alone tells before anybody is asked about the mainchain block below it, and before its transactions
    /// are hashed. Its work is checked. Asked while nothing changes.
    /// </summary>
    /// <param name="block">The share.</param>
    /// <param name="isWeighed">See <see cref="Submit"/>.</param>
    /// <returns>Valid where <see cref="Submit"/> has to say: it builds on a share that is here, with the target that is due there,
    /// near the tip; or it is known.</returns>
    public ShareVerdict CheckPlace(ShareBlock block, bool isWeighed)
    {
        if (_tree.Find(block.Id) is not null)
        {
            return ShareVerdict.Valid;
        }

        if (_refused.Find(block.Id) is { } before)
        {
            return before;
        }

        if (_refused.Find(block.Header.Parent) is not null)
        {
            return ShareRefusal.ParentInvalid;
        }

        if (_tree.Find(block.Header.Parent) is not { } parent)
        {
            return ShareRefusal.ParentUnknown;
        }

        return parent.Status == BlockStatus.Invalid ? ShareRefusal.ParentInvalid
            : block.Header.Bits != parent.Item.NextBits(Profile) ? ShareRefusal.Bits
            : !isWeighed && !IsNear(parent.ChainWork + block.Work) ? ShareRefusal.BranchTooLight
            : ShareVerdict.Valid;
    }

    /// <summary>
    /// Whether a share whose parent is not here may wait for it: its target is at most <see cref="EasierWhileWaiting"/> times as
    /// easy as the next one here. What costs next to nothing puts no other out of the places there are.
    /// </summary>
    public bool MayWait(ShareHeader header) =>
        header.Bits.Work().ToBigInteger() * EasierWhileWaiting >= TipNode.Item.NextBits(Profile).Work().ToBigInteger();

    /// <summary>Offers a share: checks it, stores it, and follows it where it makes the best chain.</summary>
    /// <param name="block">The share.</param>
    /// <param name="mainchain">The mainchain as this node sees it.</param>
    /// <param name="now">The local clock, Unix seconds.</param>
    /// <param name="isWeighed">True where its branch was found to come near the tip: else that is asked of the share itself,
    /// since what is stored must cost work that is like the tip's.</param>
    public ShareSubmission Submit(ShareBlock block, IMainchainView mainchain, long now, bool isWeighed = false)
    {
        if (IsBroken)
        {
            throw new InvalidOperationException("The store failed before: reopen the chain from it.");
        }

        if (_refused.Find(block.Id) is { } before)
        {
            return new ShareSubmission(ShareOutcome.Refused, before, null);
        }

        if (_tree.Find(block.Id) is { } known)
        {
            return known.Status == BlockStatus.Invalid
                ? new ShareSubmission(ShareOutcome.Refused, ShareRefusal.ParentInvalid, null)
                : new ShareSubmission(ShareOutcome.Known, ShareVerdict.Valid, null);
        }

        // Work first: without it nothing dearer is looked at. What is no block of this id is forgotten at once.
        var fault = ShareChecks.CheckIdentity(block, Profile);
        if (fault != ShareRefusal.None)
        {
            return new ShareSubmission(ShareOutcome.Refused, fault, null);
        }

        if (!isWeighed && _tree.Find(block.Header.Parent) is { } under
            && !IsNear(under.ChainWork + block.Work))
        {
            // Said of the branch as it stands, not of the share: nothing is remembered.
            return new ShareSubmission(ShareOutcome.Refused, ShareRefusal.BranchTooLight, null);
        }

        var verdict = CheckRules(block, mainchain, now, out var parent, out var info);
        if (verdict.IsDeferred)
        {
            return new ShareSubmission(ShareOutcome.Deferred, verdict, null);
        }

        if (!verdict.IsValid)
        {
            _refused.Add(block.Id, verdict);
            return new ShareSubmission(ShareOutcome.Refused, verdict, null);
        }

        var node = Prepare(parent!, info!, block.Proof.MainHeader, block.Work);
        var change = Take(block, node, mainchain);
        var outcome = change.Tip == block.Id ? ShareOutcome.NewTip : ShareOutcome.SideChain;
        return change.Invalid.Contains(block.Id)
            ? new ShareSubmission(ShareOutcome.Refused, LastFault, change)
            : new ShareSubmission(outcome, ShareVerdict.Valid, change);
    }

    // All else that can be told before the share is stored: everything on the tip, all but the coins off it.
    private ShareVerdict CheckRules(
        ShareBlock block,
        IMainchainView mainchain,
        long now,
        out BlockNode<ShareId, ShareInfo>? parent,
        out ShareInfo? info)
    {
        info = null;
        parent = _tree.Find(block.Header.Parent);
        var verdict = ShareBodyChecks.Check(block, Profile);
        if (!verdict.IsValid)
        {
            return verdict;
        }

        if (parent is null)
        {
            return _refused.Find(block.Header.Parent) is null
                ? ShareRefusal.ParentUnknown
                : ShareRefusal.ParentInvalid;
        }

        if (parent.Status == BlockStatus.Invalid)
        {
            return ShareRefusal.ParentInvalid;
        }

        verdict = ShareContextChecks.Check(
            block, parent.Item, MedianTimeOf(parent), Profile, mainchain, now, out info);
        verdict = verdict.IsValid ? NamedChecks.CheckInContext(block, parent, Profile, mainchain, now) : verdict;
        if (verdict.IsValid)
        {
            if (MainFacts.Of(block, parent.Item, Profile, mainchain) is not { } facts)
            {
                return ShareRefusal.MainPreviousUnknown;
            }

            info = info! with { Facts = facts };
        }

        return verdict.IsValid && ReferenceEquals(parent, TipNode) ? CheckOnTip(block, mainchain) : verdict;
    }

    private ShareVerdict LastFault { get; set; }

    private ShareVerdict CheckOnTip(ShareBlock block, IMainchainView mainchain)
    {
        var main = mainchain.Find(block.Proof.MainHeader.Previous);
        return main is null
            ? ShareRefusal.MainPreviousUnknown
            : State.Check(block, MedianTimePast, mainchain.Subsidy(main.Height + 1));
    }

    private ShareChange Take(ShareBlock block, BlockNode<ShareId, ShareInfo> node, IMainchainView mainchain)
    {
        try
        {
            var steps = new ShareSteps(State, _store, mainchain, block);
            var walk = new ChainWalk<ShareId, ShareInfo>(_tree, TipNode, node, steps);
            walk.Plan(Exclusively);
            if (walk.Fault is { } fault)
            {
                LastFault = steps.Fault;
                _refused.Add(fault.Id, LastFault);
            }

            var change = steps.ChangeOf(walk, new StoredShare(block, node.Item.MainHeight, _sequence + 1)
            {
                Facts = node.Item.Facts,
            }, node);
            _store.Commit(change);
            Exclusively(() =>
            {
                walk.Make();
                _sequence++;
                TipNode = walk.Tip;
                Changed?.Invoke(change);
            });
            return change;
        }
        catch
        {
            // Memory and store may differ from here on.
            IsBroken = true;
            throw;
        }
    }

    private BlockNode<ShareId, ShareInfo> Prepare(
        BlockNode<ShareId, ShareInfo> parent, ShareInfo info, BlockHeader mainHeader, U256 work)
    {
        info = Profile.Payout switch
        {
            PayoutDesign.Window window => info with
            {
                WindowStart = WindowStart.After(window, parent, mainHeader.Bits, work),
                MainBits = mainHeader.Bits,
            },
            PayoutDesign.Redeemed => info with { Pending = MainFacts.Pending(parent.Item, info, mainHeader, Profile) },
            _ => info,
        };
        return BlockTree<ShareId, ShareInfo>.Prepare(info.Id, parent, info, work);
    }

    private void Enter(BlockNode<ShareId, ShareInfo> node)
    {
        _tree.Add(node);
        _tree.MarkReady(node);
        _sequence++;
    }
}
