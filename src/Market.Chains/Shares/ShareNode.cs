using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Engine;
using Market.Chains.Storage;
using Market.Sharechain;

namespace Market.Chains.Shares;

/// <summary>
/// The sharechain validated by this process, on top of a mainchain. A share whose work also meets the mainchain's
/// target is offered to the mainchain as a block.
/// </summary>
public class ShareNode : ChainNode<ShareBlock>, ISharechain
{
    private const int RememberedTemplates = 256;
    private const long RememberedBytes = 128 * 1024 * 1024;

    // What a template is chosen from, in shares full of it: candidates that do not fit leave room to others.
    private const int CandidateShares = 2;
    private static readonly byte[] Tag = "/market/"u8.ToArray();

    private readonly IMainchain _main;
    private readonly MainView _view;
    private readonly RecentCache<Hash256, MainParts> _templates = new(
        RememberedTemplates, RememberedBytes, parts => BlockMemory.Of(parts.Transactions));

    private readonly WeakShares _weak;
    private readonly CarriedLate _late = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly FoundBlocks _found;
    private readonly MainBlockOffers _offers;
    private readonly WaitingShares _waiting;
    private volatile ShareHolders? _holders;

    private protected ShareNode(
        ShareCore core, IMainchain main, MainView view, TimeProvider clock, MempoolLimits limits)
        : base(core, clock, limits)
    {
        _main = main;
        _view = view;
        _found = new FoundBlocks(
            main, core.GetFound(), core.WriteFound, clock, block => Publish(new ChainEvent.FateChanged(block)), TellBug);
        foreach (var block in core.StoredFound)
        {
            _found.AddStored(block);
        }

        _offers = new MainBlockOffers(main, clock, _found, TellBug, _stop.Token);
        foreach (var block in _found.Unanswered)
        {
            _offers.Insist(block);
        }

        _weak = new WeakShares(
            Profile, view, share => Ask(core => (core.Chain.CheckArrived(share, view, Now), core.Chain.TipNode.Height)),
            AskMainHeaderAsync, share => Publish(new ChainEvent.WeakSeen(share)));
        _waiting = new WaitingShares(
            main, clock, () => DeferredBlocks().Count + _weak.WaitingCount, () => NextDue, RetryAsync, TellBug);
        TellWhenOneWaits(_waiting.Call);
    }

    /// <inheritdoc/>
    public override ChainKind Kind => ChainKind.Sharechain;

    /// <inheritdoc/>
    public override string Name => Profile.Name;

    /// <inheritdoc/>
    public override Network Network => Profile.Addresses;

    /// <inheritdoc/>
    public SharechainProfile Profile => Ask(core => core.Chain.Profile);

    /// <summary>Opens a chain from its store.</summary>
    /// <param name="profile">Its rules.</param>
    /// <param name="scripts">Verifies scripts.</param>
    /// <param name="store">Its blocks; disposed with the node.</param>
    /// <param name="main">The mainchain below; not disposed.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="limits">Bounds of the mempool.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static Task<ShareNode> OpenAsync(
        SharechainProfile profile, IScriptRules scripts, IBlockStore store, IMainchain main, TimeProvider clock,
        MempoolLimits? limits = null, CancellationToken cancellation = default) => Task.Run(
        () =>
        {
            var view = new MainView(main, clock);
            return new ShareNode(
                new ShareCore(profile, scripts, store, view), main, view, clock, limits ?? new MempoolLimits());
        },
        cancellation);

    /// <summary>Transactions below this are left out of templates, though relayed (Bitcoin Core's -blockmintxfee).</summary>
    public FeeRate LeastFeeRate { get; set; } = FeeRate.MinimumRelay;

    /// <summary>Hash of the state at the tip: equal states have equal hashes.</summary>
    public Hash256 StateHash() => Ask(core => core.Chain.State.StateHash());

    /// <inheritdoc/>
    public ValueTask<ShareBlock?> GetShareAsync(ShareId id, CancellationToken cancellation = default) =>
        ReadBodyAsync(id.Value, cancellation);

    /// <inheritdoc/>
    public async ValueTask<ShareTemplate> GetTemplateAsync(Script miner, CancellationToken cancellation = default)
    {
        var main = await _main.GetTemplateAsync(cancellation).ConfigureAwait(false);
        await _view.LearnAsync(main.Previous, cancellation).ConfigureAwait(false);
        var template = Build(main, miner);
        var whole = main.Within(template.MainCoinbase);
        if (whole.Transactions.Length < main.Transactions.Length)
        {
            template = Build(whole, miner);
        }

        var parts = new MainParts(
            template.MainTransactions, main.WitnessCommitment is not null, main.Bits, main.Height);
        _templates.Put(KeyOf(main.Previous, template.Branch), parts);
        return template;
    }

    private ShareTemplate Build(MainTemplate main, Script miner)
    {
        var request = new ShareTemplateRequest(
            miner,
            Dearest(CandidateShares * Profile.MaxWeight / 4L, LeastFeeRate),
            new MainchainWork(
                main.Previous, main.Height, main.Version, main.Bits, main.Time, main.CoinbaseValue, main.Transactions),
            Now,
            Tag,
            AreChosen: true);
        var weak = _weak.All;
        return Ask(core => ShareTemplates.Build(core.Chain, request with
        {
            Weak = [.. weak.Where(share => core.Chain.CheckNamed(share, _view, request.Now).IsValid)],
            Late = _late.Wanted(core.Chain.State, main.Height - 1),
        }));
    }

    /// <inheritdoc/>
    public ValueTask<int?> GetHeightAsync(ShareId id, CancellationToken cancellation = default) =>
        ValueTask.FromResult(Read(
            core => core.Locate(id.Value) is { OnBestChain: true } place ? place.Block.Height : (int?)null));

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<ReadOnlyMemory<byte>>> GetHeadersAsync(
        int after, int limit, int mostBytes, CancellationToken cancellation = default)
    {
        var (shares, ids) = Ask(core =>
        {
            var found = new List<Hash256>();
            for (var height = after + 1; found.Count < limit && core.IdAt(height) is { } id; height++)
            {
                found.Add(id);
            }

            return (core, found);
        });
        return [.. await ReadStoreAsync(() => shares.HeadersOf(ids, mostBytes), cancellation).ConfigureAwait(false)];
    }

    /// <inheritdoc/>
    public virtual ValueTask<ShareResult> SubmitShareAsync(
        ShareBlock share, CancellationToken cancellation = default) => TakeAsync(share, false, cancellation);

    /// <summary>Checks, stores and follows a share.</summary>
    /// <param name="share">The share.</param>
    /// <param name="isWeighed">True where its branch is known by its headers to come near the tip's work.</param>
    /// <param name="cancellation">Stops waiting.</param>
    private protected async ValueTask<ShareResult> TakeAsync(
        ShareBlock share, bool isWeighed, CancellationToken cancellation)
    {
        // The mainchain first: its race is lost within moments, and waits for no store. Whoever brought it may hang up meanwhile.
        var offering = OfferMainBlockAsync(share.Id, share.Header, share.Proof);
        return await TakeAsync(share, isWeighed, offering, cancellation).ConfigureAwait(false);
    }

    /// <summary>As the other, of a share whose mainchain block is being offered already.</summary>
    /// <param name="share">The share.</param>
    /// <param name="isWeighed">True where its branch is known by its headers to come near the tip's work.</param>
    /// <param name="offering">See <see cref="OfferMainBlockAsync"/>.</param>
    /// <param name="cancellation">Stops waiting.</param>
    private protected async ValueTask<ShareResult> TakeAsync(
        ShareBlock share, bool isWeighed, Task<MainOffer> offering, CancellationToken cancellation)
    {
        ShareResult result;
        try
        {
            result = await TakeShareAsync(share, isWeighed, cancellation).ConfigureAwait(false);
        }
        finally
        {
            await ((Task)offering).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return Told(result, share.Header, share.Proof, await offering.ConfigureAwait(false));
    }

    // Where another node's miner found it, what its mainchain made of it is seen by the mainchain here.
    private ShareResult Told(ShareResult result, ShareHeader header, WorkProof proof, MainOffer offer)
    {
        if (result.Code is SubmitCode.Accepted or SubmitCode.SideChain && offer is { Block: { } block, Result: null }
            && _view.Find(proof.MainHeader.Previous) is { } previous)
        {
            _found.Add(block, previous.Height + 1, result.Id, (int)header.Height, result.IsWeak, offered: null);
        }

        return result with { MainBlock = offer.Block, MainResult = offer.Result };
    }

    private async ValueTask<ShareResult> TakeShareAsync(ShareBlock share, bool isWeighed, CancellationToken cancellation)
    {
        // Work first: nobody makes this node ask the mainchain about headers without it.
        var fault = ShareChecks.CheckWork(share.Header, share.Proof, Profile);
        if (fault == ShareRefusal.WorkTooLow && Profile.Weak is not null)
        {
            return await TakeWeakAsync(share, cancellation).ConfigureAwait(false);
        }

        fault = fault != ShareRefusal.None || share.Named.IsEmpty ? fault : ShareChecks.CheckIdentity(share, Profile);
        if (fault != ShareRefusal.None)
        {
            return new ShareResult(share.Id, SubmitCode.Refused, fault, fault.Code());
        }

        // Its place next: whoever is asked about the mainchain is asked for work of the price that is due here.
        var place = Ask(core => core.Chain.CheckPlace(share, isWeighed));
        if (!place.IsValid)
        {
            // The chain itself remembers what builds on an invalid share, for what builds on that in turn.
            if (place.Refusal == ShareRefusal.ParentInvalid && Ask(core => core.Chain.MayWait(share.Header)))
            {
                return await TakeInTurnAsync(share, isWeighed, cancellation).ConfigureAwait(false);
            }

            // Only what lacks its parent waits here; a branch that is too light is told so as it stands, and nobody is asked.
            if (place.Refusal != ShareRefusal.ParentUnknown)
            {
                return new ShareResult(share.Id, SubmitCode.Refused, place.Refusal, place.ToString());
            }

            // One that may not even wait is said to have to: its branch is known by its headers sooner.
            var mayWait = Ask(core => core.Chain.MayWait(share.Header));
            if (mayWait)
            {
                // False bytes under a right header would keep the right ones out.
                fault = ShareChecks.CheckIdentity(share, Profile);
                if (fault != ShareRefusal.None)
                {
                    return new ShareResult(share.Id, SubmitCode.Refused, fault, fault.Code());
                }

                // The own mainchain alone is asked, for work near the price that is due here: when the parent comes nothing is
                // missing.
                foreach (var previous in PreviousOf(share))
                {
                    await _view.LearnAsync(previous, cancellation).ConfigureAwait(false);
                }

                await LearnFactsAsync(share, cancellation).ConfigureAwait(false);
            }

            if (!mayWait || WaitForParent(share))
            {
                return new ShareResult(share.Id, SubmitCode.Deferred, place.Refusal, place.ToString());
            }
        }

        foreach (var previous in PreviousOf(share))
        {
            await _view.LearnFromAsync(previous, AskMainHeaderAsync, Now, cancellation).ConfigureAwait(false);
        }

        await LearnFactsAsync(share, cancellation).ConfigureAwait(false);
        return await TakeInTurnAsync(share, isWeighed, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<ShareResult> TakeInTurnAsync(ShareBlock share, bool isWeighed, CancellationToken cancellation)
    {
        var result = await SubmitBlockAsync(share, isWeighed, cancellation).ConfigureAwait(false);
        if (result.IsAccepted && _weak.WaitingCount > 0)
        {
            _waiting.Call();
        }

        return new ShareResult(share.Id, result.Code, RefusalOf(result), result.Detail);
    }

    // What the mainchain is asked about a share is looked up before the share's turn: then nobody waits for it.
    private async ValueTask LearnFactsAsync(ShareBlock share, CancellationToken cancellation)
    {
        var previous = share.Proof.MainHeader.Previous;
        if (_view.Find(previous) is not { } from)
        {
            return;
        }

        foreach (var height in Ask(core => core.Chain.HeightsAsked(share, from.Height)))
        {
            await _view.LearnAncestorsAsync(previous, height, cancellation).ConfigureAwait(false);
        }

        foreach (var late in LateRegistration.ReadAll(share))
        {
            await _view.LearnAsync(late.Header.Previous, cancellation).ConfigureAwait(false);
        }
    }

    // It joins no chain: it waits for a block that names it. Its own transactions are nobody's.
    private async ValueTask<ShareResult> TakeWeakAsync(ShareBlock share, CancellationToken cancellation)
    {
        var fault = ShareChecks.CheckWeak(share, Profile);
        return fault != ShareRefusal.None
            ? new ShareResult(share.Id, SubmitCode.Refused, fault, fault.Code())
            : await TakeWeakAsync(NamedShare.Of(share), true, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<ShareResult> TakeWeakAsync(NamedShare share, bool isWorkChecked, CancellationToken cancellation)
    {
        var result = await _weak.TakeAsync(share, isWorkChecked, Now, cancellation).ConfigureAwait(false);
        if (result.Code == SubmitCode.Deferred)
        {
            _waiting.Call();
        }

        return result;
    }

    // Of the share itself and of those that it names.
    private static IEnumerable<BlockId> PreviousOf(ShareBlock share) => share.Named
        .Select(named => named.Proof.MainHeader.Previous).Append(share.Proof.MainHeader.Previous).Distinct();

    /// <inheritdoc/>
    public ValueTask<BlockHeader?> GetMainHeaderAsync(BlockId id, CancellationToken cancellation = default) =>
        _view.HeaderAsync(id, cancellation);

    /// <inheritdoc/>
    public ValueTask<NextPayout> GetNextPayoutAsync(CancellationToken cancellation = default) =>
        ValueTask.FromResult(Ask(core =>
        {
            var state = core.Chain.State;
            var total = state.MatureUnits;
            var draws = ImmutableArray.CreateBuilder<PayoutDraw>();
            for (var i = 0; total > 0 && i < state.Profile.Winners; i++)
            {
                draws.Add(new PayoutDraw(i, Draws.Unit(state.Tip, i, total), state.Draw(i)));
            }

            return new NextPayout(state.Tip, state.Height + 1, total, draws.ToImmutable())
            {
                Holders = state.Payees is Payees.Weighed weighed ? weighed.Holders : [],
                WindowStart = state.WindowStart,
            };
        }));

    /// <inheritdoc/>
    public ValueTask<ShareHolders> GetHoldersAsync(CancellationToken cancellation = default)
    {
        // All outputs may have to be looked at, so it is done once a tip, whoever asks.
        var known = _holders;
        if (known is null || Ask(core => core.Chain.State.Tip) != known.Tip)
        {
            _holders = known = Ask(core =>
            {
                var state = core.Chain.State;
                var holders = state.Holders();
                return new ShareHolders(
                    state.Tip, state.Height, state.MatureUnits, holders.Length, [.. holders.Take(ShareHolders.Most)]);
            });
        }

        return ValueTask.FromResult(known);
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<NamedShare>> GetWeakAsync(CancellationToken cancellation = default) =>
        ValueTask.FromResult(_weak.Nameable(Read(core => core.Head.Height)));

    /// <inheritdoc/>
    public virtual async ValueTask<ShareResult> SubmitWeakAsync(NamedShare share, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(share);
        if (Profile.Weak is null)
        {
            return new ShareResult(share.Id, SubmitCode.Refused, ShareRefusal.WorkTooLow, $"{Name} has no weak shares.");
        }

        // Of a template that was given out here too, the block it may be is offered from here as well.
        var offering = OfferMainBlockAsync(share.Id, share.Header, share.Proof);
        var result = await TakeWeakAsync(share, false, cancellation).ConfigureAwait(false);
        return Told(result, share.Header, share.Proof, await offering.ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async ValueTask<LateStanding> CheckLateAsync(LateRegistration late, CancellationToken cancellation = default)
    {
        var rule = Profile.Late ?? throw new NotSupportedException($"Late work is not registered on {Name}.");
        var tip = new BlockId((await _main.GetTipAsync(cancellation).ConfigureAwait(false)).Id);
        await _view.LearnAsync(tip, cancellation).ConfigureAwait(false);
        await _view.LearnAsync(late.Header.Previous, cancellation).ConfigureAwait(false);
        if (_view.Find(tip) is not { } from)
        {
            throw new ChainUnavailableException("The mainchain's newest block is not known here yet.");
        }

        var height = LateChecks.HeightOf(late, from, rule);
        await _view.LearnAncestorsAsync(tip, Math.Max(0, (height ?? from.Height) - 1), cancellation).ConfigureAwait(false);
        var refusal = LateChecks.Check(late, from, rule, _view, out var work);
        return new LateStanding(
            refusal, work, height, from.Height, Ask(core => core.Chain.State.IsRegistered(late.Header.Id)));
    }

    /// <inheritdoc/>
    public async ValueTask<LateStanding> CarryLateAsync(LateRegistration late, CancellationToken cancellation = default)
    {
        if (Profile is { Uncles: not null } or { Weak: not null })
        {
            throw new NotSupportedException($"A sharebase of {Name} has to be short: register it by a transaction.");
        }

        var standing = await CheckLateAsync(late, cancellation).ConfigureAwait(false);
        if (standing is { Refusal: LateRefusal.None, IsRegistered: false, Work: { } work })
        {
            _late.Add(late, work.MainHeight + Profile.Late!.Window);
        }

        return standing;
    }

    /// <inheritdoc/>
    public ValueTask<ShareLife> GetLifeAsync(int root, CancellationToken cancellation = default)
    {
        var profile = Profile;
        return ValueTask.FromResult(Ask(core => ShareLife.Of(profile, core.Chain.TipNode, root)));
    }

    /// <inheritdoc/>
    public ValueTask<PastLife?> GetPastLifeAsync(int root, int height, CancellationToken cancellation = default)
    {
        // A node of the tree never changes: what is reckoned from it holds nobody up.
        var (profile, at) = (Profile, Ask(core => core.Chain.TipNode.Ancestor(height)));
        return ValueTask.FromResult<PastLife?>(
            at is null ? null : new PastLife(
                ShareLife.Of(profile, at, root), ShareChain.MedianTimeOf(at), at.Id, at.Parent?.Id ?? default));
    }

    /// <inheritdoc/>
    public ValueTask<ShareDirectory> GetDirectoryAsync(CancellationToken cancellation = default) =>
        ValueTask.FromResult(Ask(core =>
        {
            var state = core.Chain.State;
            var main = core.Chain.TipNode.Item.HighestMainHeight;
            return new ShareDirectory(state.Tip, state.Height, main, state.Directory(main), [.. state.Authorities(main)]);
        }));

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<FoundBlock>> GetFoundAsync(CancellationToken cancellation = default) =>
        ValueTask.FromResult(_found.All);

    /// <inheritdoc/>
    public ValueTask<ShareFigures> GetFiguresAsync(CancellationToken cancellation = default) =>
        ValueTask.FromResult(Ask(core =>
        {
            var chain = core.Chain;
            return new ShareFigures(
                chain.State.Supply, chain.State.MatureUnits, chain.State.CoinCount,
                chain.TipNode.Item.NextBits(chain.Profile), chain.TipNode.Item.MainHeight);
        }));

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);

        // The store is let go of whatever else fails: a folder that stays locked keeps the next run from it.
        try
        {
            await using (_waiting.ConfigureAwait(false))
            {
                await EndOffersAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            await base.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task EndOffersAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await using (_found.ConfigureAwait(false))
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await _offers.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _stop.Dispose();
    }

    /// <summary>Asks the sharechain's own core; see <see cref="ChainNode{TBlock}"/>.</summary>
    private protected T Ask<T>(Func<ShareCore, T> ask) => Read(core => ask((ShareCore)core));

    private static ShareRefusal RefusalOf(CoreResult result) =>
        result.Refusal is ShareCoreRefusal refusal ? refusal.Verdict.Refusal : ShareRefusal.None;

    /// <summary>Asks others for a mainchain header that the mainchain here does not know; what they say is checked.</summary>
    private protected virtual ValueTask<BlockHeader?> AskMainHeaderAsync(BlockId id, CancellationToken cancellation) =>
        ValueTask.FromResult<BlockHeader?>(null);

    private static Hash256 KeyOf(BlockId previous, ImmutableArray<Hash256> branch)
    {
        var writer = new Market.Bitcoin.Encoding.ByteWriter(32 + 32 * branch.Length).Hash256(previous.Value);
        foreach (var hash in branch)
        {
            writer.Hash256(hash);
        }

        return Hash256.DoubleSha256(writer.Written);
    }

    /// <summary>
    /// Offers the mainchain block that a share's work may be enough for, at once; nobody's hanging up stops it. A share that lost
    /// its own race may still be a block, and so may one that has to wait, or that breaks a rule of this chain: the
    /// mainchain asks for its own work alone. Without a template of here behind it nothing is offered.
    /// </summary>
    private protected async Task<MainOffer> OfferMainBlockAsync(ShareId id, ShareHeader share, WorkProof proof)
    {
        var header = proof.MainHeader;
        if (!header.MeetsOwnTarget)
        {
            return new MainOffer(null, null);
        }

        if (!_templates.TryGet(KeyOf(header.Previous, proof.Branch), out var parts)
            || header.Bits != parts.Bits || !proof.IsInMerkleRoot)
        {
            return new MainOffer(header.Id, null);
        }

        var coinbase = proof.MainCoinbase;
        var input = parts.HasWitness
            ? coinbase.Inputs[0] with { Witness = new Witness(new byte[Hash256.Length]) }
            : coinbase.Inputs[0];
        var whole = new Transaction(coinbase.Version, [input], coinbase.Outputs, coinbase.LockTime);
        var block = new Block(header, [whole, .. parts.Transactions]);
        _found.Add(header.Id, parts.Height, id, (int)share.Height, !share.Bits.IsMetBy(header.Id.Value), block);
        return new MainOffer(header.Id, await _offers.OfferAsync(block, CancellationToken.None).ConfigureAwait(false));
    }

    private async Task RetryAsync(CancellationToken cancellation)
    {
        foreach (var share in DeferredBlocks())
        {
            foreach (var previous in PreviousOf(share))
            {
                await _view.LearnAsync(previous, cancellation).ConfigureAwait(false);
            }

            await LearnFactsAsync(share, cancellation).ConfigureAwait(false);
        }

        await RetryDeferredAsync(cancellation).ConfigureAwait(false);
        await _weak.RetryAsync(Now, cancellation).ConfigureAwait(false);
    }

    /// <summary>When the time of the first share comes that is too far ahead, Unix seconds; null where none waits for time alone.
    /// </summary>
    internal long? NextDue
    {
        get
        {
            var (now, ahead) = (Now, Profile.MaxFutureSeconds);
            return DeferredBlocks()
                .SelectMany(share => share.Named.Select(named => named.Header.Time).Append(share.Header.Time))
                .Concat(_weak.WaitingTimes).Where(time => time > now + ahead).Select(time => (long?)time - ahead).Min();
        }
    }

    /// <summary>A mainchain block that a share's work is enough for.</summary>
    /// <param name="Block">Which; null where it is enough for none.</param>
    /// <param name="Result">How the mainchain took it; null where it was not offered from here.</param>
    private protected sealed record MainOffer(BlockId? Block, SubmitResult? Result);

    private sealed record MainParts(
        ImmutableArray<Transaction> Transactions, bool HasWitness, CompactTarget Bits, int Height);
}
