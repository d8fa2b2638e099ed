namespace Market.Strategies;

/// <summary>
/// Puts trades before the change of the book that they brought about: the two are told on different channels, in either order.
/// Keeps what was told in the last seconds, and changes the order of nothing else.
/// </summary>
public sealed class TapeSorter
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(2);

    private readonly List<TapeEvent> _kept = [];

    /// <summary>Takes the next event and hands over those that nothing can come before any more.</summary>
    public IEnumerable<TapeEvent> Take(TapeEvent next)
    {
        ArgumentNullException.ThrowIfNull(next);
        var place = next is TapeEvent.Traded traded
            ? _kept.FindIndex(kept => kept is TapeEvent.Change change && change.Delta.Time >= traded.Trade.Time)
            : -1;
        _kept.Insert(place < 0 ? _kept.Count : place, next);
        var done = _kept.FindIndex(kept => kept.At >= next.At - Window);
        var ready = _kept[..done];
        _kept.RemoveRange(0, done);
        return ready;
    }

    /// <summary>What is left.</summary>
    public IEnumerable<TapeEvent> End()
    {
        List<TapeEvent> ready = [.. _kept];
        _kept.Clear();
        return ready;
    }
}
