namespace Market.Sharechain;

/// <summary>
/// What a window that pays only its largest holders makes of one unit. A block pays x / S_top to an insider of x units: the slots'
/// owners gain what the others lose. All factors are over 1 / S, what a unit is paid where every holder is.
/// </summary>
/// <param name="All">S: base units that take part in the window, above 0.</param>
/// <param name="Top">S_top: base units of the largest holders that are paid, above 0 and at most S.</param>
/// <param name="Buyer">x: base units of an insider who buys; at most S_top.</param>
public readonly record struct TopSlots(double All, double Top, double Buyer)
{
    /// <summary>True where holders below the cut are paid nothing.</summary>
    public bool LeavesOut => Top < All;

    /// <summary>What a unit is worth to somebody below the cut who does not sell: nothing; 1 where nobody is below it.</summary>
    public double Outside => LeavesOut ? 0 : 1;

    /// <summary>What one more unit from below the cut adds to the insider: S (S_top - x) / S_top^2. Above 1 for a small one.
    /// Where nobody is below the cut a unit only moves among insiders.</summary>
    public double Added => LeavesOut ? All * (Top - Buyer) / (Top * Top) : BetweenInsiders;

    /// <summary>What one unit from another insider adds: S / S_top, since who is paid stays the same.</summary>
    public double BetweenInsiders => All / Top;
}
