using System.Diagnostics.Metrics;
using System.Text.Json;
using Market.Chains.Stratum;

namespace Market.Api.Hosting.Metrics;

/// <summary>The figures of miners, as instruments: by sharechain, sums of all workers alone.</summary>
internal static class MinerMeters
{
    private static readonly string[] Spans = ["5m", "1h", "1d"];

    /// <summary>Makes the instruments; nothing is read yet.</summary>
    /// <param name="meter">Of whom they are.</param>
    /// <param name="server">Where miners connect.</param>
    public static void Add(Meter meter, StratumServer server)
    {
        Gauge("market.miners.connections", "Connections of miners", (report, _) => report.Connections);
        Gauge("market.miners.workers", "Workers connected, one that is twice connected twice", (_, all) => all.Connections);
        Gauge("market.miners.have_work", "1 while miners are given work, else 0", (report, _) => report.Waiting is null ? 1 : 0);
        Gauge("market.miners.best_difficulty", "The greatest difficulty of a hash", (_, all) => all.Best);
        meter.CreateObservableGauge(
            "market.miners.hashes_per_second", () => Rates(server),
            description: "Hashes a second of all workers, as their results show");
        meter.CreateObservableGauge(
            "market.miners.difficulty", () => Wanted(server), description: "Difficulty of a share, and of a Bitcoin block");
        meter.CreateObservableCounter(
            "market.miners.results", () => Results(server), description: "Results handed in, by what became of them");
        Counter("market.miners.shares", "Shares that the sharechain took, weak ones among them", all => all.Shares);
        Counter("market.miners.bitcoin_blocks", "Bitcoin blocks found", all => all.MainBlocks);
        Counter(
            "market.miners.bitcoin_blocks_accepted", "Of those the ones that Bitcoin's node took as its newest",
            all => all.MainBlocksAccepted);
        meter.CreateObservableGauge(
            "market.miners.connections_in_all", () => server.Connections,
            description: "Connections at the miners' port, those among them that did not say yet what they mine");
        meter.CreateObservableCounter(
            "market.miners.connections_ended",
            () => server.Endings.Select(each => new Measurement<long>(each.Value, Tag("reason", Name(each.Key.ToString())))),
            description: "Connections that ended or were not let in, by reason");

        void Gauge(string name, string words, Func<StratumReport, StratumWorker, double> figure) => meter.CreateObservableGauge(
            name,
            () => Totals(server).Select(each => new Measurement<double>(figure(each, each.Workers[0]), Chain(each))),
            description: words);

        void Counter(string name, string words, Func<StratumWorker, long> figure) => meter.CreateObservableCounter(
            name,
            () => Totals(server).Select(each => new Measurement<long>(figure(each.Workers[0]), Chain(each))), description: words);
    }

    private static IEnumerable<StratumReport> Totals(StratumServer server) => server.Sharechains.Select(server.Totals);

    private static IEnumerable<Measurement<double>> Rates(StratumServer server) => Totals(server).SelectMany(
        each => each.Workers[0].Rates.Zip(
            Spans, (rate, span) => new Measurement<double>(rate.HashesPerSecond, Chain(each), Tag("over", span))));

    private static IEnumerable<Measurement<long>> Results(StratumServer server) => Totals(server).SelectMany(
        each => (Measurement<long>[])
        [
            new(each.Workers[0].Accepted, Chain(each), Tag("result", "accepted")),
            new(each.Workers[0].Stale, Chain(each), Tag("result", "stale")),
            .. each.Workers[0].Rejected.Select(one => new Measurement<long>(
                one.Value, Chain(each), Tag("result", "rejected"), Tag("reason", Name(one.Key.ToString())))),
        ]);

    private static IEnumerable<Measurement<double>> Wanted(StratumServer server)
    {
        foreach (var report in Totals(server))
        {
            if (report.ShareDifficulty is { } share) yield return new(share, Chain(report), Tag("of", "share"));
            if (report.MainDifficulty is { } block) yield return new(block, Chain(report), Tag("of", "bitcoin_block"));
        }
    }

    private static string Name(string member) => JsonNamingPolicy.CamelCase.ConvertName(member);

    private static KeyValuePair<string, object?> Chain(StratumReport report) => Tag("chain", report.Sharechain);

    private static KeyValuePair<string, object?> Tag(string name, string value) => MarketMeters.Tag(name, value);
}
