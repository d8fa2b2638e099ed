namespace Market.Simulation;

/// <summary>What a run is about: one way to lose a leg is aimed at, and of everything else a little is mixed in.</summary>
internal enum Theme
{
    /// <summary>Nothing goes wrong.</summary>
    Calm,

    /// <summary>Both are honest; crashes, losses, reorganisations, lies and spikes.</summary>
    Faults,

    /// <summary>The other side pays the honest one's own contract to be taken for its lock.</summary>
    Decoy,

    /// <summary>The honest lock comes too late; the other side keeps it to have it mined when its own leg is safe.</summary>
    LateLock,

    /// <summary>A node says that it did not take the honest lock, and keeps it: another would be a second one.</summary>
    LostLock,

    /// <summary>Blocks ask for more than the leg is worth when the reveal is due.</summary>
    DearReveal,

    /// <summary>The reveal was handed out, and its answer or the process was lost.</summary>
    LostReveal,

    /// <summary>A refund outbids the claim once it may.</summary>
    RefundRace,

    /// <summary>The chain that is not needed any more stays away.</summary>
    ChainDown,

    /// <summary>A chain stands still before anything is locked against it.</summary>
    FrozenChain,

    /// <summary>All files but the seed are lost.</summary>
    Restore,

    /// <summary>The market states false terms.</summary>
    FalseMarket,

    /// <summary>Shares expire, some before the swap could be over, and their chain's pace goes up to what agents reckon
    /// with.</summary>
    Expiry,

    /// <summary>Everything at once.</summary>
    Chaos,
}

/// <summary>All that is drawn for a run before it begins.</summary>
internal sealed class Scenario
{
    /// <summary>The lowest root height of the series that is traded.</summary>
    public const int LeastRoot = 8_640;

    private static readonly int Themes = Enum.GetValues<Theme>().Length;

    private Scenario(long seed, SimRandom random, bool hasMargins)
    {
        Seed = seed;
        Random = random;
        Theme = (Theme)random.Below(Themes);
        Rules = random.OneIn(3) ? SwapRules.Mainnet : SwapRules.Devnet;
        Rules = Theme == Theme.Expiry ? Rules with { SharesExpire = true } : Rules;
        var scale = random.Below(3) switch { 0 => 30_000, 1 => 300_000, _ => 3_000_000 };
        InitiatorAmount = new Amount(scale + random.Below(scale));
        ParticipantAmount = new Amount(scale + random.Below(scale));
        Plan = SwapPlan.Of(Rules, ParticipantAmount);
        if (!hasMargins)
        {
            // What a plan would be that hopes: the claim's confirmations between the two locktimes, and nothing else.
            var deep = Paces.Within(Rules.Share, Plan.InitiatorConfirmations);
            Plan = Plan with { LeastDelta = deep, LongSpan = Plan.ShortSpan + deep };
        }
    }

    /// <summary>Its number.</summary>
    public long Seed { get; }

    /// <summary>Goes on where the drawing ended.</summary>
    public SimRandom Random { get; }

    /// <summary>What it is about.</summary>
    public Theme Theme { get; }

    /// <summary>The chains' pace and the allowances.</summary>
    public SwapRules Rules { get; }

    /// <summary>The times.</summary>
    public SwapPlan Plan { get; }

    /// <summary>Who deviates; null for nobody.</summary>
    public Role? Deviant { get; private set; }

    /// <summary>What the initiator locks.</summary>
    public Amount InitiatorAmount { get; }

    /// <summary>What the participant locks.</summary>
    public Amount ParticipantAmount { get; }

    /// <summary>Chance of a crash at each place where there may be one.</summary>
    public double Crashes { get; private set; }

    /// <summary>Chance that a block is found by a friend of the deviant.</summary>
    public double Friends { get; private set; }

    /// <summary>Chance that a miner leaves something out.</summary>
    public double LeavesOut { get; private set; }

    /// <summary>Mean seconds between reorganisations of a chain; 0 for none.</summary>
    public long Reorganises { get; private set; }

    /// <summary>Times as fast as it should be the sharechain is, once it surges; 1 where it never does.</summary>
    public double Surge { get; private set; } = 1;

    /// <summary>Blocks from the start after which each party's shares expire; null where they never do.</summary>
    public int[]? SharesLast { get; private set; }

    /// <summary>
    /// Of the blocks that shares have left, the parts of a hundred that go at once before the reveal: more than is sure. 0 where
    /// none do. Then shares expire whatever anybody does, and only what is done after that is judged.
    /// </summary>
    public int Falls { get; private set; }

    /// <summary>The root heights of each party's shares; null where they never expire.</summary>
    public int[]? Roots { get; private set; }

    /// <summary>Nodes replace by fee.</summary>
    public bool Replaces { get; private set; } = true;

    /// <summary>Journals pass through their text at every writing.</summary>
    public bool WritesJson { get; private set; }

    /// <summary>Seconds by which each chain's miners' clocks run ahead.</summary>
    public long[] Ahead { get; } = [0, 0];

    /// <summary>What blocks ask for in quiet times, a chain.</summary>
    public long[] Quiet { get; } = [1_000, 1_000];

    /// <summary>Draws a run.</summary>
    /// <param name="seed">Its number.</param>
    /// <param name="hasMargins">False for a plan without the margins of law 12.</param>
    public static Scenario Draw(long seed, bool hasMargins = true)
    {
        var scenario = new Scenario(seed, new SimRandom((ulong)seed * 0xD1342543DE82EF95 + 1), hasMargins);
        scenario.Fill();
        return scenario;
    }

    private void Fill()
    {
        var random = Random;
        Deviant = Theme switch
        {
            Theme.Calm or Theme.Faults => null,
            Theme.LateLock or Theme.LostLock or Theme.FrozenChain => Role.Initiator,
            Theme.DearReveal or Theme.LostReveal or Theme.RefundRace => Role.Participant,
            Theme.Restore => random.OneIn(3) ? null : Either(),
            _ => Either(),
        };
        WritesJson = random.OneIn(20);
        if (Theme == Theme.Expiry)
        {
            // From too little to plenty, in times of what agents ask for.
            var wanted = 2 * Plan.LifeNeeded / Rules.Share.SpacingSeconds;
            int Drawn() => (int)(wanted * (random.OneIn(2) ? random.Between(5, 50) : random.Between(50, 180)) / 100);
            SharesLast = [Drawn(), Drawn()];
            Surge = random.OneIn(2) ? random.Between(100, 200) / 100.0 : 2;
            Roots = [LeastRoot, LeastRoot];
            if (Deviant == Role.Initiator && random.OneIn(3))
            {
                // Of the series before, and lasting as long as others of this run.
                Roots[(int)Role.Initiator] = LeastRoot - 1;
            }

            if (Deviant == Role.Participant && random.OneIn(3))
            {
                // Bitcoin's difficulty falls further than is reckoned with, once all is locked.
                (Falls, Surge) = ((int)random.Between(50, 130), 1);
                SharesLast[(int)Role.Initiator] = (int)(wanted * random.Between(110, 180) / 100);
                Deviant = random.OneIn(2) ? null : Role.Participant;
            }
        }

        if (Theme == Theme.Calm)
        {
            return;
        }

        Crashes = random.OneIn(2) ? 0.03 : 0;
        Friends = Deviant is null || Theme == Theme.RefundRace ? 0
            : Theme == Theme.DearReveal ? 0.5
            : random.Below(3) switch { 0 => 0, 1 => 0.2, _ => 0.5 };
        LeavesOut = random.OneIn(2) ? 0.2 : 0;
        Reorganises = random.OneIn(2) ? Plan.ShortSpan : 0;
        Replaces = Theme == Theme.RefundRace || !random.OneIn(6);
        for (var chain = 0; chain < 2; chain++)
        {
            Quiet[chain] = random.Between(1_000, 3_000);
            var pace = chain == 0 ? Rules.Share : Rules.Coin;
            Ahead[chain] = random.Below(4) switch
            {
                0 => random.Between(0, pace.AheadSeconds),
                1 => -random.Between(0, Rules.AgentSkewSeconds),
                _ => 0,
            };
        }
    }

    private Role Either() => Random.OneIn(2) ? Role.Initiator : Role.Participant;
}
