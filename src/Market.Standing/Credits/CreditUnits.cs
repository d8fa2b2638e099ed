namespace Market.Standing;

/// <summary>
/// Credits that a key has stored: whole units, never below 0 and never above <see cref="Most"/>. They are worth nothing but a place
/// nearer to the front while a market has more to do than it can do. The default is none.
/// </summary>
public readonly record struct CreditUnits : IComparable<CreditUnits>
{
    /// <summary>What one key can store: whoever has earned so much can pay for thousands of calls at the dearest load, and more
    /// would only be a larger flood in store.</summary>
    public const long Most = 1_000_000;

    private CreditUnits(long units) => Units = units;

    /// <summary>None.</summary>
    public static CreditUnits None => default;

    /// <summary>How many.</summary>
    public long Units { get; }

    /// <summary>So many; what is above <see cref="Most"/> is lost, what is below 0 is 0.</summary>
    public static CreditUnits Capped(long units) => new(Math.Clamp(units, 0, Most));

    /// <summary>After more were earned; what does not fit is lost.</summary>
    /// <param name="earned">At least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is below 0.</exception>
    public CreditUnits Plus(long earned)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(earned);
        return new CreditUnits(earned >= Most - Units ? Most : Units + earned);
    }

    /// <summary>After some were used.</summary>
    /// <param name="used">From 0 to what there is.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public CreditUnits Less(long used)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(used);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(used, Units);
        return new CreditUnits(Units - used);
    }

    /// <inheritdoc/>
    public int CompareTo(CreditUnits other) => Units.CompareTo(other.Units);

    /// <summary>Whether one is fewer.</summary>
    public static bool operator <(CreditUnits left, CreditUnits right) => left.Units < right.Units;

    /// <summary>Whether one is more.</summary>
    public static bool operator >(CreditUnits left, CreditUnits right) => left.Units > right.Units;

    /// <summary>Whether one is fewer or as many.</summary>
    public static bool operator <=(CreditUnits left, CreditUnits right) => left.Units <= right.Units;

    /// <summary>Whether one is more or as many.</summary>
    public static bool operator >=(CreditUnits left, CreditUnits right) => left.Units >= right.Units;
}
