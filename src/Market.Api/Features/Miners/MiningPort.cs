using Market.Chains.Stratum;
using Market.Contracts;

namespace Market.Api.Features.Miners;

/// <summary>Where miners connect to this server.</summary>
/// <param name="Server">What listens there; null where it takes no miners.</param>
public sealed record MiningPort(StratumServer? Server)
{
    /// <summary>Where it listens, "host:port"; null where it does not.</summary>
    public string? Address => Server?.EndPoint.ToString();
}

/// <summary>Stratum's account of workers as the wire has it.</summary>
internal static class MinerText
{
    /// <summary>A worker's figures.</summary>
    public static MinerFigures Of(MinersWorker worker) => new()
    {
        Accepted = worker.Accepted,
        Stale = worker.Stale,
        Rejected = [.. worker.Rejected.Select(each => RejectedOf(Enum.Parse<StratumReject>(each.Key), each.Value))],
        BestDifficulty = worker.Best,
        Shares = worker.Shares,
        LastResult = worker.LastResult,
        FiveMinutes = RateOf(worker.Rates[0]),
        Hour = RateOf(worker.Rates[1]),
        Day = RateOf(worker.Rates[2]),
    };

    /// <summary>The figures of all workers as one.</summary>
    public static MinerFigures Of(StratumWorker all) => new()
    {
        Accepted = all.Accepted,
        Stale = all.Stale,
        Rejected = [.. all.Rejected.OrderBy(each => each.Key).Select(each => RejectedOf(each.Key, each.Value))],
        BestDifficulty = all.Best,
        Shares = all.Shares,
        LastResult = all.LastResult,
        FiveMinutes = RateOf(all.Rates[0]),
        Hour = RateOf(all.Rates[1]),
        Day = RateOf(all.Rates[2]),
    };

    /// <summary>The sum of workers' figures. Their results are independent, so squares of errors add up.</summary>
    public static MinerFigures Sum(IReadOnlyCollection<MinerFigures> all) => new()
    {
        Accepted = all.Sum(one => one.Accepted),
        Stale = all.Sum(one => one.Stale),
        Rejected = [.. all.SelectMany(one => one.Rejected).GroupBy(one => one.Reason)
            .OrderBy(one => one.Key, StringComparer.Ordinal)
            .Select(one => one.First() with { Count = one.Sum(each => each.Count) })],
        BestDifficulty = all.Select(one => one.BestDifficulty).DefaultIfEmpty().Max(),
        Shares = all.Sum(one => one.Shares),
        LastResult = all.Max(one => one.LastResult),
        FiveMinutes = Sum(all.Select(one => one.FiveMinutes)),
        Hour = Sum(all.Select(one => one.Hour)),
        Day = Sum(all.Select(one => one.Day)),
    };

    /// <summary>The rate to reckon with: the newest that saw a result; 0 where none did.</summary>
    public static double Newest(MinerFigures figures) =>
        new[] { figures.FiveMinutes, figures.Hour, figures.Day }
            .Select(rate => rate.HashesPerSecond).FirstOrDefault(rate => rate > 0);

    private static MinedRate Sum(IEnumerable<MinedRate> rates)
    {
        var seen = rates.Where(rate => rate.HashesPerSecond > 0).ToList();
        var sum = seen.Sum(rate => rate.HashesPerSecond);
        var error = Math.Sqrt(seen.Sum(rate => Math.Pow(rate.HashesPerSecond * rate.RelativeError, 2)));
        return new MinedRate { HashesPerSecond = sum, RelativeError = sum > 0 ? error / sum : 1 };
    }

    private static MinedRate RateOf(HashRate rate) =>
        new() { HashesPerSecond = rate.HashesPerSecond, RelativeError = rate.RelativeError };

    private static RejectedResults RejectedOf(StratumReject reason, long count) => new()
    {
        Reason = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(reason.ToString()),
        Words = reason.Words(),
        Count = count,
    };
}
