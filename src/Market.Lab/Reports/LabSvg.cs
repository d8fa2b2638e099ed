using System.Globalization;
using System.Net;
using System.Text;

namespace Market.Lab;

/// <summary>
/// A plot as SVG 1.1: what the games say as points with two standard errors either way, formulas as lines. Text and shapes alone,
/// no script and no style sheet, so that it shows wherever pictures do. The same plot gives the same bytes.
/// </summary>
public static class LabSvg
{
    private const double Width = 760;
    private const double Height = 440;
    private const double Left = 78;
    private const double Right = 18;
    private const double Top = 44;
    private const double Bottom = 56;
    private const double LegendLine = 18;
    private const double Errors = 2;

    // Told apart by people who see red and green alike (Okabe and Ito, 2008).
    private static readonly string[] Colours =
        ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#444444"];

    /// <summary>Draws it.</summary>
    public static string Draw(LabPlot plot)
    {
        ArgumentNullException.ThrowIfNull(plot);
        var points = plot.Series.SelectMany(series => series.Points).ToList();
        var x = new Scale(points.Select(point => point.X), plot.X.IsLogarithmic);
        var y = new Scale(points.SelectMany(HeightsOf), plot.Y.IsLogarithmic);
        var height = Height + (plot.Series.Length * LegendLine);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" ")
            .Append("font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\" role=\"img\">\n")
            .Append(CultureInfo.InvariantCulture, $"<title>{Escape(plot.Title)}</title>\n")
            .Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{height}\" fill=\"#fff\"/>\n");
        Text(svg, Width / 2, 22, plot.Title, "middle", " font-size=\"13\" font-weight=\"bold\"");
        Axes(svg, plot, x, y);
        for (var i = 0; i < plot.Series.Length; i++)
        {
            Series(svg, plot.Series[i], i, x, y);
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static IEnumerable<double> HeightsOf(LabPoint point) =>
        [point.Mean, point.Mean - (Errors * point.Error), point.Mean + (Errors * point.Error), point.Formula ?? point.Mean];

    private static void Axes(StringBuilder svg, LabPlot plot, Scale x, Scale y)
    {
        foreach (var (at, text) in x.Ticks())
        {
            Line(svg, Across(at), Top, Across(at), Height - Bottom, "#ddd");
            Text(svg, Across(at), Height - Bottom + 16, text, "middle");
        }

        foreach (var (at, text) in y.Ticks())
        {
            Line(svg, Left, Up(at), Width - Right, Up(at), "#ddd");
            Text(svg, Left - 6, Up(at) + 4, text, "end");
        }

        Line(svg, Left, Height - Bottom, Width - Right, Height - Bottom, "#222");
        Line(svg, Left, Top, Left, Height - Bottom, "#222");
        Text(svg, (Left + Width - Right) / 2, Height - Bottom + 36, plot.X.Title, "middle");
        Text(svg, 0, 0, plot.Y.Title, "middle",
            $" transform=\"translate(16 {Number((Top + Height - Bottom) / 2)}) rotate(-90)\"");
    }

    private static void Series(StringBuilder svg, LabSeries series, int number, Scale x, Scale y)
    {
        var colour = Colours[number % Colours.Length];
        svg.Append(CultureInfo.InvariantCulture, $"<g stroke=\"{colour}\" fill=\"{colour}\">\n");
        var line = series.Points
            .Where(point => point.Formula is { } formula && x.At(point.X) is not null && y.At(formula) is not null)
            .Select(point => $"{Number(Across(x.At(point.X)!.Value))},{Number(Up(y.At(point.Formula!.Value)!.Value))}").ToList();
        if (line.Count > 1)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{string.Join(' ', line)}\" fill=\"none\"/>\n");
        }

        foreach (var point in series.Points)
        {
            if (x.At(point.X) is not { } across || y.At(point.Mean) is not { } up)
            {
                continue;
            }

            // An error that reaches below what a logarithm shows is drawn down to the axis.
            var (low, high) = (y.At(point.Mean - (Errors * point.Error)) ?? 0, y.At(point.Mean + (Errors * point.Error)) ?? up);
            Line(svg, Across(across), Up(low), Across(across), Up(high));
            svg.Append(CultureInfo.InvariantCulture,
                $"<circle cx=\"{Number(Across(across))}\" cy=\"{Number(Up(up))}\" r=\"3\" stroke=\"none\"/>\n");
        }

        var legend = Height + (number * LegendLine) - 4;
        Line(svg, Left, legend - 4, Left + 22, legend - 4);
        svg.Append(CultureInfo.InvariantCulture,
            $"<circle cx=\"{Left + 11}\" cy=\"{Number(legend - 4)}\" r=\"3\" stroke=\"none\"/>\n</g>\n");
        Text(svg, Left + 30, legend, series.Name + (line.Count > 1 ? " (line: formula)" : ""), "start");
    }

    private static double Across(double at) => Left + (at * (Width - Left - Right));

    private static double Up(double at) => Height - Bottom - (at * (Height - Top - Bottom));

    private static void Line(StringBuilder svg, double x1, double y1, double x2, double y2, string? colour = null) =>
        svg.Append(CultureInfo.InvariantCulture,
            $"<line x1=\"{Number(x1)}\" y1=\"{Number(y1)}\" x2=\"{Number(x2)}\" y2=\"{Number(y2)}\"")
            .Append(colour is null ? "/>\n" : $" stroke=\"{colour}\"/>\n");

    private static void Text(StringBuilder svg, double x, double y, string text, string anchor, string more = "") =>
        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{Number(x)}\" y=\"{Number(y)}\" text-anchor=\"{anchor}\"{more}>{Escape(text)}</text>\n");

    private static string Number(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
