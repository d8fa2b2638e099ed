namespace Market.Sharechain;

/// <summary>
/// Shares that expire near each other, so that the market may take one for another: those whose root height falls into one bucket
/// of a row's <see cref="SharechainProfile.SeriesLength"/> blocks. Consensus knows none.
/// </summary>
/// <param name="Number">Root height over length, rounded down: from 0.</param>
/// <param name="Length">Blocks in a series of the row.</param>
public readonly record struct Series(int Number, int Length)
{
    /// <summary>The lowest root height: genesis mints nothing.</summary>
    public int First => Math.Max(1, Number * Length);

    /// <summary>The highest root height.</summary>
    public int Last => checked((Number + 1) * Length - 1);

    /// <summary>Whether a root height is one of it.</summary>
    public bool Holds(int root) => root >= First && root <= Last;

    /// <summary>The series of a root height; null in rows that have none.</summary>
    /// <param name="profile">The row.</param>
    /// <param name="root">At least 0.</param>
    public static Series? Of(SharechainProfile profile, int root)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentOutOfRangeException.ThrowIfNegative(root);
        return profile.SeriesLength is { } length ? new Series(root / length, length) : null;
    }

    /// <summary>The series of a number; null in rows that have none, and for a number that no height has.</summary>
    /// <param name="profile">The row.</param>
    /// <param name="number">Its number.</param>
    public static Series? At(SharechainProfile profile, int number)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return profile.SeriesLength is { } length && number >= 0 && number < int.MaxValue / length
            ? new Series(number, length)
            : null;
    }

    /// <summary>How it stands with a series.</summary>
    /// <param name="oldest">The life of its <see cref="First"/> root height.</param>
    /// <param name="maturity">The row's maturity of sharebases.</param>
    /// <param name="fits">Whether the smallest swap surely fits into that life.</param>
    public SeriesStage StageAt(ShareLife oldest, int maturity, bool fits) =>
        oldest.Root != First ? throw new ArgumentException("The life is not that of the oldest share.", nameof(oldest))
        : oldest.WindowStart > Last ? SeriesStage.Expired
        : oldest.Height + 1L < ListsAt(maturity) ? SeriesStage.Next
        : fits ? SeriesStage.Listed
        : SeriesStage.Closed;

    /// <summary>The height of the first block that may spend its oldest share.</summary>
    /// <param name="maturity">The row's maturity of sharebases.</param>
    public long ListsAt(int maturity) => (long)First + maturity;
}

/// <summary>How it stands with a series; each goes from the first to the last, though what is left is an estimate: one that was
/// closed may be listed again.</summary>
public enum SeriesStage
{
    /// <summary>Its first block is not mature, or not there: none of it can be spent.</summary>
    Next,

    /// <summary>It is traded.</summary>
    Listed,

    /// <summary>Not even the smallest swap surely fits into what is left to its oldest share: no new orders, swaps go on.</summary>
    Closed,

    /// <summary>The window has passed all of it.</summary>
    Expired,
}
