using Market.Contracts;

namespace Market.Client.Agent;

/// <summary>
/// When a market first told of each swap that moves, by the own clock: whether one was matched after the time of its order, a
/// market that lies does not say. What it did not tell of when the order's time was over it matched later.
/// </summary>
internal sealed class MatchTimes
{
    /// <summary>Seconds by which a market's clock may differ from the own one, and what it matched may not be told yet: as many as
    /// a signed request may differ by, twice.</summary>
    public const int Margin = 2 * SignedRequest.MaxSkewSeconds;

    // Those of a market with more than it tells of at once; beyond, nothing is known of the others.
    private const int MostKept = 2_000;

    private Dictionary<string, Heard> _heard = new(StringComparer.Ordinal);
    private long? _wholeAt;

    private readonly record struct Heard(long At, long? WasNotAt);

    /// <summary>The market told of the swaps that move.</summary>
    /// <param name="ids">Those.</param>
    /// <param name="now">The own clock before it was asked, Unix seconds.</param>
    /// <param name="isWhole">Whether these are all of them.</param>
    public void Note(IReadOnlyList<string?> ids, long now, bool isWhole)
    {
        var heard = new Dictionary<string, Heard>(StringComparer.Ordinal);
        foreach (var id in ids.OfType<string>())
        {
            heard[id] = _heard.TryGetValue(id, out var before) ? before : new Heard(now, _wholeAt);
        }

        // One that is not among those told of now may be told of again, and was known all the while.
        var unseen = isWhole ? [] : _heard.Where(before => !heard.ContainsKey(before.Key)).ToList();
        var keeps = heard.Count + unseen.Count <= MostKept;
        foreach (var (id, before) in keeps ? unseen : [])
        {
            heard.Add(id, before);
        }

        _heard = heard;
        _wholeAt = isWhole ? now : keeps ? _wholeAt : null;
    }

    /// <summary>True where a swap was matched after its order's time, for all that can be told: the market says so; or it did not
    /// tell of the swap when the time was over for long enough; or it told of it first when even one of the last moment would be
    /// over for want of keys.</summary>
    /// <param name="id">The swap, noted.</param>
    /// <param name="stated">When it was matched, as the market says.</param>
    /// <param name="expires">When the order expired, or had traded all that it would.</param>
    /// <param name="keysWithin">Seconds for which a match waits for keys.</param>
    public bool IsLate(string id, DateTimeOffset stated, DateTimeOffset expires, int keysWithin)
    {
        var over = expires.ToUnixTimeSeconds() + Margin;
        return stated.ToUnixTimeSeconds() > over
            || (_heard.TryGetValue(id, out var heard) && (heard.WasNotAt > over || heard.At > over + keysWithin));
    }
}
