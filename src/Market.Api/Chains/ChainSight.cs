using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Watching;
using Market.Contracts;

namespace Market.Api.Chains;

/// <summary>Whether a chain can be traded on, and if not, why, for people.</summary>
/// <param name="Health">Live, lagging, or down where it does not answer or two sources disagree.</param>
/// <param name="Reason">Null while live. The same words while the same is wrong.</param>
public readonly record struct ChainVerdict(Health Health, string? Reason)
{
    /// <summary>All is well.</summary>
    public static ChainVerdict Live => new(Health.Live, null);
}

/// <summary>
/// Looks at one chain's node, and at another of the same chain where there is one, and judges what it sees by
/// <see cref="ChainFreshness"/>. Not safe for several threads.
/// </summary>
/// <param name="chain">The chain.</param>
/// <param name="name">Its wire name.</param>
/// <param name="spacing">Seconds between blocks that it aims at.</param>
/// <param name="second">Another node of the same chain; null where none is configured.</param>
/// <param name="clock">Tells the time.</param>
public sealed class ChainSight(IChain chain, ChainName name, int spacing, IChain? second, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private ChainFreshness _freshness = ChainFreshness.Start(spacing, clock.GetUtcNow().ToUnixTimeSeconds());

    /// <summary>The wire name.</summary>
    public ChainName Name => name;

    /// <summary>The longest that no block may come.</summary>
    public TimeSpan Lag => TimeSpan.FromSeconds(_freshness.Lag);

    /// <summary>Looks once.</summary>
    /// <returns>Null where nothing new can be said: the last verdict stands.</returns>
    public async Task<ChainVerdict?> LookAsync(CancellationToken stop)
    {
        var look = await SeeAsync(stop);
        _freshness = _freshness.After(look, clock.GetUtcNow().ToUnixTimeSeconds());
        return _freshness.IsDecided ? VerdictOf(_freshness.Stale) : null;
    }

    private ChainVerdict VerdictOf(StaleChain? stale) => stale is null
        ? ChainVerdict.Live
        : new ChainVerdict(
            stale.Code is StaleCode.NoAnswer or StaleCode.Disagreement ? Health.Down : Health.Lagging,
            stale.Words(chain.Kind));

    private async Task<ChainLook> SeeAsync(CancellationToken stop)
    {
        using var late = new CancellationTokenSource(Patience, clock);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stop);
        try
        {
            var head = await chain.GetTipAsync(patience.Token);
            return new ChainLook(
                head, await chain.GetTroubleAsync(patience.Token), await CompareAsync(head, patience.Token));
        }
        catch (Exception e) when (e is ChainUnavailableException or OperationCanceledException)
        {
            return ChainLook.NoAnswer;
        }
    }

    /// <summary>Another node must know the same blocks but for the newest few, and not be far ahead.</summary>
    private async Task<SecondSource?> CompareAsync(ChainHead head, CancellationToken stop)
    {
        if (second is null) return null;
        var other = await second.GetTipAsync(stop);
        var common = ChainFreshness.CommonHeight(head.Height, other.Height);
        var forked = common >= 0
            && await chain.GetBlockIdAsync(common, stop) is { } here
            && await second.GetBlockIdAsync(common, stop) is { } there && here != there;
        return new SecondSource(other.Height, forked);
    }
}

/// <summary>The newest verdict on each chain.</summary>
public sealed class ChainVerdicts
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ChainName, ChainVerdict> _verdicts = [];

    /// <summary>The verdict on a chain; live until one is known.</summary>
    public ChainVerdict Of(ChainName name)
    {
        lock (_gate) return _verdicts.GetValueOrDefault(name, ChainVerdict.Live);
    }

    /// <summary>True once something was said of a chain.</summary>
    public bool IsKnown(ChainName name)
    {
        lock (_gate) return _verdicts.ContainsKey(name);
    }

    /// <summary>Told after the first verdict on a chain, and after one became another: return quickly.</summary>
    public event Action<ChainName>? Changed;

    /// <summary>Keeps a verdict.</summary>
    public void Set(ChainName name, ChainVerdict verdict)
    {
        lock (_gate)
        {
            if (_verdicts.TryGetValue(name, out var before) && before == verdict) return;
            _verdicts[name] = verdict;
        }
        Changed?.Invoke(name);
    }
}
