namespace Market.Simulation;

/// <summary>What may be wrong with a party's machine, or with its way to a chain.</summary>
internal enum TroubleKind
{
    /// <summary>The process is not running.</summary>
    Off,

    /// <summary>The chain's node does not answer.</summary>
    Down,

    /// <summary>The node shows an old tip, and swallows what it is given.</summary>
    Frozen,

    /// <summary>The node lies about what it was given, keeps it or drops it, or does not answer.</summary>
    Liar,

    /// <summary>The node shows nothing of the mempool.</summary>
    Blind,

    /// <summary>What the node is given goes to the other side alone, and no answer comes back.</summary>
    Mute,
}

/// <summary>A stretch of trouble.</summary>
internal sealed class Trouble(TroubleKind kind, SwapChain? chain, long from, long to)
{
    /// <summary>What.</summary>
    public TroubleKind Kind => kind;

    /// <summary>With which chain; null for both.</summary>
    public SwapChain? Chain => chain;

    /// <summary>From when, Unix seconds.</summary>
    public long From => from;

    /// <summary>Until when.</summary>
    public long To { get; set; } = to;

    /// <summary>True where it is so now.</summary>
    public bool Holds(TroubleKind what, SwapChain? where, long now) =>
        kind == what && now >= from && now < To && (chain is null || where is null || chain == where);
}

/// <summary>What happened in runs, counted.</summary>
internal enum Event
{
    Block,
    FriendlyBlock,
    Reorganisation,
    FeeSpike,
    Eviction,
    LeftOut,
    Crash,
    Restore,
    TroubleOff,
    TroubleDown,
    TroubleFrozen,
    TroubleLiar,
    TroubleBlind,
    AnswerLost,
    AnswerFalse,
    Dropped,
    FalseTerms,
    MessageLost,
    Decoy,
    LateLockKept,
    DoubleSpend,
    RefundOutbid,
    WrongAmount,
    LockedTwice,
    Untold,
    PaceSurge,
    DifficultyFall,
    WouldExpire,
    OlderSeries,
    Expired,
    ClaimedInBlock,
    ChangeSpent,
    JsonRoundTrip,
    Step,
    Settled,
    Refunded,
    NeverLocked,
}

/// <summary>Counts of a run, or of many.</summary>
internal sealed class Counts
{
    private readonly long[] _of = new long[Enum.GetValues<Event>().Length];

    /// <summary>How often.</summary>
    public long Of(Event what) => _of[(int)what];

    /// <summary>Once more.</summary>
    public void Add(Event what) => _of[(int)what]++;

    /// <summary>All of another's.</summary>
    public void Add(Counts other)
    {
        for (var i = 0; i < _of.Length; i++)
        {
            _of[i] += other._of[i];
        }
    }
}
