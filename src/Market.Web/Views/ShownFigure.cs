using Market.Contracts;

namespace Market.Web;

/// <summary>A figure of readings: what it is called and means, how it is written and drawn. It is read from what was said and never
/// computed anew.</summary>
/// <param name="Name">In a few words.</param>
/// <param name="Words">What it means, in sentences.</param>
/// <param name="Kind">How it is written.</param>
/// <param name="Of">The figure of a reading; null where that has none.</param>
public sealed record ShownFigure(string Name, string Words, FigureKind Kind, Func<WorthReading, double?> Of)
{
    private const string None = "\u2013";

    /// <summary>Its standard error, in the figure's own unit; null where it has none that is known.</summary>
    public Func<WorthReading, double?> ErrorOf { get; init; } = _ => null;

    /// <summary>How it is drawn; null where it is not.</summary>
    public FigureLine? Line { get; init; }

    /// <summary>The figure of a reading, with no more digits than its error allows.</summary>
    public string Text(WorthReading reading)
    {
        ArgumentNullException.ThrowIfNull(reading);
        if (Of(reading) is not { } value || !double.IsFinite(value)) return None;
        var error = ErrorOf(reading);
        return Kind switch
        {
            FigureKind.Factor => WorthText.Factor(value, error),
            FigureKind.Sats => WorthText.Amount(value, Relative(value, error)),
            FigureKind.Part => WorthText.Part(value, error),
            FigureKind.Hashrate => WorthText.Hashrate(value, Relative(value, error)),
            FigureKind.Span => Units.Span(TimeSpan.FromSeconds(Math.Min(Cut(value, error), TimeSpan.MaxValue.TotalSeconds / 2))),
            _ => Units.Whole((long)value),
        };
    }

    /// <summary>An amount of a reading, with no more digits than its error allows; null where it is not known.</summary>
    public long? Sats(WorthReading reading)
    {
        ArgumentNullException.ThrowIfNull(reading);
        return Of(reading) is { } value ? WorthText.Rounded(value, Relative(value, ErrorOf(reading))) : null;
    }

    /// <summary>Its error in words, "±9 %": of factors and parts in their own hundredths, of amounts in those of the figure; empty
    /// where it has none.</summary>
    public string ErrorText(WorthReading reading)
    {
        ArgumentNullException.ThrowIfNull(reading);
        if (Of(reading) is not { } value || ErrorOf(reading) is not { } error) return "";
        return WorthText.Error(Kind is FigureKind.Factor or FigureKind.Part ? error : Relative(value, error));
    }

    private static double? Relative(double value, double? error) => error is { } e && value != 0 ? Math.Abs(e / value) : null;

    private static double Cut(double value, double? error)
    {
        if (error is not > 0) return value;
        var step = Math.Pow(10, Math.Floor(Math.Log10(error.Value)) - 1);
        return Math.Floor((value / step) + 0.5) * step;
    }
}
