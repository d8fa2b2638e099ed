using System.Globalization;
using Market.Bitcoin;
using Market.Chains;
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
/// Judges one chain by what its node shows over time: no answer, no block for far longer than the spacing warrants, a tip whose
/// own time is far behind the clock, trouble that the node admits, and another node that sees another chain. Not safe for several
/// threads.
/// </summary>
/// <param name="chain">The chain.</param>
/// <param name="name">Its wire name.</param>
/// <param name="spacing">Seconds between blocks that it aims at.</param>
/// <param name="second">Another node of the same chain; null where none is configured.</param>
/// <param name="clock">Tells the time.</param>
public sealed class ChainSight(IChain chain, ChainName name, int spacing, IChain? second, TimeProvider clock)
{
    /// <summary>Looks in a row that may fail or disagree: answers get lost, and tips differ for a moment.</summary>
    public const int MostMissed = 3;

    /// <summary>Spacings without a block after which the node, not luck, is the reason: the chance is e^-15.</summary>
    public const int LagSpacings = 15;

    /// <summary>How far a block's own time may be off, in spacings: Bitcoin's two hours.</summary>
    public const int TimeSpacings = 12;

    /// <summary>Blocks at the tip on which two nodes may differ.</summary>
    public const int TipDepth = 3;

    /// <summary>No chain is judged faster than this, however fast its blocks should come.</summary>
    public static readonly TimeSpan LeastLag = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private Hash256? _tip;
    private DateTimeOffset _moved = clock.GetUtcNow();
    private int _missed;
    private int _apart;

    /// <summary>The wire name.</summary>
    public ChainName Name => name;

    /// <summary>The longest that no block may come.</summary>
    public TimeSpan Lag { get; } = TimeSpan.FromSeconds(Math.Max(LagSpacings * spacing, LeastLag.TotalSeconds));

    private string Kind => name == ChainName.Sharechain ? "sharechain" : "mainchain";

    /// <summary>Looks once.</summary>
    /// <returns>Null where nothing new can be said: the last verdict stands.</returns>
    public async Task<ChainVerdict?> LookAsync(CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        try
        {
            var head = await chain.GetTipAsync(patience.Token);
            var trouble = await chain.GetTroubleAsync(patience.Token);
            var verdict = JudgeTime(head) ?? JudgeNode(trouble) ?? await CompareAsync(head, patience.Token);
            _missed = 0;
            return verdict;
        }
        catch (Exception e) when (e is ChainUnavailableException or OperationCanceledException or InvalidOperationException)
        {
            return ++_missed < MostMissed
                ? null
                : new ChainVerdict(Health.Down, $"The node of the {Kind} does not answer.");
        }
    }

    private ChainVerdict? JudgeTime(ChainHead head)
    {
        var now = clock.GetUtcNow();
        if (_tip != head.Id)
        {
            _tip = head.Id;
            _moved = now;
        }
        if (now - _moved > Lag) return Lagging($"no block since {Words(_moved)}");
        // A chain without a block has a genesis of whatever age; nothing on it can be traded.
        var time = DateTimeOffset.FromUnixTimeSeconds(head.Time);
        return head.Height > 0 && now - time > Lag + TimeSpan.FromSeconds(TimeSpacings * spacing)
            ? Lagging($"its newest block is of {Words(time)}")
            : null;
    }

    private ChainVerdict? JudgeNode(string? trouble) => trouble is null ? null : Lagging(trouble);

    /// <summary>Another node must know the same blocks but for the newest few, and not be far ahead.</summary>
    private async Task<ChainVerdict?> CompareAsync(ChainHead head, CancellationToken stop)
    {
        if (second is null) return ChainVerdict.Live;
        var other = await second.GetTipAsync(stop);
        var common = Math.Min(head.Height, other.Height) - TipDepth;
        var forked = common >= 0
            && await chain.GetBlockIdAsync(common, stop) is { } here
            && await second.GetBlockIdAsync(common, stop) is { } there && here != there;
        var behind = other.Height - head.Height > TipDepth;
        _apart = forked || behind ? _apart + 1 : 0;
        return (_apart, forked) switch
        {
            (0, _) => ChainVerdict.Live,
            ( < MostMissed, _) => null,
            (_, true) => new ChainVerdict(Health.Down, $"Two nodes of the {Kind} disagree about its blocks."),
            _ => Lagging("another node is blocks ahead"),
        };
    }

    private ChainVerdict Lagging(string why) => new(Health.Lagging, $"The {Kind} lags: {why}.");

    private static string Words(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
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

    /// <summary>Keeps a verdict.</summary>
    public void Set(ChainName name, ChainVerdict verdict)
    {
        lock (_gate) _verdicts[name] = verdict;
    }
}
