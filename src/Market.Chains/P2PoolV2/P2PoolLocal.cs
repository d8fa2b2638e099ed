using System.Text.Json;

namespace Market.Chains.P2PoolV2;

/// <summary>What GET /pplns_shares says: results of miners who work at this very node, where it keeps such an account.</summary>
/// <param name="Count">Results that were told; a hundred at most.</param>
/// <param name="Difficulty">Their difficulty together, in multiples of 2^32 hashes.</param>
/// <param name="Newest">Time of the newest; null where there is none.</param>
public sealed record P2PoolLocal(int Count, double Difficulty, DateTimeOffset? Newest)
{
    private const int Asked = 100;

    // The last second of the year 9999.
    private const long LastTime = 253_402_300_799;

    internal static string Path { get; } = $"pplns_shares?limit={Asked}";

    /// <exception cref="P2PoolException">It is not what such a node says.</exception>
    internal static P2PoolLocal Read(JsonElement answer)
    {
        var (count, difficulty, newest) = (0, 0.0, 0L);
        foreach (var result in answer.AsList("pplns_shares", Asked))
        {
            count++;
            difficulty += result.Number("difficulty", long.MaxValue);
            newest = Math.Max(newest, result.Number("n_time", LastTime));
        }

        return new P2PoolLocal(count, difficulty, count == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(newest));
    }
}
