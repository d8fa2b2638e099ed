namespace Market.Contracts;

/// <summary>
/// What was said of a share's worth when a trade was made. It is stored with the trade and never computed again: later
/// figures do not rewrite it. All inputs are at /instruments/(instrument)/valuations/(id).
/// </summary>
public sealed record Valuation
{
    /// <summary>Its id: a UUID of version 7 in hex, 32 lower case digits.</summary>
    public required string Id { get; init; }

    /// <summary>When it was computed: at most a minute before the trade.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Satoshis that one whole share was expected to be paid over the horizon, not discounted (V0).</summary>
    public required double FaceValue { get; init; }

    /// <summary>V(r) / V0.</summary>
    public required double DTime { get; init; }

    /// <summary>What the model would pay, in satoshis per whole share.</summary>
    public required double ModelPrice { get; init; }

    /// <summary>Satoshis that the work behind one new whole share was worth at a full-pay-per-share pool; absent where none was
    /// minted.</summary>
    public double? FppsWorth { get; init; }

    /// <summary>The horizon in years.</summary>
    public required double HorizonYears { get; init; }

    /// <summary>Continuous yearly discount rate r.</summary>
    public required double Rate { get; init; }

    /// <summary>Relative standard error of face value, d and model price.</summary>
    public required double Uncertainty { get; init; }

    /// <summary>d of a price: price / face value.</summary>
    public double? DiscountOf(Price price) => FaceValue > 0 ? price.Sats / FaceValue : null;

    /// <summary>A price over <see cref="FppsWorth"/>.</summary>
    public double? OverFpps(Price price) => FppsWorth is > 0 and { } worth ? price.Sats / worth : null;
}
