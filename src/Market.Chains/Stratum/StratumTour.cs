using System.Runtime.ExceptionServices;

namespace Market.Chains.Stratum;

/// <summary>How a <see cref="StratumTour{T}"/> goes.</summary>
internal static class StratumTour
{
    /// <summary>So many are visited in one go: a fraction of a millisecond.</summary>
    public const int Slice = 32;

    /// <summary>A tour waits no longer for others, all its turns together.</summary>
    public static readonly TimeSpan MostWait = TimeSpan.FromMilliseconds(20);

    /// <summary>A turn: whatever waits for a thread of the pool by now has one first, and what miners sent waits for one.</summary>
    public static async ValueTask YieldAsync() => await Task.Yield();
}

/// <summary>
/// Brings something to all there are, one after the other: so many at a time, and between two slices it lets others of the same
/// threads have their turn, so that what miners sent meanwhile is answered first. However much that is, it waits no longer than
/// <see cref="StratumTour.MostWait"/> in all: nobody's new work is held up by what others send. Each tour begins a slice later
/// than the one before, so that it is not always the same who are last. One tour at a time.
/// </summary>
/// <typeparam name="T">What they are.</typeparam>
/// <param name="all">Tells who there are; whoever comes during a tour is none of its matter.</param>
/// <param name="clock">The time that is waited.</param>
/// <param name="turn">Lets others have their turn.</param>
internal sealed class StratumTour<T>(Func<IEnumerable<T>> all, TimeProvider clock, Func<ValueTask> turn)
{
    private readonly List<T> _all = [];
    private int _first;

    /// <summary>Visits all once. One at which the visit fails keeps it from none of the others.</summary>
    /// <param name="visit">What is done at each; it does not wait.</param>
    /// <param name="stop">Ends it early.</param>
    /// <param name="givesTurns">False where nobody else has a turn meanwhile: what is brought cannot wait.</param>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    /// <exception cref="Exception">What the first visit threw that failed; all others were made.</exception>
    public async Task GoAsync(Action<T> visit, CancellationToken stop, bool givesTurns = true)
    {
        _all.AddRange(all());
        try
        {
            var (left, waited) = (_all.Count, TimeSpan.Zero);
            _first = left == 0 ? 0 : (_first + StratumTour.Slice) % left;
            ExceptionDispatchInfo? failure = null;
            for (var at = _first; left > 0; at = (at + 1) % _all.Count)
            {
                if (Visit(_all[at], visit) is { } bug)
                {
                    failure ??= bug;
                }

                if (--left > 0 && givesTurns && (_all.Count - left) % StratumTour.Slice == 0 && waited < StratumTour.MostWait)
                {
                    var since = clock.GetTimestamp();
                    await turn().ConfigureAwait(false);
                    waited += clock.GetElapsedTime(since);
                    stop.ThrowIfCancellationRequested();
                }
            }

            failure?.Throw();
        }
        finally
        {
            // Whoever leaves is not kept by it.
            _all.Clear();
        }
    }

    private static ExceptionDispatchInfo? Visit(T one, Action<T> visit)
    {
        try
        {
            visit(one);
            return null;
        }
        catch (Exception bug)
        {
            return ExceptionDispatchInfo.Capture(bug);
        }
    }
}
