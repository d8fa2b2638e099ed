namespace Market.Sharechain;

/// <summary>
/// Discarding found shares so that the next winner is not drawn yet. The draw is seeded by the share's id, which commits to its
/// work, so it helps only who is the winner now: his turn grows longer, and he gives up a share block.
/// </summary>
public static class Grinding
{
    /// <summary>
    /// What a discarded share block costs over what it gains: (1 - alpha (1 - p)) / (1 - p) x I V M / (w B). Above 1 grinding
    /// loses. It is least for p = 0, where it is (1 - alpha) I V M / (w B): whose limit is published, is on the safe side.
    /// </summary>
    /// <param name="hashPart">alpha: the grinder's part of the sharechain's hashrate. What he discards is made good by an
    /// easier target, of which he finds his part again.</param>
    /// <param name="unitPart">p: his part of the units that can win.</param>
    /// <param name="value">V: satoshis that a whole share is worth.</param>
    /// <param name="worth">B w / (M I): satoshis that a pool pays for the work behind a new share (<see cref="FppsWorth"/>).
    /// </param>
    public static double Margin(double hashPart, double unitPart, double value, double worth) =>
        (1 - (hashPart * (1 - unitPart))) / (1 - unitPart) * value / worth;

    /// <summary>
    /// The part of their payouts that all others keep from a grinder who discards every share found in his own turn. A turn of
    /// his lasts 1 / (1 - alpha) times another's: (1 - alpha) / (1 - alpha (1 - p)).
    /// </summary>
    /// <param name="hashPart">alpha, from 0 to 1.</param>
    /// <param name="unitPart">p, above 0 and at most 1.</param>
    public static double KeptByOthers(double hashPart, double unitPart) =>
        (1 - hashPart) / (1 - (hashPart * (1 - unitPart)));
}
