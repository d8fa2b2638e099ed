using Market.Contracts;

namespace Market.Strategies;

/// <summary>How a market maker quotes. Fractions are of the model's value: 0.98 bids two percent below it.</summary>
public sealed record MakerOptions
{
    /// <summary>The best bid, as a fraction of the model's value.</summary>
    public decimal Bid { get; init; } = 0.985m;

    /// <summary>The best ask, as a fraction of the model's value.</summary>
    public decimal Ask { get; init; } = 1.015m;

    /// <summary>The step between levels, as a fraction.</summary>
    public decimal Step { get; init; } = 0.005m;

    /// <summary>Orders of each side.</summary>
    public int Levels { get; init; } = 3;

    /// <summary>Shares of each order, in base units.</summary>
    public Quantity Size { get; init; } = new(10 * Quantity.UnitsPerShare);

    /// <summary>The most that an order may be worth: one of <see cref="Size"/> that is worth more is smaller, down to the
    /// instrument's smallest. Null for no such bound.</summary>
    public Sats? MostWorth { get; init; }

    /// <summary>It bids for no more than would bring it to this, with what it holds and what comes to it in swaps. What it holds
    /// without its doing may be more.</summary>
    public Quantity MaxInventory { get; init; } = new(2_000 * Quantity.UnitsPerShare);

    /// <summary>It offers no more than would leave it this, of what it holds less what goes from it in swaps.</summary>
    public Quantity MinInventory { get; init; }

    /// <summary>How far the model may move before quotes follow, as a fraction; in discount, how far the model's part of face value
    /// may.</summary>
    public decimal Tolerance { get; init; } = 0.01m;

    /// <summary>Quotes parts of face value, which the market moves by itself as face value moves.</summary>
    public bool InDiscount { get; init; }

    /// <summary>In discount: how far from the price of now the market may move a quote to its worst, as a fraction. Face value that
    /// moved further than that has the quotes made anew.</summary>
    public decimal Drift { get; init; } = 0.03m;

    /// <summary>Pause between two looks.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Says what it would do and places nothing.</summary>
    public bool Paper { get; init; }

    /// <summary>Why it cannot be quoted so, in words; null where it can.</summary>
    public string? WhyNot => this switch
    {
        { Bid: <= 0 } => "The bid must be above nought.",
        _ when Ask <= Bid => "The ask must be above the bid.",
        _ when MinInventory.Units > MaxInventory.Units => "The least inventory is more than the most.",
        { InDiscount: true } when Drift <= 0 || Drift >= 1 => "The drift must be above nought and below one.",
        _ => null,
    };
}
