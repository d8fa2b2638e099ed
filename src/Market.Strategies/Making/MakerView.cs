using Market.Contracts;

namespace Market.Strategies;

/// <summary>A quote: one order of a maker.</summary>
public sealed record Quote
{
    /// <summary>Its side.</summary>
    public required Side Side { get; init; }

    /// <summary>The price at which it stands, or comes to stand.</summary>
    public required Price Price { get; init; }

    /// <summary>Base units of shares; of one that stands, what is left of it.</summary>
    public required Quantity Quantity { get; init; }

    /// <summary>The part of face value that it follows; null where its price is its own.</summary>
    public DiscountFactor? Discount { get; init; }

    /// <summary>The worst price that it takes: without a discount its price.</summary>
    public required Price Worst { get; init; }

    /// <summary>True where another stands in the same place: the same part of face value, or without one the same price.</summary>
    public bool IsAt(Quote other) => other is not null && Side == other.Side && Discount == other.Discount
        && (Discount is not null || Price == other.Price);
}

/// <summary>All that a maker knows when it looks.</summary>
public sealed record MakerView
{
    /// <summary>What a share is worth, satoshis.</summary>
    public required decimal Worth { get; init; }

    /// <summary>A share's face value, satoshis; null where it is not known: nothing is then quoted in discount.</summary>
    public decimal? Face { get; init; }

    /// <summary>The own quotes that stand.</summary>
    public required IReadOnlyList<Quote> Standing { get; init; }

    /// <summary>Base units of shares that it holds, those behind its offers among them.</summary>
    public required long Held { get; init; }

    /// <summary>Base units that it bought in swaps that have not ended.</summary>
    public required long Coming { get; init; }

    /// <summary>Base units that it sold in swaps that have not ended, and that may still be among those held.</summary>
    public required long Going { get; init; }

    /// <summary>What orders must keep to.</summary>
    public required TradingRules Rules { get; init; }
}

/// <summary>What a maker does at a look.</summary>
/// <param name="IsAnew">Whether all that stands is taken out first.</param>
/// <param name="Quotes">Then these are placed, in this order.</param>
public sealed record MakerPlan(bool IsAnew, IReadOnlyList<Quote> Quotes);
