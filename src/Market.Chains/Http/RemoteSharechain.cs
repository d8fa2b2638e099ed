using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Ledger;
using Market.Chains.Engine;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;

namespace Market.Chains.Http;

/// <summary>
/// A sharechain followed over any number of nodes' interfaces and validated here, share by share: the best chain of all is
/// followed, and one node that withholds, lies, hangs or is away stops nobody. Templates are built here from what was
/// validated; transactions and shares are offered to every node.
/// </summary>
public sealed class RemoteSharechain : ShareNode, IFollowed, ISourced
{
    /// <summary>Nodes followed at most.</summary>
    public const int MostSources = 16;

    /// <summary>A node on another branch than the best is another's opinion from so many blocks on.</summary>
    public const int Tolerated = 6;

    private const int MainTries = 100;
    private static readonly TimeSpan MainPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan OthersPatience = TimeSpan.FromSeconds(5);

    private readonly ImmutableArray<Follower> _followers;
    private readonly bool _isNode;

    private RemoteSharechain(
        IReadOnlyList<HttpClient> sources, ShareCore core, IMainchain main, MainView view, TimeProvider clock,
        FollowerOptions options)
        : base(core, main, view, clock, new MempoolLimits())
    {
        _isNode = options.IsNode;
        _followers = [.. sources.Select(http => new Follower(
            this, http, ChainKind.Sharechain, options, clock, Profile.Name))];
    }

    /// <summary>How it stands with the node that stands best.</summary>
    public FollowerStatus Status => _followers.Select(follower => follower.Status)
        .OrderByDescending(status => status.IsLive).ThenByDescending(status => status.LastHeard).First();

    /// <inheritdoc/>
    public ImmutableArray<SourceHead> Sources => [.. _followers.Select(follower => follower.Head)];

    /// <summary>Opens the chain from its own store and begins to follow one node.</summary>
    /// <param name="http">Knows the server's address; not disposed.</param>
    /// <param name="profile">Which chain: decided here, never by the server.</param>
    /// <param name="scripts">Verifies scripts.</param>
    /// <param name="store">Its blocks; disposed with it.</param>
    /// <param name="main">The mainchain, validated here as well; not disposed.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="options">How it keeps up.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static Task<RemoteSharechain> OpenAsync(
        HttpClient http, SharechainProfile profile, IScriptRules scripts, IBlockStore store, IMainchain main,
        TimeProvider clock, FollowerOptions? options = null, CancellationToken cancellation = default) =>
        OpenAsync([http], profile, scripts, store, main, clock, options, cancellation);

    /// <summary>Opens the chain from its own store and begins to follow every node.</summary>
    /// <param name="sources">Each knows a node's address; not disposed.</param>
    /// <param name="profile">Which chain: decided here, never by a node.</param>
    /// <param name="scripts">Verifies scripts.</param>
    /// <param name="store">Its blocks; disposed with it.</param>
    /// <param name="main">The mainchain, validated here as well; not disposed.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="options">How it keeps up.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<RemoteSharechain> OpenAsync(
        IReadOnlyList<HttpClient> sources, SharechainProfile profile, IScriptRules scripts, IBlockStore store, IMainchain main,
        TimeProvider clock, FollowerOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sources.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sources.Count, MostSources);
        var chain = await Task.Run(
            () =>
            {
                var view = new MainView(main, clock);
                return new RemoteSharechain(
                    sources, new ShareCore(profile, scripts, store, view), main, view, clock,
                    options ?? new FollowerOptions());
            },
            cancellation).ConfigureAwait(false);
        foreach (var follower in chain._followers)
        {
            follower.Start();
        }

        return chain;
    }

    /// <summary>Returns when it has a node's tip, and those of the others that answer soon: one that hangs is not waited for.
    /// </summary>
    public async Task WaitLiveAsync(CancellationToken cancellation = default)
    {
        using var enough = new TimeLimit(Clock, Timeout.InfiniteTimeSpan, cancellation);
        var waits = _followers.Select(follower => follower.WaitLiveAsync(enough.Token)).ToList();
        await (await Task.WhenAny(waits).ConfigureAwait(false)).ConfigureAwait(false);
        enough.EndIn(OthersPatience);
        await Task.WhenAll(waits).ContinueWith(
            _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)
            .ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public override async ValueTask<ImmutableArray<Transaction>> FindUnconfirmedAsync(
        MempoolQuery query, CancellationToken cancellation = default)
    {
        using var patience = new TimeLimit(Clock, OthersPatience, cancellation);
        try
        {
            await Task.WhenAll(_followers.Select(follower => follower.HearUnconfirmedAsync(query, patience.Token).AsTask()))
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // One that hangs is not waited for: what the others said is here.
        }

        return await base.FindUnconfirmedAsync(query, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask<BroadcastResult> BroadcastAsync(
        Transaction transaction, CancellationToken cancellation = default) => _isNode
        ? PassOn(transaction, await base.BroadcastAsync(transaction, cancellation).ConfigureAwait(false))
        : await ToAllAsync(transaction, cancellation).ConfigureAwait(false);

    /// <inheritdoc/>
    public override async ValueTask<BroadcastResult> RelayAsync(
        Transaction transaction, CancellationToken cancellation = default) => _isNode
        ? PassOn(transaction, await base.RelayAsync(transaction, cancellation).ConfigureAwait(false))
        : await ToAllAsync(transaction, cancellation).ConfigureAwait(false);

    private BroadcastResult PassOn(Transaction transaction, BroadcastResult own)
    {
        if (own.Code == BroadcastCode.Accepted)
        {
            Forget(ToAllAsync(transaction, CancellationToken.None).AsTask());
        }

        return own;
    }

    private ValueTask<BroadcastResult> ToAllAsync(Transaction transaction, CancellationToken cancellation) => Broadcasts.ToAllAsync(
        transaction,
        [
            .. _followers.Select(follower => (
                follower.Source,
                (Func<CancellationToken, ValueTask<BroadcastResult>>)(limit => follower.BroadcastAsync(transaction, limit)))),
        ],
        Clock,
        cancellation);

    /// <inheritdoc/>
    public override async ValueTask<ShareResult> SubmitShareAsync(
        ShareBlock share, CancellationToken cancellation = default)
    {
        if (_isNode)
        {
            var taken = await base.SubmitShareAsync(share, cancellation).ConfigureAwait(false);
            if (taken.Code is SubmitCode.Accepted or SubmitCode.SideChain)
            {
                Forget(OfferAsync(share, taken.IsWeak, CancellationToken.None).AsTask());
            }

            return taken;
        }

        // A mainchain block is the own mainchain's at once, whatever the nodes say, and where none of them is there. The share goes
        // to the nodes before it is taken here: known here alone, because the way to them broke, it would lead work astray.
        var offering = OfferMainBlockAsync(share.Id, share.Header, share.Proof);
        var isWeak = Profile.Weak is not null && !share.Header.Bits.IsMetBy(share.Proof.MainHeader.Id.Value)
            && ShareChecks.CheckWeak(share, Profile) == ShareRefusal.None;
        SubmitPayload answer;
        try
        {
            answer = await OfferAsync(share, isWeak, cancellation).ConfigureAwait(false);
        }
        catch
        {
            Forget(offering);
            throw;
        }

        if (answer.Code == SubmitCode.Refused)
        {
            var (block, taken) = await offering.ConfigureAwait(false);
            return new ShareResult(share.Id, answer.Code, RefusalOf(answer.Refusal), answer.Detail, block, taken);
        }

        var own = await TakeAsync(share, false, offering, cancellation).ConfigureAwait(false);
        return own.Code == SubmitCode.Refused ? own : own with { Code = answer.Code, Detail = answer.Detail };
    }

    /// <inheritdoc/>
    public override async ValueTask<ShareResult> SubmitWeakAsync(NamedShare share, CancellationToken cancellation = default)
    {
        var taken = await base.SubmitWeakAsync(share, cancellation).ConfigureAwait(false);
        if (_isNode && taken.Code == SubmitCode.SideChain)
        {
            Forget(OfferAsync(share, CancellationToken.None).AsTask());
        }

        return taken;
    }

    /// <inheritdoc/>
    public ValueTask<string?> FindDisagreementAsync(CancellationToken cancellation = default) =>
        ValueTask.FromResult(Read(core =>
        {
            foreach (var follower in _followers)
            {
                var status = follower.Status;
                if (status is { IsLight: true, Tip: { } light })
                {
                    return $"{follower.Source} follows another sharechain than the best one, of far less work: its tip is "
                        + $"{light.Id} at height {light.Height}.";
                }

                if (status is { IsLive: true, Tip: { } tip } && core.Locate(tip.Id) is { OnBestChain: false } place
                    && core.Head.Height - ForkOf(core, place).Height >= Tolerated)
                {
                    return $"{follower.Source} follows another sharechain than the best one: its tip {tip.Id} at height "
                        + $"{tip.Height} left it {core.Head.Height - ForkOf(core, place).Height} blocks ago.";
                }
            }

            return null;
        }));

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        try
        {
            foreach (var follower in _followers)
            {
                await follower.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            await base.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static BlockRef ForkOf(IChainCore<ShareBlock> core, BlockPlace place)
    {
        while (!place.OnBestChain && core.Locate(place.Parent) is { } parent)
        {
            place = parent;
        }

        return place.Block;
    }

    // Of a weak share goes what its namer needs, which is short whatever its transactions are.
    private ValueTask<SubmitPayload> OfferAsync(ShareBlock share, bool isWeak, CancellationToken cancellation)
    {
        if (isWeak)
        {
            return OfferAsync(NamedShare.Of(share), cancellation);
        }

        var bytes = share.ToArray();
        return FirstTakenAsync(_followers.Select(follower => follower.Client.SubmitAsync(bytes, cancellation).AsTask()));
    }

    private ValueTask<SubmitPayload> OfferAsync(NamedShare share, CancellationToken cancellation)
    {
        var bytes = share.ToArray();
        return FirstTakenAsync(_followers.Select(follower => follower.Client.SubmitWeakAsync(bytes, cancellation).AsTask()));
    }

    // What one node takes is taken; the first refusal counts where none does.
    private static async ValueTask<SubmitPayload> FirstTakenAsync(IEnumerable<Task<SubmitPayload>> offers)
    {
        var waiting = offers.ToList();
        SubmitPayload? refusal = null;
        ChainUnavailableException? failure = null;
        while (waiting.Count > 0)
        {
            var answered = await Task.WhenAny(waiting).ConfigureAwait(false);
            waiting.Remove(answered);
            try
            {
                var answer = await answered.ConfigureAwait(false);
                if (answer.Code != SubmitCode.Refused)
                {
                    waiting.ForEach(Forget);
                    return answer;
                }

                refusal ??= answer;
            }
            catch (ChainUnavailableException error)
            {
                failure = error;
            }
        }

        return refusal ?? throw failure!;
    }

    // Others are still sent it; what they make of it changes nothing any more.
    private static void Forget(Task offer) => offer.ContinueWith(
        done => _ = done.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    private static ShareRefusal RefusalOf(string? code) =>
        Array.Find(Enum.GetValues<ShareRefusal>(), refusal => refusal.Code() == code);

    IReadOnlyList<Hash256> IFollowed.Locator() => BuildLocator();

    bool IFollowed.Knows(Hash256 id) => Read(core => core.Locate(id) is not null);

    (Hash256 Id, Hash256 Parent)? IFollowed.CheckHeader(ReadOnlyMemory<byte> bytes) =>
        ReadHeader(bytes) is var (header, proof) && ShareChecks.CheckWork(header, proof, Profile) == ShareRefusal.None
            ? (ShareId.Of(header, proof.MainHeader).Value, header.Parent.Value)
            : null;

    // All nodes at once, and the first that has it: what any of them says is checked, and one that hangs is not waited for.
    private protected override async ValueTask<BlockHeader?> AskMainHeaderAsync(
        BlockId id, CancellationToken cancellation)
    {
        using var enough = new TimeLimit(Clock, OthersPatience, cancellation);
        var asked = _followers.Select(follower => follower.Client.MainHeaderAsync(id, enough.Token).AsTask()).ToList();
        try
        {
            while (asked.Count > 0)
            {
                var answered = await Task.WhenAny(asked).ConfigureAwait(false);
                asked.Remove(answered);
                if (await answered.ConfigureAwait(false) is { } header)
                {
                    return header;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Nobody had it in time: the share that needs it waits, and is asked for again.
        }
        finally
        {
            await enough.EndAsync().ConfigureAwait(false);
            asked.ForEach(Forget);
        }

        return null;
    }

    // A share may be heard of before the mainchain block that it builds on: its header is asked for, or waited for a while.
    async ValueTask<SubmitResult> IFollowed.TakeAsync(
        ReadOnlyMemory<byte> bytes, Hash256 expected, CancellationToken cancellation)
    {
        if (!ShareBlock.TryParse(bytes, out var share, out var error))
        {
            return new SubmitResult(default, SubmitCode.Refused, $"the bytes are no share: {error}");
        }

        if (share.Id.Value != expected)
        {
            return new SubmitResult(share.Id.Value, SubmitCode.Refused, "it is not the share that was asked for");
        }

        var result = await TakeAsync(share, true, cancellation).ConfigureAwait(false);
        for (var tries = MainTries; tries > 0 && result.Refusal == ShareRefusal.MainPreviousUnknown; tries--)
        {
            await Task.Delay(MainPause, Clock, cancellation).ConfigureAwait(false);
            result = await TakeAsync(share, true, cancellation).ConfigureAwait(false);
        }

        return new SubmitResult(share.Id.Value, result.Code, result.Detail);
    }

    bool IFollowed.HasWeak => Profile.Weak is not null;

    async ValueTask<(WeakTaken Taken, Hash256 Id)> IFollowed.TakeWeakAsync(
        ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (!NamedShare.TryParse(bytes, out var share, out _))
        {
            return (WeakTaken.Refused, Hash256.Zero);
        }

        // Heard of a server that follows others, or is followed: they hear of it from here by the events, each once.
        var result = await base.SubmitWeakAsync(share, cancellation).ConfigureAwait(false);
        var taken = result switch
        {
            { Code: SubmitCode.Duplicate } => WeakTaken.Known,
            { IsSuccess: true } => WeakTaken.Kept,
            { Code: SubmitCode.Deferred } or { Refusal: ShareRefusal.NamedTooDeep or ShareRefusal.NamedTwice } => WeakTaken.Useless,
            _ => WeakTaken.Refused,
        };
        return (taken, share.Id.Value);
    }

    async ValueTask<BroadcastCode> IFollowed.TakeTransactionAsync(Transaction transaction, CancellationToken cancellation) =>
        (await AddToMempoolAsync(transaction, cancellation).ConfigureAwait(false)).Code;

    IScale? IFollowed.Weigh(Hash256 parent) =>
        Ask(core => core.Chain.Weigh(new ShareId(parent))) is { } scale ? new Scale(this, scale) : null;

    private static (ShareHeader Header, WorkProof Proof)? ReadHeader(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        var header = ShareHeader.Read(ref reader);
        var proof = header is null ? null : WorkProof.Read(ref reader);
        reader.ExpectEnd();
        return !reader.Failed && header is not null && proof is not null ? (header, proof) : null;
    }

    private sealed class Scale(RemoteSharechain chain, HeaderScale headers) : IScale
    {
        public Hash256 Tip => headers.Tip.Value;

        public bool IsNear => chain.Ask(core => core.Chain.IsNear(headers.ChainWork));

        public ScaleResult Add(ReadOnlyMemory<byte> bytes) => ReadHeader(bytes) is not var (header, proof)
            ? ScaleResult.Refused
            : headers.Add(header, proof, chain.Now) switch
            {
                ShareRefusal.None => ScaleResult.Added,
                ShareRefusal.TimeTooFarAhead => ScaleResult.Later,
                _ => ScaleResult.Refused,
            };
    }
}
