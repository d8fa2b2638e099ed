using System.Diagnostics.Metrics;
using System.Text.Json;
using Market.Api.Instruments;
using Market.Api.Realtime;
using Market.Api.Settlement;
using Market.Api.Trading;
using Market.Chains;
using Market.Chains.Stratum;
using Market.Contracts;

namespace Market.Api.Hosting.Metrics;

/// <summary>
/// The figures of chains, miners and market, as instruments: read when somebody measures, and kept nowhere. Of people there are
/// sums only, no accounts and no addresses, so that there are as many series on a market of thousands as on one of two.
/// </summary>
internal sealed class MarketMeters
{
    /// <summary>What the instruments are found by.</summary>
    public const string Name = "Market";

    private static readonly string[] Spans = ["5m", "1h", "1d"];

    private readonly IReadOnlyList<InstrumentHost> _hosts;

    /// <summary>Makes the instruments; nothing is read yet.</summary>
    public MarketMeters(
        IMeterFactory meters, InstrumentSet instruments, SwapBoard swaps, Topics topics, TimeProvider clock,
        StratumServer? miners = null)
    {
        ArgumentNullException.ThrowIfNull(meters);
        ArgumentNullException.ThrowIfNull(instruments);
        _hosts = instruments.All;
        var meter = meters.Create(Name);
        AddChains(meter, clock);
        AddShares(meter);
        AddMarket(meter, swaps);
        meter.CreateObservableGauge("market.streams.clients", () => topics.Clients, description: "Stream clients connected");
        if (miners is not null) AddMiners(meter, miners);
    }

    private void AddChains(Meter meter, TimeProvider clock)
    {
        OfTips(meter, "market.chain.height", "Height of the best block", tip => tip.Height);
        OfTips(meter, "market.chain.tip_age_seconds", "Seconds since the best block was seen",
            tip => (clock.GetUtcNow() - tip.SeenAt).TotalSeconds);
        OfTips(meter, "market.chain.hashes_per_second", "Hashes a second, estimated from the newest blocks", tip => tip.Hashrate);
        OfTips(meter, "market.chain.mempool_transactions", "Transactions that wait for a block", tip => tip.MempoolTransactions);
        OfTips(meter, "market.chain.live", "1 where the chain's node is in sync, else 0", tip => tip.Live ? 1 : 0);
    }

    // The mainchain is the same in all.
    private void OfTips(Meter meter, string name, string words, Func<ChainTip, double> figure) => meter.CreateObservableGauge(
        name,
        () => _hosts.SelectMany((host, at) => host.Tips.Tips is not { } tips ? [] : (Measurement<double>[])
        [
            new(figure(tips.Sharechain), Tag("chain", host.Market.Sharechain)),
            .. at > 0 ? [] : (Measurement<double>[])[new(figure(tips.Mainchain), Tag("chain", "mainchain"))],
        ]),
        description: words);

    private void AddShares(Meter meter)
    {
        OfFigures(meter, "market.shares.base_units", "Base units in all unspent outputs", figures => figures.Supply.Sats);
        OfFigures(meter, "market.shares.paid_base_units", "Base units that take part in the next payout",
            figures => figures.MatureUnits);
        OfFigures(meter, "market.shares.outputs", "Unspent outputs of the sharechain", figures => figures.Coins);
        OfFigures(meter, "market.shares.expected_hashes", "Hashes that the next share is expected to take",
            figures => figures.NextBits.Work().ToDouble());
    }

    // A node has them in memory. One that would have to ask somebody first is left out rather than waited for.
    private void OfFigures(Meter meter, string name, string words, Func<ShareFigures, double> figure) =>
        meter.CreateObservableGauge(
            name,
            () => _hosts.SelectMany(host => host.Chains.Shares.GetFiguresAsync().AsTask() is { IsCompletedSuccessfully: true } asked
                ? (Measurement<double>[])[new(figure(asked.Result), Tag("chain", host.Market.Sharechain))]
                : []),
            description: words);

    private void AddMarket(Meter meter, SwapBoard swaps)
    {
        OfHosts(meter, "market.swaps.moving", "Swaps on their way", host => swaps.MovingOf(host.Id));
        OfHosts(meter, "market.trading.open", "1 while orders are taken, else 0",
            host => host.Sequencer.State == SequencerState.Running && !host.Sequencer.IsHalted ? 1 : 0);
        meter.CreateObservableGauge(
            "market.trading.last_price_sats",
            () => _hosts.SelectMany(host => host.Feed.LastPrice is { } last
                ? (Measurement<long>[])[new(last.Sats, Tag("instrument", host.Id))]
                : []),
            description: "Satoshis a share of the last trade; absent before the first");
        meter.CreateObservableCounter(
            "market.swaps.ended",
            () => _hosts.SelectMany(host =>
            {
                var counts = host.Tally.Show(host.Id, 0);
                return (Measurement<long>[])
                [
                    new(counts.Settled, Tag("instrument", host.Id), Tag("end", "settled")),
                    new(counts.Failed, Tag("instrument", host.Id), Tag("end", "failed")),
                ];
            }),
            description: "Swaps that settled or failed");
        meter.CreateObservableCounter(
            "market.trading.journal_events",
            () => _hosts.Select(host => new Measurement<long>(host.Sequencer.Sequence, Tag("instrument", host.Id))),
            description: "Events in the journal of orders");
    }

    private void OfHosts(Meter meter, string name, string words, Func<InstrumentHost, long> figure) =>
        meter.CreateObservableGauge(
            name, () => _hosts.Select(host => new Measurement<long>(figure(host), Tag("instrument", host.Id))), description: words);

    private static void AddMiners(Meter meter, StratumServer server)
    {
        StratumWorker All() => server.Totals().Workers[0];
        meter.CreateObservableGauge("market.miners.connections", () => server.Totals().Connections,
            description: "Connections of miners");
        meter.CreateObservableGauge("market.miners.workers", () => All().Connections,
            description: "Workers connected, one that is twice connected twice");
        meter.CreateObservableGauge("market.miners.have_work", () => server.Totals().Waiting is null ? 1 : 0,
            description: "1 while miners are given work, else 0");
        meter.CreateObservableGauge("market.miners.hashes_per_second",
            () => All().Rates.Zip(Spans, (rate, span) => new Measurement<double>(rate.HashesPerSecond, Tag("over", span))),
            description: "Hashes a second of all workers, as their results show");
        meter.CreateObservableCounter("market.miners.results", () => Results(All()),
            description: "Results handed in, by what became of them");
        meter.CreateObservableCounter("market.miners.shares", () => All().Shares,
            description: "Shares that the sharechain took, weak ones among them");
        meter.CreateObservableGauge("market.miners.best_difficulty", () => All().Best,
            description: "The greatest difficulty of a hash");
        meter.CreateObservableGauge("market.miners.difficulty", () => Wanted(server.Totals()),
            description: "Difficulty of a share, and of a Bitcoin block");
        meter.CreateObservableCounter("market.miners.bitcoin_blocks", () => All().MainBlocks,
            description: "Bitcoin blocks found");
        meter.CreateObservableCounter("market.miners.bitcoin_blocks_accepted", () => All().MainBlocksAccepted,
            description: "Of those the ones that Bitcoin's node took as its newest");
    }

    private static IEnumerable<Measurement<long>> Results(StratumWorker all) =>
    [
        new(all.Accepted, Tag("result", "accepted")),
        new(all.Stale, Tag("result", "stale")),
        .. all.Rejected.Select(each => new Measurement<long>(
            each.Value, Tag("result", "rejected"), Tag("reason", JsonNamingPolicy.CamelCase.ConvertName(each.Key.ToString())))),
    ];

    private static IEnumerable<Measurement<double>> Wanted(StratumReport report)
    {
        if (report.ShareDifficulty is { } share) yield return new(share, Tag("of", "share"));
        if (report.MainDifficulty is { } block) yield return new(block, Tag("of", "bitcoin_block"));
    }

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
