using Market.Contracts;

namespace Market.Api.Trading;

/// <summary>Why the shares of an instrument cannot be sold now.</summary>
/// <param name="Words">For people.</param>
/// <param name="IsForGood">True where they never can again.</param>
public sealed record SeriesShut(string Words, bool IsForGood);

/// <summary>How it stands with the expiry series of an instrument; of one whose shares never expire nothing is said, and it is
/// always open. Safe from any thread.</summary>
/// <param name="isSeries">Whether the instrument's shares expire.</param>
public sealed class SeriesGate(bool isSeries)
{
    /// <summary>Why one takes no orders whose shares are all expired.</summary>
    public const string AllExpired = "All of these shares are expired.";

    private volatile Known? _known;

    private sealed record Known(ExpirySeries Series, long? MostWorth, bool IsForGood);

    /// <summary>As it stands; null where shares never expire, and until it is known.</summary>
    public ExpirySeries? Current => _known?.Series;

    /// <summary>Whether it is known how it stands.</summary>
    public bool IsKnown => !isSeries || _known is not null;

    /// <summary>The largest worth in satoshis whose swap surely fits into what is left to the oldest share; null where shares never
    /// expire, and where not even the smallest does.</summary>
    public long? MostWorth => _known?.MostWorth;

    /// <summary>Why no orders are taken; null where it does not stand against them.</summary>
    public SeriesShut? Shut => !isSeries ? null : _known?.Series switch
    {
        null => new SeriesShut("It is not known yet how old the shares of this series are.", false),
        { State: SeriesState.Next } next => new SeriesShut(
            $"These shares are traded from block {next.Lists.Height} of the sharechain on, when the first is mature.", false),
        { State: SeriesState.Closed } when _known is { IsForGood: false } => new SeriesShut(
            "Not even the smallest swap surely fits into what is left to the oldest of these shares: if that stays so they are "
            + "traded no more.", false),
        { State: SeriesState.Closed } => new SeriesShut(
            "These shares are traded no more: not even the smallest swap surely fits into what is left to the oldest of them.",
            true),
        { State: SeriesState.Expired } => new SeriesShut(AllExpired, true),
        _ when _known is { MostWorth: null } => new SeriesShut(
            "Work comes so fast now that not even the smallest swap surely fits into what is left to the oldest of these shares.",
            false),
        _ => null,
    };

    /// <summary>It stands like this now.</summary>
    /// <param name="series">How.</param>
    /// <param name="mostWorth">The largest worth in satoshis whose swap surely fits now; null where not even the smallest
    /// does.</param>
    /// <param name="isForGood">Where it is closed, whether it stays so.</param>
    public void Set(ExpirySeries series, long? mostWorth, bool isForGood) => _known = new Known(series, mostWorth, isForGood);
}
