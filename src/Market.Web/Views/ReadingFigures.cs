using Market.Contracts;

namespace Market.Web;

/// <summary>All figures of readings that pages show, in groups.</summary>
public static class ReadingFigures
{
    /// <summary>The group that has no figures of readings: instruments held against each other.</summary>
    public const string Chains = "chains";

    /// <summary>The groups of an instrument.</summary>
    /// <param name="expires">Whether its shares expire.</param>
    public static IReadOnlyList<FigureGroup> Of(bool expires) =>
    [
        new("discount", "Discount",
            "How far a price is from what a share is expected to be paid, and how much of that is time and how much the rules.",
            Discount),
        new("price", "Prices",
            "What was paid, beside what the model would pay and what the same work earns at a full-pay-per-share pool.",
            Prices(expires)),
        new("parts", "Parts", "What the sharechain's own rules take away by the model, part by part: their product is d of "
            + "the rules.",
            Parts(expires)),
        new("yield", "Yield", "The yearly rate at which model and price agree, beside the rate that d of time is told "
            + "at.", Yield),
        new("hashrate", "Hashrate", "How fast the sharechain's miners work, and how fast they would have to for model and "
            + "price to agree.", Hashrates(expires)),
        new("holders", "Holders", "Who takes part in the next payout, and how concentrated their shares are.", Holders),
        .. expires ? [new FigureGroup("expiry", "Window and expiry", "The window that pays these shares, and how long the "
            + "oldest of the series are still paid.", Expiry)] : (FigureGroup[])[],
        new(Chains, "Sharechains", "Several sharechains in each other's light: by what the market pays for the same work, "
            + "and by the rules in which they differ.", []),
    ];

    private static readonly FigureLine Main = new("text", "solid", 2);

    private static readonly IReadOnlyList<ShownFigure> Discount =
    [
        new("d", "The last price over face value: 1 is what a share is expected to be paid within the horizon, 0.9 a tenth "
            + "less. Its error is that of the hashrate, from which face value is known.", FigureKind.Factor, r => r.Said.D)
            { ErrorOf = r => r.Said.DError, Line = Main },
        new("d of time", "What waiting takes away: what is paid later is worth less today, at the yearly rate that "
            + "stands under Yield.", FigureKind.Factor, r => r.Said.DTime) { ErrorOf = TimeError, Line = new("muted", "dotted") },
        new("d of the rules, by the price", "d over d of time: what the price says that rules and risk take "
            + "away.", FigureKind.Factor,
            r => r.Said.DParams) { ErrorOf = r => Follow(r.Said.DParams, Relative(r)), Line = new("buy-text", "solid") },
        new("d of the rules, by the model", "What the sharechain's rules take away by the formulas, without anybody's opinion.",
            FigureKind.Factor, r => r.Said.Model.DParams) { ErrorOf = ModelError, Line = new("accent", "dashed") },
        new("risk premium", "The rules by the price over the rules by the model: below 1, buyers ask to be paid for a risk "
            + "that the model does not have.", FigureKind.Factor, r => r.Said.RiskPremium)
            { ErrorOf = r => Follow(r.Said.RiskPremium, Relative(r)) },
    ];

    private static IReadOnlyList<ShownFigure> Prices(bool expires) =>
    [
        new("last price", "The price of the newest final trade, for a whole share.", FigureKind.Sats,
            r => r.Said.Price?.Sats) { Line = Main },
        new("mid", "Half way between the best bid and the best ask.", FigureKind.Sats, r => r.Market.Mid)
            { Line = new("muted", "solid") },
        new("mean price", "Bitcoin over shares of all final trades of the 24 hours before, or since the first trade.",
            FigureKind.Sats, r => r.Market.MeanPrice),
        new(expires ? "worth to a buyer who is paid" : "model price", expires
            ? "What a share adds to the smallest of the holders who are paid, by the model: nobody's share is "
                + "worth more."
            : "What the model would pay for a share: face value times both factors.", FigureKind.Sats,
            r => r.Said.ModelPrice) { ErrorOf = r => r.Said.ModelPrice * FaceError(r), Line = new("accent", "dashed", 2) },
        .. expires ? [new ShownFigure("worth to an owner who is not paid", "What holding a share is worth to whoever is not "
            + "among the largest holders: a price lies between this and a buyer's.",
            FigureKind.Sats, r => r.Said.OwnerPrice)
            { ErrorOf = r => r.Said.OwnerPrice * FaceError(r), Line = new("accent", "dotted", 2) }] : (ShownFigure[])[],
        new("FPPS line", "What a full-pay-per-share pool pays for the work behind a new share, after its fee of 3 %. "
            + "No forecast goes into it.", FigureKind.Sats, r => r.Said.FppsPrice) { Line = new("sell-text", "long") },
        new("face value", "What a share is expected to be paid within the horizon, or in what is left of its life.",
            FigureKind.Sats, r => r.Said.FaceValue)
            { ErrorOf = r => r.Said.FaceValue * FaceError(r), Line = new("muted", "dotted") },
    ];

    private static IReadOnlyList<ShownFigure> Parts(bool expires) =>
    [
        new("rules in all", "The product of the parts beside it.", FigureKind.Factor, r => r.Said.Model.DParams)
            { ErrorOf = ModelError, Line = Main },
        new("fee", "What the sharechain's rules leave of a reward.", FigureKind.Factor, r => r.Said.Model.Fee),
        new("orphans", "Blocks that lost their race pay nobody: 1 less their part, as this market saw it.", FigureKind.Factor,
            r => r.Said.Model.Orphan) { Line = new("muted", "dotted") },
        new("latency", "Rewards that fall to shares while a swap has them locked stay with the seller.", FigureKind.Factor,
            r => r.Said.Model.Latency)
            { ErrorOf = LatencyError, Line = new("accent", "dashed") },
        expires
            ? new("top holders", "Only the largest holders are paid: what a share bought from below the cut adds to the "
                + "smallest of them.",
                FigureKind.Factor, r => r.Said.Model.TopBuyer) { Line = new("sell-text", "long") }
            : new("grinding", "1 while giving up a share block to draw again costs a miner more than it gains; below, what "
                + "the others keep.", FigureKind.Factor, r => r.Said.Model.Grinding) { Line = new("sell-text", "long") },
        new("variance", "A sure payment is worth more than an unsure one: of the holder of a stated part, or of what is "
            + "left of a share's life.", FigureKind.Factor, r => r.Said.Model.Variance)
            { ErrorOf = VarianceError, Line = new("buy-text", "solid") },
    ];

    private static readonly IReadOnlyList<ShownFigure> Yield =
    [
        new("implied yield", "The yearly rate at which the model would pay exactly the price: what a buyer earns if the "
            + "model is right.",
            FigureKind.Part, r => r.Said.ImpliedYield) { ErrorOf = r => r.Said.ImpliedYieldError, Line = Main },
        new("rate of d of time", "The yearly rate that d of time and the model's price are told at.", FigureKind.Part,
            r => r.Said.Inputs.Rate) { Line = new("muted", "dotted") },
    ];

    private static IReadOnlyList<ShownFigure> Hashrates(bool expires) =>
    [
        new("hashrate", "Hashes a second of the sharechain's miners, from the newest blocks' work and times. It falls while "
            + "nothing is found.", FigureKind.Hashrate, r => r.Said.Inputs.PoolHashrate)
            { ErrorOf = r => r.Said.Inputs.PoolHashrate * r.Said.Uncertainty, Line = Main },
        .. expires ? (ShownFigure[])[] : [new ShownFigure("implied hashrate", "Hashes a second at which model and price "
            + "would agree: above the hashrate, the price counts on more miners to come.",
            FigureKind.Hashrate, r => r.Said.ImpliedHashrate)
            { Line = new("accent", "dashed") }],
        new("part of all blocks", "The sharechain's hashrate over Bitcoin's: its part of all blocks.", FigureKind.Part,
            r => r.Said.Inputs.PoolPart) { ErrorOf = r => r.Said.Inputs.PoolPart * r.Said.Uncertainty },
    ];

    private static readonly IReadOnlyList<ShownFigure> Holders =
    [
        new("largest holder", "The part of all shares that take part which the largest holder has. A holder is an address: "
            + "somebody may have several.", FigureKind.Part, r => r.Holders.Largest) { Line = Main },
        new("ten largest", "The part that the ten largest holders have together.", FigureKind.Part, r => r.Holders.LargestTen)
            { Line = new("accent", "dashed") },
        new("half is held by", "The fewest holders that have more than half together.", FigureKind.Count, r => r.Holders.Half),
        new("holders", "How many addresses take part in the next payout.", FigureKind.Count, r => r.Holders.Count),
        new("shares that take part", "Whole shares that take part in the next payout.", FigureKind.Count,
            r => r.Holders.Total.Units / Quantity.UnitsPerShare),
    ];

    private static readonly IReadOnlyList<ShownFigure> Expiry =
    [
        new("aged", "The part of the window that the oldest shares of the series which still live have passed: at 100 % "
            + "they expire.",
            FigureKind.Part, r => Window(r)?.Aged) { Line = Main },
        new("filled", "The part of the window that shares fill: less than 100 % while the chain is young, and each is paid "
            + "more then.",
            FigureKind.Part, r => Window(r)?.Filled) { Line = new("accent", "dashed") },
        new("life left", "What is left to them at the hashrate of then. Work ends it, not time: it is shorter where the "
            + "hashrate grows.",
            FigureKind.Span, r => Window(r)?.LifeSeconds) { ErrorOf = r => Window(r)?.LifeSeconds * r.Said.Uncertainty },
        new("root height", "The height whose shares it is told of.", FigureKind.Count, r => Window(r)?.Root),
        new("holders paid", "How many holders the next block pays.", FigureKind.Count, r => Window(r)?.Holders),
    ];

    private static DiscountWindow? Window(WorthReading reading) => reading.Said.Inputs.Window;

    private static double? Follow(double? figure, double? relative) => figure * relative;

    // d is a price over face value: it has face value's error.
    private static double? Relative(WorthReading reading) => reading.Said.D is > 0 and { } d ? reading.Said.DError / d : null;

    // Of shares that never expire face value is in proportion to the hashrate; of others d tells, where there is a price.
    private static double? FaceError(WorthReading reading) => Window(reading) is null || reading.Said.D is null
        ? reading.Said.Uncertainty
        : Relative(reading);

    // At most: the hashrate moves a life, and what waiting takes away is in proportion to that or less.
    private static double? TimeError(WorthReading reading) =>
        Window(reading) is null ? null : (1 - reading.Said.DTime) * reading.Said.Uncertainty;

    // cv^2 is as one over the hashrate where shares never expire; what a window pays is in its work, whoever does it.
    private static double? VarianceError(WorthReading reading) =>
        Window(reading) is null ? (1 - reading.Said.Model.Variance) * reading.Said.Uncertainty : null;

    private static double? LatencyError(WorthReading reading) =>
        Window(reading) is null ? null : (1 - reading.Said.Model.Latency) * reading.Said.Uncertainty;

    private static double? ModelError(WorthReading reading)
    {
        var model = reading.Said.Model;
        var moved = Window(reading) is null ? 1 - model.Variance : 1 - model.Latency;
        return model.DParams * moved * reading.Said.Uncertainty;
    }
}
