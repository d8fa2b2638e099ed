using System.Globalization;
using System.Text;

namespace Market.Lab;

/// <summary>A report as comma-separated values: one point, or one check, a line.</summary>
public static class LabCsv
{
    /// <summary>All points of all plots.</summary>
    public static string Points(LabReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var text = new StringBuilder("plot,series,x,mean,standard_error,deviation_of_a_game,formula\n");
        foreach (var plot in report.Plots)
        {
            foreach (var series in plot.Series)
            {
                foreach (var point in series.Points)
                {
                    text.AppendJoin(
                        ',', Quoted(plot.Name), Quoted(series.Name), Number(point.X), Number(point.Mean), Number(point.Error),
                        Number(point.Deviation), point.Formula is { } formula ? Number(formula) : "").Append('\n');
                }
            }
        }

        return text.ToString();
    }

    /// <summary>All formulas beside what the games say.</summary>
    public static string Checks(LabReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var text = new StringBuilder("figure,formula,mean,standard_error,errors_apart,holds\n");
        foreach (var check in report.Checks)
        {
            text.AppendJoin(
                ',', Quoted(check.What), Number(check.Formula), Number(check.Mean), Number(check.Error), Number(check.Apart),
                check.Holds ? "yes" : "no").Append('\n');
        }

        return text.ToString();
    }

    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Number(double number) => number.ToString("G9", CultureInfo.InvariantCulture);
}
