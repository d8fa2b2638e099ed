using Market.Api.Results;
using Market.Api.Standing;
using Market.Contracts;
using Market.Standing;

namespace Market.Api.Doors.Clients;

/// <summary>Streams and hub connections of keys: as many of each as its tier gives, wherever it asks from. Beneath it stands what
/// the address may hold (<see cref="StreamSlots"/>). Safe from any thread.</summary>
public sealed class KeyStreams(StandingBook book)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);

    /// <summary>What is said to who gets none.</summary>
    public static Refusal Refused { get; } = new(
        ProblemCodes.RateLimited, $"This key has as many streams open as its tier gives; {Routes.Limits} says how many that is.");

    /// <summary>Takes one of a key's; null where it has as many as its tier gives. Dispose it to give it back;
    /// once more does nothing.</summary>
    public IDisposable? TryTake(string key)
    {
        var most = TierTable.Of(book.TierOf(key)).Streams;
        lock (_gate)
        {
            var own = _taken.GetValueOrDefault(key);
            if (own >= most) return null;
            _taken[key] = own + 1;
        }
        return new Taken(this, key);
    }

    private void Give(string key)
    {
        lock (_gate)
        {
            if (--_taken[key] == 0) _taken.Remove(key);
        }
    }

    private sealed class Taken(KeyStreams streams, string key) : IDisposable
    {
        private int _given;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _given, 1) == 0) streams.Give(key);
        }
    }
}
