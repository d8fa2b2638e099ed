using System.Globalization;
using System.Text.Json.Serialization;

namespace Market.Swaps;

/// <summary>
/// An absolute locktime by the clock, never by height: both chains, of whatever pace, compare it with their median time
/// past. The default value is not a locktime.
/// </summary>
[JsonConverter(typeof(LocktimeConverter))]
public readonly record struct Locktime : IComparable<Locktime>
{
    /// <summary>The least value that a transaction's nLockTime reads as a time (BIP65).</summary>
    public const uint Least = 500_000_000;

    private Locktime(uint unixSeconds) => UnixSeconds = unixSeconds;

    /// <summary>Seconds since 1970.</summary>
    public uint UnixSeconds { get; }

    /// <summary>Takes a time from <see cref="Least"/> up to what 31 bits hold, so that scripts push it in 4
    /// bytes.</summary>
    public static bool TryCreate(long unixSeconds, out Locktime locktime)
    {
        locktime = unixSeconds is >= Least and <= int.MaxValue ? new Locktime((uint)unixSeconds) : default;
        return locktime.UnixSeconds != 0;
    }

    /// <summary>As <see cref="TryCreate"/>, of a time known to be good.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static Locktime At(long unixSeconds) => TryCreate(unixSeconds, out var locktime)
        ? locktime
        : throw new ArgumentOutOfRangeException(nameof(unixSeconds), unixSeconds, "Not a locktime by the clock.");

    /// <summary>True where the next block may hold a transaction of this nLockTime (BIP113).</summary>
    /// <param name="medianTimePast">Of the tip.</param>
    public bool IsPassed(long medianTimePast) => UnixSeconds < medianTimePast;

    /// <inheritdoc/>
    public int CompareTo(Locktime other) => UnixSeconds.CompareTo(other.UnixSeconds);

    /// <summary>Seconds since 1970.</summary>
    public override string ToString() => UnixSeconds.ToString(CultureInfo.InvariantCulture);
}
