using Market.Api.Doors;
using Market.Contracts;

namespace Market.Api.Features.Analytics;

/// <summary>Readings as tables: each column is named as the figure is in JSON, so that both can be held against each other.
/// </summary>
internal static class ReadingTable
{
    private static readonly (string Name, Func<WorthReading, object?> Figure)[] Columns =
    [
        ("instrument", r => r.Instrument), ("time", r => r.Time), ("price", r => r.Said.Price),
        ("overFpps", r => r.Said.OverFpps), ("fppsWorth", r => r.Said.FppsWorth), ("fppsPrice", r => r.Said.FppsPrice),
        ("faceValue", r => r.Said.FaceValue), ("presentValue", r => r.Said.PresentValue), ("d", r => r.Said.D),
        ("dError", r => r.Said.DError), ("dTime", r => r.Said.DTime), ("dParams", r => r.Said.DParams),
        ("model.dParams", r => r.Said.Model.DParams), ("model.fee", r => r.Said.Model.Fee),
        ("model.orphan", r => r.Said.Model.Orphan), ("model.latency", r => r.Said.Model.Latency),
        ("model.grinding", r => r.Said.Model.Grinding), ("model.grindingMargin", r => r.Said.Model.GrindingMargin),
        ("model.variance", r => r.Said.Model.Variance), ("model.variation", r => r.Said.Model.Variation),
        ("model.topBuyer", r => r.Said.Model.TopBuyer), ("model.topOwner", r => r.Said.Model.TopOwner),
        ("riskPremium", r => r.Said.RiskPremium), ("modelPrice", r => r.Said.ModelPrice), ("ownerPrice", r => r.Said.OwnerPrice),
        ("impliedYield", r => r.Said.ImpliedYield), ("impliedYieldError", r => r.Said.ImpliedYieldError),
        ("impliedHashrate", r => r.Said.ImpliedHashrate), ("uncertainty", r => r.Said.Uncertainty),
        ("poolHashrate", r => r.Said.Inputs.PoolHashrate), ("poolPart", r => r.Said.Inputs.PoolPart),
        ("rate", r => r.Said.Inputs.Rate), ("horizonYears", r => r.Said.Inputs.HorizonYears),
        ("shareHeight", r => r.Said.Inputs.ShareHeight), ("mainHeight", r => r.Said.Inputs.MainHeight),
        ("sharesOutstanding", r => r.Said.Inputs.SharesOutstanding), ("sharesMature", r => r.Said.Inputs.SharesMature),
        ("window.hashes", r => r.Said.Inputs.Window?.Hashes), ("window.aged", r => r.Said.Inputs.Window?.Aged),
        ("window.filled", r => r.Said.Inputs.Window?.Filled), ("window.lifeSeconds", r => r.Said.Inputs.Window?.LifeSeconds),
        ("bid", r => r.Market.Bid), ("ask", r => r.Market.Ask), ("mid", r => r.Market.Mid),
        ("meanPrice", r => r.Market.MeanPrice), ("bidDepth", r => r.Market.BidDepth), ("askDepth", r => r.Market.AskDepth),
        ("holders.count", r => r.Holders.Count), ("holders.total", r => r.Holders.Total),
        ("holders.largest", r => r.Holders.Largest), ("holders.largestTen", r => r.Holders.LargestTen),
        ("holders.half", r => r.Holders.Half),
    ];

    /// <summary>Readings, one a row.</summary>
    public static Csv Of(Page<WorthReading> page)
    {
        ArgumentNullException.ThrowIfNull(page);
        var table = new Csv([.. Columns.Select(column => column.Name)]) { NextCursor = page.NextCursor };
        foreach (var reading in page.Items) table.Row([.. Columns.Select(column => column.Figure(reading))]);
        return table;
    }

    /// <summary>Readings of two instruments, one over the other.</summary>
    public static Csv Of(Page<ComparedReading> page)
    {
        ArgumentNullException.ThrowIfNull(page);
        var table = new Csv("time", "pricePerHash", "hashrate", "hashrateError", "d", "dError") { NextCursor = page.NextCursor };
        foreach (var one in page.Items)
        {
            var ratios = one.Ratios;
            table.Row(one.Time, ratios.PricePerHash, ratios.Hashrate, ratios.HashrateError, ratios.D, ratios.DError);
        }
        return table;
    }

    /// <summary>Instruments in the light of one.</summary>
    public static Csv Of(InstrumentComparison comparison)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        var table = new Csv(
            "against", "instrument", "sharechain", "time", "price", "hashesPerShare", "pricePerTerahash", "overFpps", "hashrate",
            "hashrateError", "d", "dError", "bid", "ask", "bidDepth", "askDepth", "ratios.pricePerHash", "ratios.hashrate",
            "ratios.hashrateError", "ratios.d", "ratios.dError", "differs");
        foreach (var one in comparison.Items)
        {
            table.Row(
                comparison.Against, one.Instrument, one.Sharechain, one.Time, one.Price, one.HashesPerShare, one.PricePerTerahash,
                one.OverFpps, one.Hashrate, one.HashrateError, one.D, one.DError, one.Market.Bid, one.Market.Ask,
                one.Market.BidDepth, one.Market.AskDepth, one.Ratios?.PricePerHash, one.Ratios?.Hashrate,
                one.Ratios?.HashrateError, one.Ratios?.D, one.Ratios?.DError,
                string.Join("; ", one.Differs.Select(rule => rule.Rule)));
        }
        return table;
    }
}
