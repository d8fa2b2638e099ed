using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Watching;
using Market.Chains;
using Market.Chains.Watching;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Agent;

/// <summary>
/// One chain as the driver sees it. Each look is bounded in time, so that a chain that hangs holds up nothing but itself (law
/// 8), and what was seen last stays.
/// </summary>
/// <param name="chain">The chain.</param>
/// <param name="pace">How it moves.</param>
/// <param name="options">How long a look may take.</param>
/// <param name="sources">What other sources of the chain show beside a tip; null where there are none to ask.</param>
/// <param name="time">The clock.</param>
internal sealed class ChainLane(
    IChain chain, ChainPace pace, AgentOptions options, Func<IChain, ChainHead, CancellationToken, ValueTask<ChainLook>>? sources,
        TimeProvider time)
{
    private readonly ChainFollower _follower = new(chain);
    private readonly ShareLives? _shares = ShareLives.Of(chain);
    private IReadOnlyDictionary<OutPoint, long> _lives = ImmutableDictionary<OutPoint, long>.Empty;
    private IReadOnlyDictionary<OutPoint, int> _roots = ImmutableDictionary<OutPoint, int>.Empty;
    private ChainHead? _head;
    private IWatchView _view = WatchView.Empty;
    private readonly SideQuestion _fees = new($"The {chain.Kind} does not say what a transaction should pay", options, time);
    private readonly SideQuestion _others = new($"Nobody says whether the {chain.Kind} is up to date", options, time);
    private FeeRate? _estimate;
    private bool _current;
    private ChainFreshness _freshness = ChainFreshness.Start(pace.SpacingSeconds, Now(time));
    private Task? _pending;

    /// <summary>The chain.</summary>
    public IChain Chain => chain;

    /// <summary>Why the last look failed, for people; null where it did not.</summary>
    public string? Trouble { get; private set; }

    /// <summary>True where the chain was seen at least once.</summary>
    public bool WasSeen => _head is not null;

    /// <summary>Scripts of which something was seen since they were taken here last.</summary>
    public HashSet<Script> Touched { get; } = [];

    /// <summary>Watches for a swap.</summary>
    public void Watch(WatchList list)
    {
        foreach (var script in list.Scripts)
        {
            _follower.Watch(script, list.FromHeight);
        }

        foreach (var outPoint in list.OutPoints)
        {
            _follower.Watch(outPoint, list.FromHeight);
        }
    }

    /// <summary>The swaps whose shares' lives are looked at with the chain, where shares expire.</summary>
    public Func<IEnumerable<AgentSwap>> Minds { get; init; } = () => [];

    /// <summary>Looks once, for a bounded time. A look that hangs is waited for before there is another.</summary>
    public async Task PollAsync(CancellationToken cancellation)
    {
        _pending = _pending is { IsCompleted: false } ? _pending : LookAsync(cancellation);
        try
        {
            await _pending.WaitAsync(options.ChainPatience, time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Fail($"The {chain.Kind} does not answer in time.");
        }
    }

    /// <summary>What the core is given.</summary>
    public ChainSight Sight() => new(
        _head is null ? default : new TipView(_head.Height, _head.MedianTimePast), _current,
            _others.Trouble ?? _freshness.Stale?.Words(chain.Kind) ?? _fees.Trouble, _estimate, _view)
    {
        Lives = _lives,
        Roots = _roots,
    };

    private async Task LookAsync(CancellationToken cancellation)
    {
        try
        {
            var seen = await _follower.PollAsync(cancellation).ConfigureAwait(false);
            await _fees.AskAsync(HearFeeAsync, cancellation).ConfigureAwait(false);
            await _others.AskAsync(limit => CompareAsync(seen.Head, limit), cancellation).ConfigureAwait(false);
            var (lives, roots) = await LookAtLivesAsync(seen.View, cancellation).ConfigureAwait(false);
            (_head, _view, _lives, _roots) = (seen.Head, seen.View, lives, roots);
            foreach (var happened in seen.Events)
            {
                Note(happened);
            }

            (_current, Trouble) = (true, _others.Trouble ?? _fees.Trouble);
        }
        catch (ChainUnavailableException e)
        {
            Fail(e.Message);
        }
    }

    private async Task<(Dictionary<OutPoint, long> Lives, Dictionary<OutPoint, int> Roots)> LookAtLivesAsync(
        IWatchView view, CancellationToken cancellation)
    {
        var (lives, roots) = (new Dictionary<OutPoint, long>(), new Dictionary<OutPoint, int>());
        if (_shares is null)
        {
            return (lives, roots);
        }

        foreach (var outPoint in Minds().SelectMany(own => AgentCore.Expiring(own, view)))
        {
            if (await _shares.OfAsync(outPoint, cancellation).ConfigureAwait(false) is { } life)
            {
                (lives[outPoint], roots[outPoint]) = (life.SureSeconds, life.Root);
            }
            else if (view.SpendOf(outPoint)?.Height is null
                && await _shares.IsGoneAsync(outPoint, cancellation).ConfigureAwait(false))
            {
                lives[outPoint] = ChainSight.Gone;
            }
        }

        return (lives, roots);
    }

    private async Task HearFeeAsync(CancellationToken cancellation) =>
        _estimate = await chain.EstimateFeeAsync(options.TargetBlocks, cancellation).ConfigureAwait(false);

    // It may ask the other chain, too: that one's silence must not hide what this one shows (law 8).
    private async Task CompareAsync(ChainHead head, CancellationToken cancellation)
    {
        var look = sources is null
            ? new ChainLook(head, await chain.GetTroubleAsync(cancellation).ConfigureAwait(false))
            : await sources(chain, head, cancellation).ConfigureAwait(false);
        _freshness = _freshness.After(look, Now(time));
    }

    private void Fail(string why) => (_current, Trouble) = (false, why);

    private static long Now(TimeProvider time) => time.GetUtcNow().ToUnixTimeSeconds();

    private void Note(WatchEvent happened)
    {
        if (happened is WatchEvent.Funded funded)
        {
            lock (Touched)
            {
                Touched.Add(funded.Script);
            }
        }
    }
}
