using System.Globalization;
using Market.Bitcoin;

namespace Market.Chains.Watching;

/// <summary>Why a chain, as its node shows it, is not to be relied on.</summary>
public enum StaleCode
{
    /// <summary>The node does not answer.</summary>
    NoAnswer,

    /// <summary>No block came for far longer than the spacing warrants.</summary>
    NoBlock,

    /// <summary>The newest block's own time is far behind the clock.</summary>
    OldBlock,

    /// <summary>The node itself says that something is wrong with its view.</summary>
    Trouble,

    /// <summary>Another source has other blocks below the tip.</summary>
    Disagreement,

    /// <summary>Another source is blocks ahead.</summary>
    Behind,

    /// <summary>The mainchain block that the newest share builds on is not one of the own mainchain's.</summary>
    ForeignBase,
}

/// <summary>Why a chain is not to be relied on.</summary>
/// <param name="Code">The reason.</param>
/// <param name="Since">With NoBlock when the last came, with OldBlock that block's own time; Unix seconds.</param>
/// <param name="Detail">With Trouble the node's own words.</param>
public sealed record StaleChain(StaleCode Code, long? Since = null, string? Detail = null)
{
    /// <summary>A sentence for people.</summary>
    public string Words(ChainKind kind)
    {
        var chain = kind == ChainKind.Sharechain ? "sharechain" : "mainchain";
        return Code switch
        {
            StaleCode.NoAnswer => $"The node of the {chain} does not answer.",
            StaleCode.NoBlock => $"The {chain} lags: no block since {Time()}.",
            StaleCode.OldBlock => $"The {chain} lags: its newest block is of {Time()}.",
            StaleCode.Trouble => $"The {chain} lags: {Detail}.",
            StaleCode.Disagreement => $"Two nodes of the {chain} disagree about its blocks.",
            StaleCode.Behind => $"The {chain} lags: another node is blocks ahead.",
            StaleCode.ForeignBase => $"The {chain} builds on blocks that the own node of the mainchain does not have.",
            _ => throw new ArgumentOutOfRangeException(nameof(kind), Code, "No such reason."),
        };
    }

    private string Time() => DateTimeOffset.FromUnixTimeSeconds(Since ?? 0).UtcDateTime
        .ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}

/// <summary>Another source of the same chain, compared with the first.</summary>
/// <param name="Height">Of its tip.</param>
/// <param name="IsForked">
/// True where both have a block at <see cref="ChainFreshness.CommonHeight"/> and these are not the same.
/// </param>
public sealed record SecondSource(int Height, bool IsForked);

/// <summary>What one look at a chain's sources saw.</summary>
/// <param name="Head">The tip; null where the node did not answer.</param>
/// <param name="Trouble">What the node says is wrong with its view; null where nothing is.</param>
/// <param name="Second">Another source; null where none is asked, or where that one did not answer.</param>
/// <param name="BuildsOnOwn">
/// Sharechain: whether the own mainchain has the block that the newest share builds on; null where that was not asked.
/// </param>
public sealed record ChainLook(
    ChainHead? Head, string? Trouble = null, SecondSource? Second = null, bool? BuildsOnOwn = null)
{
    /// <summary>The node did not answer.</summary>
    public static ChainLook NoAnswer { get; } = new((ChainHead?)null);
}

/// <summary>
/// Whether a chain is to be relied on, folded from looks at it: a stale chain is no chain, for a market that would trade on
/// it and for an agent that would lock or reveal. Pure: the time is an argument.
/// </summary>
public sealed record ChainFreshness
{
    /// <summary>Looks in a row that may fail or disagree: answers get lost, and tips differ for a moment.</summary>
    public const int MostMissed = 3;

    /// <summary>Spacings without a block after which the node, not luck, is the reason: the chance is e^-15.</summary>
    public const int LagSpacings = 15;

    /// <summary>How far a block's own time may be off, in spacings: Bitcoin's two hours.</summary>
    public const int TimeSpacings = 12;

    /// <summary>Blocks at the tip on which two sources may differ.</summary>
    public const int TipDepth = 3;

    /// <summary>No chain is judged faster than this, in seconds, however fast its blocks should come.</summary>
    public const int LeastLag = 300;

    private ChainFreshness(int spacing, long now) => (Spacing, MovedAt) = (spacing, now);

    /// <summary>Seconds between blocks that the chain aims at.</summary>
    public int Spacing { get; }

    /// <summary>The newest block of the last look that was answered.</summary>
    public Hash256? Tip { get; private init; }

    /// <summary>When that was first seen, Unix seconds.</summary>
    public long MovedAt { get; private init; }

    /// <summary>Why the chain is not to be relied on; null where it is. It stands until a look says otherwise.</summary>
    public StaleChain? Stale { get; private init; }

    /// <summary>True where the last look said something, false where one more is needed to tell.</summary>
    public bool IsDecided { get; private init; }

    /// <summary>The longest that no block may come, in seconds.</summary>
    public int Lag => Math.Max(LagSpacings * Spacing, LeastLag);

    private int Missed { get; init; }

    private int Apart { get; init; }

    private int Foreign { get; init; }

    /// <summary>Nothing seen yet, and nothing wrong.</summary>
    /// <param name="spacing">Seconds between blocks that the chain aims at.</param>
    /// <param name="now">Unix seconds.</param>
    public static ChainFreshness Start(int spacing, long now) => new(spacing, now);

    /// <summary>The height at which two sources are compared; negative where there is none yet.</summary>
    /// <param name="height">Of the one's tip.</param>
    /// <param name="other">Of the other's.</param>
    public static int CommonHeight(int height, int other) => Math.Min(height, other) - TipDepth;

    /// <summary>The state after one more look.</summary>
    /// <param name="look">What it saw.</param>
    /// <param name="now">Unix seconds.</param>
    public ChainFreshness After(ChainLook look, long now)
    {
        ArgumentNullException.ThrowIfNull(look);
        if (look.Head is not { } head)
        {
            var missed = this with { Missed = Missed + 1 };
            return missed.Missed >= MostMissed ? missed.Decide(new StaleChain(StaleCode.NoAnswer)) : missed.Undecided();
        }

        var next = this with { Tip = head.Id, MovedAt = Tip == head.Id ? MovedAt : now, Missed = 0 };
        return (next.JudgeTime(head, now) ?? JudgeNode(look)) is { } stale
            ? next.Decide(stale)
            : next.Compare(head, look);
    }

    private StaleChain? JudgeTime(ChainHead head, long now)
    {
        if (now - MovedAt > Lag)
        {
            return new StaleChain(StaleCode.NoBlock, MovedAt);
        }

        // A chain without a block has a genesis of whatever age; nothing on it can be traded.
        return head.Height > 0 && now - head.Time > Lag + ((long)TimeSpacings * Spacing)
            ? new StaleChain(StaleCode.OldBlock, head.Time)
            : null;
    }

    private static StaleChain? JudgeNode(ChainLook look) =>
        look.Trouble is { } trouble ? new StaleChain(StaleCode.Trouble, Detail: trouble) : null;

    private ChainFreshness Compare(ChainHead head, ChainLook look)
    {
        var isApart = look.Second is { } second && (second.IsForked || second.Height - head.Height > TipDepth);
        var next = this with
        {
            Apart = isApart ? Apart + 1 : 0,
            Foreign = look.BuildsOnOwn == false ? Foreign + 1 : 0,
        };
        if (next.Foreign >= MostMissed)
        {
            return next.Decide(new StaleChain(StaleCode.ForeignBase));
        }

        if (next.Apart >= MostMissed)
        {
            return next.Decide(new StaleChain(look.Second!.IsForked ? StaleCode.Disagreement : StaleCode.Behind));
        }

        return next is { Apart: 0, Foreign: 0 } ? next.Decide(null) : next.Undecided();
    }

    private ChainFreshness Decide(StaleChain? stale) => this with { Stale = stale, IsDecided = true };

    private ChainFreshness Undecided() => this with { IsDecided = false };
}
