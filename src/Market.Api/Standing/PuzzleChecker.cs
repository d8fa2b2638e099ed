using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Market.Api.Standing;

/// <summary>
/// Checks what costs as much to check as a try costs to make: one at a time, on a thread of its own below the others, few waiting,
/// one of a client, and of one network no more than a part of those. So whatever is sent, it takes one core's leftovers and the
/// memory of one try, and no network keeps the others out. A client whose solution was none waits before it may send another,
/// twice as long each time; from the fifth wrong one on so does its address, and from the seventeenth its network, but for accounts
/// that solved one there: who errs makes nobody else of its house wait, and who makes up accounts or addresses gains little by it.
/// </summary>
public sealed class PuzzleChecker : IDisposable
{
    /// <summary>Checks that wait at most, of all clients.</summary>
    public const int MostWaiting = 16;

    /// <summary>Checks of one network that wait or are under way at most: an IPv4 address, or a /48 of IPv6.</summary>
    public const int MostOfSite = 4;

    /// <summary>Wrong solutions of an address, of whatever accounts, for which it does not wait.</summary>
    public const int FreeWrongs = 4;

    /// <summary>Wrong solutions of a network, of whatever addresses, for which it does not wait: a /48 of IPv6 has 65,536 of them,
    /// and would be checked for nothing else otherwise.</summary>
    public const int FreeWrongsOfSite = 4 * FreeWrongs;

    /// <summary>How long a client waits after its first wrong solution.</summary>
    public static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(10);

    /// <summary>How long a client waits at most.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    /// <summary>Clients, addresses and networks that are remembered for wrong solutions, and as many clients for right ones: beyond
    /// it the one whose wait ends first, or whose solution is the oldest, is forgotten.</summary>
    public const int MostKnown = 20_000;

    // Doublings of the shortest wait beyond which it is the longest anyhow.
    private const int MostDoublings = 16;

    private readonly TimeProvider _clock;
    private readonly BlockingCollection<Check> _waiting = new(MostWaiting);
    private readonly Lock _gate = new();
    private readonly HashSet<string> _busy = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _sites = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Wait> _failed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _solved = new(StringComparer.Ordinal);

    /// <summary>Begins.</summary>
    /// <param name="clock">Tells the time.</param>
    public PuzzleChecker(TimeProvider clock)
    {
        _clock = clock;
        var thread = new Thread(Work) { IsBackground = true, Name = "puzzles", Priority = ThreadPriority.BelowNormal };
        thread.Start();
    }

    /// <summary>Until when nothing of a client is checked, because of what it, its address or its network sent; null where it does
    /// not wait.</summary>
    /// <param name="client">Who asks.</param>
    public DateTimeOffset? WaitOf(PuzzleClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        lock (_gate)
        {
            var until = UntilOf(client.Name);
            if (_solved.ContainsKey(client.Name)) return until;
            foreach (var (name, _) in WiderOf(client))
            {
                if (UntilOf(name) is { } wider && !(until >= wider)) until = wider;
            }
            return until;
        }
    }

    /// <summary>Has something checked; false where the client has a check under way, waits, or too many wait, of all or of its
    /// network.</summary>
    /// <param name="client">Who asks.</param>
    /// <param name="check">The check.</param>
    /// <param name="answer">Its answer.</param>
    public bool TryCheck(PuzzleClient client, Func<bool> check, [NotNullWhen(true)] out Task<bool>? answer)
    {
        answer = null;
        lock (_gate)
        {
            if (WaitOf(client) is not null) return false;
            if (client.Site is { } site && _sites.GetValueOrDefault(site) >= MostOfSite) return false;
            if (!_busy.Add(client.Name)) return false;
            Count(client, 1);
        }
        var asked = new Check(client, check, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        if (_waiting.TryAdd(asked))
        {
            answer = asked.Answer.Task;
            return true;
        }
        lock (_gate) Leave(client);
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _waiting.CompleteAdding();

    private DateTimeOffset? UntilOf(string name) =>
        _failed.GetValueOrDefault(name) is { } wait && wait.Until > _clock.GetUtcNow() ? wait.Until : null;

    // The client is free before it is answered: its next may come with the answer.
    private void Work()
    {
        foreach (var (client, check, answer) in _waiting.GetConsumingEnumerable())
        {
            try
            {
                var isSolved = check();
                Free(client, isSolved);
                answer.SetResult(isSolved);
            }
            catch (Exception e)
            {
                lock (_gate) Leave(client);
                answer.SetException(e);
            }
        }
        _waiting.Dispose();
    }

    private void Free(PuzzleClient client, bool isSolved)
    {
        lock (_gate)
        {
            Leave(client);
            var now = _clock.GetUtcNow();
            if (isSolved)
            {
                _failed.Remove(client.Name);
                _solved[client.Name] = now;
                if (_solved.Count > MostKnown) _solved.Remove(_solved.MinBy(pair => pair.Value).Key);
                return;
            }
            _solved.Remove(client.Name);
            Blame(client.Name, free: 0, now);
            foreach (var (name, free) in WiderOf(client)) Blame(name, free, now);
        }
    }

    // What a client is a part of, with the wrong solutions that each may send; an IPv4 address is its network.
    private static IEnumerable<(string Name, int Free)> WiderOf(PuzzleClient client)
    {
        if (client.Address is { } address) yield return (address, FreeWrongs);
        if (client.Site is { } site && site != client.Address) yield return (site, FreeWrongsOfSite);
    }

    private void Blame(string name, int free, DateTimeOffset now)
    {
        // Who has done nothing wrong for as long as it would wait at most begins anew.
        var wrongs = _failed.GetValueOrDefault(name) is { } known && now - known.Until < LongestWait ? known.Wrongs + 1 : 1;
        var span = wrongs <= free ? TimeSpan.Zero : ShortestWait * (1 << Math.Min(wrongs - free - 1, MostDoublings));
        _failed[name] = new Wait(now + (span < LongestWait ? span : LongestWait), wrongs);
        if (_failed.Count > MostKnown) _failed.Remove(_failed.MinBy(pair => pair.Value.Until).Key);
    }

    private void Leave(PuzzleClient client)
    {
        _busy.Remove(client.Name);
        Count(client, -1);
    }

    private void Count(PuzzleClient client, int more)
    {
        if (client.Site is not { } site) return;
        var count = _sites.GetValueOrDefault(site) + more;
        if (count > 0) _sites[site] = count;
        else _sites.Remove(site);
    }

    private sealed record Check(PuzzleClient Client, Func<bool> Do, TaskCompletionSource<bool> Answer);

    private sealed record Wait(DateTimeOffset Until, int Wrongs);
}
