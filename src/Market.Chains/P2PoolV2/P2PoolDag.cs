using System.Text.Json;

namespace Market.Chains.P2PoolV2;

/// <summary>What GET /dag says of the newest heights: also what is not on the chain.</summary>
/// <param name="Heights">How many heights were looked at.</param>
/// <param name="OnChain">Blocks of the confirmed chain.</param>
/// <param name="Beside">Blocks that are valid as far as the node looked, and not on that chain.</param>
public sealed record P2PoolDag(int Heights, int OnChain, int Beside)
{
    /// <summary>Which shapes the entries had: none where there were none.</summary>
    internal IReadOnlyList<P2PoolVersion> Versions { get; init; } = [];

    /// <summary>Heights that are asked for.</summary>
    internal const int Asked = 50;

    private const int MostEntries = 1_000;
    private const string Confirmed = "Confirmed";
    private static readonly string[] Valid = ["HeaderValid", "BlockValid"];

    internal static string Path(int to) => $"dag?to={to}&num={Asked}";

    /// <exception cref="P2PoolException">It is not what such a node says.</exception>
    internal static P2PoolDag Read(JsonElement answer, int to)
    {
        var (from, versions, on, beside) = (Math.Max(0, to - Asked + 1), new List<P2PoolVersion>(), 0, 0);
        foreach (var entry in answer.List("entries", MostEntries))
        {
            if (entry.Height("height") is var height && (height < from || height > to))
            {
                throw P2PoolJson.Odd("blocks of other heights than were asked for");
            }

            var isNew = entry.Has("validation_status");
            versions.Add(isNew ? P2PoolVersion.SinceV014 : P2PoolVersion.BeforeV014);
            var status = entry.Word(isNew ? "validation_status" : "status");
            if ((isNew ? entry.Word("chain") : status) == Confirmed)
            {
                on++;
            }
            else if (Valid.Contains(status, StringComparer.Ordinal))
            {
                beside++;
            }
        }

        return new P2PoolDag(to - from + 1, on, beside) { Versions = [.. versions.Distinct()] };
    }
}
