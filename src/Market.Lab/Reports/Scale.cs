using System.Globalization;

namespace Market.Lab;

/// <summary>Where a figure stands on an axis, and the figures that are written beside it.</summary>
internal sealed class Scale
{
    private const int MostTicks = 8;
    private const double Least = 1e-12;

    private readonly double _low;
    private readonly double _high;
    private readonly bool _isLogarithmic;
    private readonly double _step;

    /// <param name="figures">All that must find room.</param>
    /// <param name="isLogarithmic">Equal lengths are equal factors; figures that are not above 0 find no room then.</param>
    public Scale(IEnumerable<double> figures, bool isLogarithmic)
    {
        _isLogarithmic = isLogarithmic;
        var shown = figures.Where(figure => double.IsFinite(figure) && (!isLogarithmic || figure > Least)).Select(Raw).ToList();
        var (low, high) = shown.Count == 0 ? (0, 1) : (shown.Min(), shown.Max());
        if (high - low < Least)
        {
            (low, high) = (low - 0.5, high + 0.5);
        }

        var room = (high - low) * 0.04;
        _step = isLogarithmic ? Math.Max(1, Math.Ceiling((high - low) / MostTicks)) : Round((high - low) / MostTicks);

        // An axis of parts begins at 0 where that is near.
        _low = !isLogarithmic && low >= 0 && low < 0.35 * high ? -room : low - room;
        _high = high + room;
    }

    /// <summary>From 0 at the low end to 1; null where there is no place for it.</summary>
    public double? At(double figure) =>
        !double.IsFinite(figure) || (_isLogarithmic && figure <= Least) ? null : (Raw(figure) - _low) / (_high - _low);

    /// <summary>What is written beside the axis.</summary>
    public IEnumerable<(double At, string Text)> Ticks()
    {
        for (var tick = Math.Ceiling(_low / _step) * _step; tick <= _high; tick += _step)
        {
            var figure = _isLogarithmic ? Math.Pow(10, tick) : Math.Abs(tick) < _step / 1e6 ? 0 : tick;
            yield return ((tick - _low) / (_high - _low), figure.ToString("#,##0.######", CultureInfo.InvariantCulture));
        }

        // Less than a decade has too few powers of ten to be read by.
        if (_isLogarithmic && _high - _low < 2)
        {
            for (var power = Math.Floor(_low); power <= _high; power++)
            {
                foreach (var digit in new[] { 2, 5 })
                {
                    var tick = power + Math.Log10(digit);
                    if (tick >= _low && tick <= _high)
                    {
                        yield return ((tick - _low) / (_high - _low),
                            (digit * Math.Pow(10, power)).ToString("#,##0.######", CultureInfo.InvariantCulture));
                    }
                }
            }
        }
    }

    private double Raw(double figure) => _isLogarithmic ? Math.Log10(figure) : figure;

    // 1, 2 or 5 of a power of ten, the first that is no less.
    private static double Round(double step)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        var digits = step / power;
        return power * (digits <= 1 ? 1 : digits <= 2 ? 2 : digits <= 5 ? 5 : 10);
    }
}
