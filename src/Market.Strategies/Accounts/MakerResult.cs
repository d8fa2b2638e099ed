using Market.Contracts;

namespace Market.Strategies;

/// <summary>What a maker made in one instrument. Satoshis may be negative; a gain is positive and a fee negative.</summary>
public sealed record MakerResult
{
    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>The value of a share that inventory and fees in shares are reckoned at, satoshis.</summary>
    public required decimal Mark { get; init; }

    /// <summary>Trades whose swap settled.</summary>
    public required TradesMade Trades { get; init; }

    /// <summary>Satoshis of those trades that closed what others opened, at average cost.</summary>
    public required decimal Realized { get; init; }

    /// <summary>Base units that those trades left, more bought than sold.</summary>
    public required long Inventory { get; init; }

    /// <summary>Satoshis: that inventory at the mark, less what it cost on average.</summary>
    public required decimal Unrealized { get; init; }

    /// <summary>The market's fees, satoshis.</summary>
    public required long MarketFees { get; init; }

    /// <summary>Fees on Bitcoin, satoshis, of swaps that failed among them.</summary>
    public required long CoinFees { get; init; }

    /// <summary>Fees on the sharechain, base units.</summary>
    public required long ShareFees { get; init; }

    /// <summary>The same at the mark, satoshis.</summary>
    public required decimal ShareFeesWorth { get; init; }

    /// <summary>Swaps by how they ended, with what each outcome brought.</summary>
    public required IReadOnlyList<OutcomeMade> Outcomes { get; init; }

    /// <summary>Trades whose swap is under way: in none of the other figures.</summary>
    public required TradesMade Pending { get; init; }

    /// <summary>Realized, unrealized and all fees: satoshis.</summary>
    public decimal Total => Realized + Unrealized + MarketFees + CoinFees + ShareFeesWorth;
}

/// <summary>Trades in sum.</summary>
/// <param name="Count">How many.</param>
/// <param name="Bought">Base units.</param>
/// <param name="Sold">Base units.</param>
/// <param name="Sats">Satoshis got less satoshis paid.</param>
public sealed record TradesMade(long Count, long Bought, long Sold, long Sats);

/// <summary>Swaps that ended in one way.</summary>
/// <param name="Outcome">How.</param>
/// <param name="Count">How many.</param>
/// <param name="Notional">Satoshis that they were for.</param>
/// <param name="CoinFees">What they cost on Bitcoin: satoshis, negative.</param>
/// <param name="ShareFees">What they cost on the sharechain: base units, negative.</param>
public sealed record OutcomeMade(SwapOutcome Outcome, long Count, long Notional, long CoinFees, long ShareFees);
