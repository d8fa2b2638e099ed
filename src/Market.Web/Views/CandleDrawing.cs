using System.Globalization;
using System.Text;
using Market.Contracts;
using Microsoft.AspNetCore.Html;

namespace Market.Web;

/// <summary>The candles as a plain SVG: what a reader without JavaScript sees, and everybody until the chart is there.
/// </summary>
public static class CandleDrawing
{
    private const int Width = 800;
    private const int Height = 300;
    private const int Shown = 80;

    /// <summary>Draws the newest candles; nothing when there are none.</summary>
    /// <param name="candles">The candles, the oldest first.</param>
    /// <param name="money">What its words are told in.</param>
    public static IHtmlContent Draw(IReadOnlyList<Candle> candles, ShownMoney money)
    {
        ArgumentNullException.ThrowIfNull(candles);
        ArgumentNullException.ThrowIfNull(money);
        if (candles.Count == 0) return HtmlString.Empty;
        var shown = candles.Skip(Math.Max(0, candles.Count - Shown)).ToArray();
        double low = shown.Min(c => c.Low.Sats), high = shown.Max(c => c.High.Sats);
        var room = Math.Max(1, (high - low) * 0.08);
        low -= room;
        high += room;
        double Y(Price price) => (high - price.Sats) / (high - low) * Height;
        var step = (double)Width / Shown;
        var svg = new StringBuilder(8192);
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg class=\"plain-chart\" viewBox=\"0 0 {Width} {Height}\" preserveAspectRatio=\"none\" role=\"img\" " +
            $"aria-label=\"Price of the last {shown.Length} candles, from {money.Text(shown.Min(c => c.Low.Sats))} to " +
            $"{money.Text(shown.Max(c => c.High.Sats))} {money.Name} a share; the last closed at " +
            $"{money.Text(shown[^1].Close.Sats)}\">");
        for (var i = 0; i < shown.Length; i++)
        {
            var c = shown[i];
            var x = Width - (shown.Length - i - 0.5) * step;
            var top = Math.Min(Y(c.Open), Y(c.Close));
            var body = Math.Max(1.5, Math.Abs(Y(c.Open) - Y(c.Close)));
            svg.Append(CultureInfo.InvariantCulture,
                $"<g class=\"{(c.Close.Sats >= c.Open.Sats ? "up" : "down")}\"><rect x=\"{x - 0.5:0.#}\" " +
                $"y=\"{Y(c.High):0.#}\" width=\"1\" height=\"{Math.Max(1, Y(c.Low) - Y(c.High)):0.#}\"/><rect " +
                $"x=\"{x - step * 0.36:0.#}\" y=\"{top:0.#}\" width=\"{step * 0.72:0.#}\" height=\"{body:0.#}\"/></g>");
        }
        return new HtmlString(svg.Append("</svg>").ToString());
    }
}
