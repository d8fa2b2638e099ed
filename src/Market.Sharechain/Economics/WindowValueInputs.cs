using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>What the worth of a share is computed from that a window pays until it expires (PPLNS). In seconds, hashes,
/// satoshis and base units.</summary>
public sealed record WindowValueInputs
{
    /// <summary>Continuous yearly discount rate r.</summary>
    public required double Rate { get; init; }

    /// <summary>B: subsidy and fees of a mainchain block, satoshis, taken as constant for as long as a share lives.</summary>
    public required double Reward { get; init; }

    /// <summary>Seconds between mainchain blocks, whoever finds them: when coinbases mature.</summary>
    public required double MainSpacing { get; init; }

    /// <summary>Expected hashes for a mainchain block, M = 2^256 / (target + 1).</summary>
    public required double MainWork { get; init; }

    /// <summary>W: hashes of the window in force (<see cref="InForce"/>).</summary>
    public required double Window { get; init; }

    /// <summary>s: expected hashes that one whole share stands for.</summary>
    public required double HashesPerShare { get; init; }

    /// <summary>Hashes a second of the sharechain's miners (H).</summary>
    public required double PoolHashrate { get; init; }

    /// <summary>a: the part of the window that the share's oldest source has aged, 0 for a fresh one (<see cref="AgedOf"/>).
    /// </summary>
    public double Aged { get; init; }

    /// <summary>The part of the window that unexpired shares fill, H A / W of a chain of age A: 1 unless the chain is young.
    /// Above 0 and at most 1 (<see cref="FilledOf"/>).</summary>
    public double Filled { get; init; } = 1;

    /// <summary>Blocks found later than so many years count for nothing; null for as long as the share lives.</summary>
    public double? HorizonYears { get; init; }

    /// <summary>Who is paid; null where every holder is.</summary>
    public TopSlots? Slots { get; init; }

    /// <summary>Fees taken from rewards (f), as a fraction.</summary>
    public double Fee { get; init; }

    /// <summary>Rate of stale mainchain blocks (o), as a fraction.</summary>
    public double Orphans { get; init; }

    /// <summary>Seconds from a swap's first lock to its last claim, in which the seller keeps the rewards.</summary>
    public double LockSeconds { get; init; }

    /// <summary>Relative risk aversion (gamma) of who holds the share.</summary>
    public double RiskAversion { get; init; } = 1;

    /// <summary>His other wealth, in multiples of what his shares are expected to be paid.</summary>
    public double OtherWealth { get; init; } = 1;

    /// <summary>Seconds that a fresh share lives, W / H.</summary>
    public double LifeSeconds => Window / PoolHashrate;

    /// <summary>The window in force: a multiple of the mainchain's work, or as many blocks as it has at most, whichever is
    /// less.</summary>
    /// <param name="window">The row's window.</param>
    /// <param name="mainWork">M.</param>
    /// <param name="shareWork">w: expected hashes of one share block and the uncles that it names.</param>
    public static double InForce(PayoutDesign.Window window, double mainWork, double shareWork)
    {
        ArgumentNullException.ThrowIfNull(window);
        return Math.Min(window.Multiplier * mainWork, window.MostBlocks * shareWork);
    }

    /// <summary>The part of the window that a coin has aged: from its root height to the tip, over the window's blocks.
    /// </summary>
    /// <param name="rootHeight">The lowest height of the sharebases that it comes from.</param>
    /// <param name="tipHeight">The tip's.</param>
    /// <param name="shareWork">w: expected hashes of one share block and the uncles that it names, taken as constant.</param>
    /// <param name="window">W, hashes.</param>
    /// <returns>From 0; 1 and more is expired.</returns>
    public static double AgedOf(int rootHeight, int tipHeight, double shareWork, double window) =>
        Math.Max(0, tipHeight - rootHeight) * shareWork / window;

    /// <summary>The part of the window that unexpired shares fill.</summary>
    /// <param name="unexpired">Base units that the window pays.</param>
    /// <param name="hashesPerShare">s.</param>
    /// <param name="window">W, hashes.</param>
    public static double FilledOf(Amount unexpired, double hashesPerShare, double window) =>
        Math.Min(1, unexpired.Sats / ShareUnits.PerShare * hashesPerShare / window);
}
