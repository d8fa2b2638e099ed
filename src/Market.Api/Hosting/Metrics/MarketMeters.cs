using System.Diagnostics.Metrics;
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

    private readonly InstrumentSet _instruments;

    /// <summary>Makes the instruments; nothing is read yet.</summary>
    public MarketMeters(
        IMeterFactory meters, InstrumentSet instruments, SwapBoard swaps, Topics topics, TimeProvider clock,
        StratumServer? miners = null)
    {
        ArgumentNullException.ThrowIfNull(meters);
        ArgumentNullException.ThrowIfNull(instruments);
        _instruments = instruments;
        var meter = meters.Create(Name);
        AddChains(meter, clock);
        AddShares(meter);
        AddFound(meter);
        AddMarket(meter, swaps);
        meter.CreateObservableGauge("market.streams.clients", () => topics.Clients, description: "Stream clients connected");
        if (miners is not null) MinerMeters.Add(meter, miners);
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
        () => _instruments.Chains.SelectMany((host, at) => host.Tips.Tips is not { } tips ? [] : (Measurement<double>[])
        [
            new(figure(tips.Sharechain), Tag("chain", host.Profile.Name)),
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

    private void AddFound(Meter meter) => meter.CreateObservableGauge(
        "market.chain.found_blocks",
        () => _instruments.Chains.SelectMany(host =>
            host.Chains.Shares.GetFoundAsync().AsTask() is { IsCompletedSuccessfully: true } asked
            ? asked.Result.CountBy(block => block.Fate).Select(fate => new Measurement<long>(
                fate.Value, Tag("chain", host.Profile.Name), Tag("fate", fate.Key.ToString().ToLowerInvariant())))
            : []),
        description: "Bitcoin blocks that shares found, of those remembered, by their fate");

    // A node has them in memory. One that would have to ask somebody first is left out rather than waited for.
    private void OfFigures(Meter meter, string name, string words, Func<ShareFigures, double> figure) =>
        meter.CreateObservableGauge(
            name,
            () => _instruments.Chains.SelectMany(host =>
                host.Chains.Shares.GetFiguresAsync().AsTask() is { IsCompletedSuccessfully: true } asked
                ? (Measurement<double>[])[new(figure(asked.Result), Tag("chain", host.Profile.Name))]
                : []),
            description: words);

    private void AddMarket(Meter meter, SwapBoard swaps)
    {
        OfHosts(meter, "market.swaps.moving", "Swaps on their way", host => swaps.MovingOf(host.Id));
        OfHosts(meter, "market.trading.open", "1 while orders are taken, else 0",
            host => host.Sequencer.State == SequencerState.Running && !host.Sequencer.IsHalted ? 1 : 0);
        meter.CreateObservableGauge(
            "market.trading.last_price_sats",
            () => _instruments.All.SelectMany(host => host.Feed.LastPrice is { } last
                ? (Measurement<long>[])[new(last.Sats, Tag("instrument", host.Id))]
                : []),
            description: "Satoshis a share of the last trade; absent before the first");
        meter.CreateObservableCounter(
            "market.swaps.ended",
            () => _instruments.All.SelectMany(host =>
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
            () => _instruments.All.Select(host => new Measurement<long>(host.Sequencer.Sequence, Tag("instrument", host.Id))),
            description: "Events in the journal of orders");
    }

    private void OfHosts(Meter meter, string name, string words, Func<InstrumentHost, long> figure) =>
        meter.CreateObservableGauge(
            name, () => _instruments.All.Select(host => new Measurement<long>(figure(host), Tag("instrument", host.Id))),
            description: words);

    internal static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
