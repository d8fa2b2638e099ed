using Market.Contracts;

namespace Market.Strategies;

/// <summary>What own transactions of a swap cost on one chain, in its smallest units.</summary>
/// <param name="Funding">To lock.</param>
/// <param name="Claim">To claim.</param>
/// <param name="Refund">To take back.</param>
public sealed record SwapFees(long Funding, long Claim, long Refund);

/// <summary>What a back-test supposes.</summary>
public sealed record BackTestOptions
{
    /// <summary>How the maker quotes.</summary>
    public required MakerOptions Maker { get; init; }

    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>What orders must keep to, and the market's fees.</summary>
    public required TradingRules Rules { get; init; }

    /// <summary>Shares that it begins with, base units.</summary>
    public Quantity Shares { get; init; } = new(100 * Quantity.UnitsPerShare);

    /// <summary>Satoshis that it begins with.</summary>
    public Sats Coins { get; init; } = new(100_000_000);

    /// <summary>Another one draws other swaps to fail.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The part of swaps that fail, 0 to 1: the maker has locked by then, and gets back what it locked.</summary>
    public decimal SwapFailures { get; init; } = 0.02m;

    /// <summary>From the trade until the maker has what it bought.</summary>
    public TimeSpan SwapTime { get; init; } = TimeSpan.FromHours(3);

    /// <summary>From the trade until the maker has back what it locked, where the swap failed.</summary>
    public TimeSpan RefundTime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>From a look until its orders stand; never longer than the pause between two looks.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Fees of a swap on Bitcoin, satoshis.</summary>
    public required SwapFees CoinFees { get; init; }

    /// <summary>Fees of a swap on the sharechain, base units.</summary>
    public required SwapFees ShareFees { get; init; }

    /// <summary>What was said of a share's worth longer ago than this is not quoted around.</summary>
    public TimeSpan WorthAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Why there is no such back-test, in words; null where there is.</summary>
    public string? WhyNot => this switch
    {
        { SwapFailures: < 0 or > 1 } => "The part of swaps that fail is from 0 to 1.",
        _ when SwapTime < TimeSpan.Zero || RefundTime < TimeSpan.Zero || Latency < TimeSpan.Zero => "No time is below nought.",
        _ when Maker.Pause <= TimeSpan.Zero || Latency > Maker.Pause => "The latency is longer than the pause between two looks.",
        _ => Maker.WhyNot,
    };
}
